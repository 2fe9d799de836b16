/**
 * In place of arquero's reader of files and addresses: there are none in an isolate.
 *
 * @module
 */

/** @throws {TypeError} Always. */
export async function byteStream(): Promise<never> {
  throw new TypeError("arquero has no files and no network here: use read_csv(bytes)");
}
