/**
 * How numpy writes the type of an element, and which of ours it is.
 *
 * numpy has types that are no numbers, or that we have no dtype for. Each is refused with what to
 * send instead; object arrays above all, because their bytes are a pickle, and reading one runs
 * what its sender likes.
 *
 * @module
 */

import { type DType, DTYPE_NAMES, DTYPES } from "../../contract/tensor.ts";

/** What `dtype.str` says of each of our dtypes, to send to numpy. */
export const TYPE_STRINGS: Readonly<Record<DType, string>> = {
  float64: "<f8",
  float32: "<f4",
  float16: "<f2",
  // numpy has none: the elements leave as the float32 that they are the upper half of.
  bfloat16: "<f4",
  int64: "<i8",
  int32: "<i4",
  int16: "<i2",
  int8: "|i1",
  uint64: "<u8",
  uint32: "<u4",
  uint16: "<u2",
  uint8: "|u1",
  bool: "|b1",
};

/** What one element is. */
export interface ElementType {
  readonly dtype: DType;
  /** Bytes of one element. */
  readonly size: number;
  /** Whether its bytes come the other way round. */
  readonly isBigEndian: boolean;
}

/** No type string that we know is longer; of others no more is shown. */
const CHARACTERS_MAX = 24;

/** Every string that means one of our dtypes: `<f4`, `>f4`, `f4`, and its name. */
const KNOWN: ReadonlyMap<string, ElementType> = new Map(
  DTYPE_NAMES.flatMap((dtype) => {
    const size = DTYPES[dtype].bytes;
    const little = { dtype, size, isBigEndian: false };
    const named = [dtype, little] as const;
    if (dtype === "bfloat16") return [named];
    const code = TYPE_STRINGS[dtype].slice(1);
    const own = ["", "<", "=", "|"].map((order) => [order + code, little] as const);
    return [named, ...own, [`>${code}`, { dtype, size, isBigEndian: size > 1 }] as const];
  }),
);

/** What to send in place of each kind of type that is none of ours, by numpy's letter for it. */
const INSTEAD: Readonly<Record<string, string>> = {
  O: "object arrays are pickles and are never read: send lists, or an array of numbers",
  // The bfloat16 that others add to numpy is such a one, too.
  V:
    "structured arrays have no dtype here: send one array for each field, " +
    'and of bfloat16 array.astype("float32")',
  U: "arrays of text have no dtype here: send array.tolist()",
  S: "arrays of bytes have no dtype here: send array.tolist()",
  M: 'dates have no dtype here: send array.astype("int64"), or texts',
  m: 'durations have no dtype here: send array.astype("int64")',
  c: "complex numbers have no dtype here: send array.real and array.imag",
  f: 'floats of this size have no dtype here: send array.astype("float64")',
};

/** Returns what a type string says; nothing when it is none of our dtypes. */
export function elementType(text: string): ElementType | undefined {
  return KNOWN.get(text);
}

/** Returns what to send in place of a type; nothing when the text is no type of numpy's. */
export function insteadOf(text: string): string | undefined {
  const [, kind, float] =
    /^[<>=|]?(?:([OVUSMmc])\d{0,9}|(f)\d{1,9})(?:\[\w{1,12}\])?$/.exec(text) ?? [];
  return INSTEAD[kind ?? float ?? ""];
}

/** Returns the characters of a type string, each a byte: more of them than any type has are cut. */
export function typeText(bytes: Uint8Array, start: number, end: number): string {
  const last = Math.min(end, start + CHARACTERS_MAX);
  let text = "";
  for (let at = start; at < last; at++) text += String.fromCharCode(bytes[at] ?? 0);
  return last < end ? `${text}…` : text;
}
