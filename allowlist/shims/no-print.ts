/**
 * In place of jimp's text: its fonts are files, and its readers of fonts a third of the bundle.
 *
 * @module
 */

function refuse(): never {
  throw new Error("jimp prints no text here: its fonts are files, and there are none");
}

export const methods = { print: refuse };
export const loadFont = async (): Promise<never> => refuse();
export const measureText = refuse;
export const measureTextHeight = refuse;
