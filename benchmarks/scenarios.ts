/**
 * What is measured, as two tables: calls of a warm hook, and first calls of new ones.
 *
 * The functions are the very same for each variant: Piscina's worker imports them, Bookend gets
 * their text.
 *
 * @module
 */

/** What one call gives the function. */
export interface Given {
  readonly data: unknown;
  readonly files: readonly Uint8Array[];
}

export interface CallScenario extends Given {
  readonly says: string;
  readonly run: (data: never, files: never) => unknown;
}

interface Small {
  readonly id: number;
  readonly a: number;
  readonly b: number;
}

/** Calls of one hook that is warm, by the name of the scenario. */
export const CALLS: Readonly<Record<string, CallScenario>> = {
  small: {
    says: "a small dict in, a small dict out",
    run: (d: Small) => ({ id: d.id, sum: d.a + d.b }),
    data: { id: 7, a: 1, b: 2 },
    files: [],
  },
  file: {
    says: "a file of 1 MiB in, a small dict out",
    run: (_data: unknown, files: readonly Uint8Array[]) => ({
      n: files[0]?.length,
      first: files[0]?.[0],
    }),
    data: null,
    files: [new Uint8Array(2 ** 20).fill(7)],
  },
};

export interface FirstScenario extends Given {
  readonly says: string;
  /** The text of a hook; each hook gets a comment of its own behind it. */
  readonly source: string;
}

/** 16 × 16 pixels of one colour. */
const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAYAAAAf8/9hAAAAL0lEQVR4AaXBAQEAIAyAME4lO5nWTj4E25z7PoFEEkkk" +
  "kUQSSSSRRBJJJJFEEkm09HgChGf1LhMAAAAASUVORK5CYII=";

/** From `register` to the first answer of a hook nobody has seen, by the name of the scenario. */
export const FIRST_CALLS: Readonly<Record<string, FirstScenario>> = {
  plain: {
    says: "a new hook without a library",
    source: "(d) => ({ id: d.id, sum: d.a + d.b })",
    data: { id: 7, a: 1, b: 2 },
    files: [],
  },
  numjs: {
    says: "a new hook with numjs",
    source: '(d) => require("numjs").array(d).sum()',
    data: [1, 2, 3],
    files: [],
  },
  jimp: {
    says: "a new hook with jimp, a PNG of 16 × 16",
    source:
      "async (d, files) => { const { Jimp } = require('jimp'); " +
      "const image = await Jimp.fromBuffer(files[0]); return [image.width, image.height]; }",
    data: null,
    files: [Buffer.from(PNG, "base64")],
  },
};
