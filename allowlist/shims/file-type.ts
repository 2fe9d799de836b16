/**
 * In place of file-type, which brings streams, archives and video: the formats that jimp decodes,
 * by the same reader that has already held their sizes to the bound.
 *
 * @module
 */

import { imageHeader } from "../../src/contract/image-header.ts";

/** Returns the MIME type of an image, in the words of file-type. */
export async function fileTypeFromBuffer(
  bytes: Uint8Array | ArrayBuffer,
): Promise<{ ext: string; mime: string } | undefined> {
  const header = imageHeader(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes));
  return header && { ext: header.format, mime: `image/${header.format}` };
}
