/**
 * In place of Node's files, for the parts of jimp that would read or write one.
 *
 * @module
 */

function refuse(): never {
  throw new Error("jimp has no files here: use Jimp.fromBuffer(bytes) and image.getBuffer(mime)");
}

export const readFile = async (): Promise<never> => refuse();
export const writeFile = async (): Promise<never> => refuse();
export const existsSync = (): boolean => false;
