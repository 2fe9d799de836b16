/**
 * jsquash: the codecs of jSquash on bytes and tensors, for who needs pixels and no drawing.
 *
 * The packages' own faces are asynchronous, want `ImageData` and fetch their modules, so their names
 * are no aliases of this one: here are the same codecs as plain functions. Only what reads is here,
 * and PNG, whose codec writes too: the encoders of JPEG and WebP would be half a megabyte more, and
 * jimp writes JPEG.
 *
 * @module
 */

import { imageHeader } from "../src/contract/image-header.ts";
import type { Library, LibraryWorld } from "../src/contract/library.ts";
import type { Tensor } from "../src/contract/tensor.ts";
import { checkFile, checkSize } from "./shims/jimp-bounds.ts";
import { partFor } from "./shims/jimp-formats.ts";
import {
  jpegDecoder,
  Keeper,
  type Picture,
  pngCodec,
  resizer,
  webpDecoder,
} from "./shims/jsquash-codecs.ts";
import { METHODS } from "./shims/jsquash-rust.ts";
import {
  bytesFrom,
  imageFrom,
  optionsFrom,
  pictureFrom,
  pixelsFrom,
  said,
  tensorFrom,
} from "./shims/jsquash-values.ts";

type Decode = (bytes: unknown, options?: unknown) => Tensor;

export default {
  name: "jsquash",
  aliases: [],
  standsIn: "Pillow",
  notes:
    "{jpeg, png, webp}.decode(bytes, {channels: 3}) gives a uint8 tensor [height, width, 3], or 4 " +
    "channels, which is the default; jpeg.decode(bytes, {draft: {width: 224, height: 224}}) is " +
    `Pillow's draft. resize(image, {width, height, method}) knows ${METHODS.join(", ")}; ` +
    "png.encode(image) gives bytes. Plain functions, no promises; nothing is turned by EXIF. " +
    "resize sums up light, as its package does: linearRGB: false is Pillow's way, within 3.",
  packages: ["@jsquash/jpeg", "@jsquash/png", "@jsquash/webp", "@jsquash/resize"],
  bundle: {},
  load(world) {
    const keeper = new Keeper(world);
    const [jpeg, png, webp] = [jpegDecoder(keeper), pngCodec(keeper), webpDecoder(keeper)];
    return {
      jpeg: { decode: decoder("jpeg", (file, draft) => jpeg(file, draftFor(file, draft)), world) },
      png: {
        decode: decoder("png", (file) => png.decode(file), world),
        encode: (image: unknown) => png.encode(pictureFrom(imageFrom(image, "png.encode", world))),
      },
      webp: { decode: decoder("webp", (file) => webp(file), world) },
      resize: resizing(keeper),
    };
  },
} satisfies Library;

/** Returns a decoder as a hook gets it: held to its format and to the bound on pixels. */
function decoder(
  format: "jpeg" | "png" | "webp",
  decode: (file: Uint8Array, draft: unknown) => Picture,
  world: LibraryWorld,
): Decode {
  const who = `${format}.decode`;
  const names = format === "jpeg" ? ["channels", "draft"] : ["channels"];
  return (bytes, options) => {
    const file = bytesFrom(bytes, who);
    const { channels = 4, draft } = optionsFrom(options, who, names);
    if (channels !== 3 && channels !== 4) {
      throw new TypeError(`${who} wants 3 or 4 channels, got ${said(channels)}`);
    }
    checkFile(file, { who, formats: [format], pixelsMax: world.pixelsMax });
    return tensorFrom(decode(file, draft), channels, world);
  };
}

/** Returns the part of its size that a JPEG is decoded to, for a draft of at least some size. */
function draftFor(file: Uint8Array, draft: unknown): 1 | 2 | 4 | 8 {
  if (draft === undefined) return 1;
  const who = "jpeg.decode";
  const { width, height } = optionsFrom(draft, `${who} draft`, ["width", "height"]);
  const w = pixelsFrom(width, who, "draft.width");
  const h = pixelsFrom(height, who, "draft.height");
  return partFor(imageHeader(file), { w, h });
}

const OPTIONS = ["width", "height", "method", "premultiply", "linearRGB"];

/** The defaults are those of @jsquash/resize. */
function resizing(keeper: Keeper): (image: unknown, options: unknown) => Tensor {
  const { world } = keeper;
  const resize = resizer(keeper);
  return (image, options) => {
    const tensor = imageFrom(image, "resize", world);
    const {
      method = "lanczos3",
      premultiply = true,
      linearRGB = true,
      ...size
    } = optionsFrom(options ?? {}, "resize", OPTIONS);
    const width = pixelsFrom(size["width"], "resize", "width");
    const height = pixelsFrom(size["height"], "resize", "height");
    checkSize(width, height, world.pixelsMax);
    const index = (METHODS as readonly unknown[]).indexOf(method);
    if (index < 0) {
      throw new TypeError(`resize wants a method of ${METHODS.join(", ")}, got ${said(method)}`);
    }
    const picture = pictureFrom(tensor);
    // To multiply by an alpha of one takes the codec three times as long as all the rest.
    const multiplies = premultiply === true && !isOpaque(picture);
    const flags = { premultiply: multiplies, linearRGB: linearRGB === true };
    const resized = resize(picture, { width, height, method: index, ...flags });
    return tensorFrom(resized, tensor.shape[2] === 3 ? 3 : 4, world);
  };
}

function isOpaque({ data }: Picture): boolean {
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 255) return false;
  return true;
}
