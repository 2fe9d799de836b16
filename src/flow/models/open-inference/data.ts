/**
 * The `data` of an output in JSON, flat or nested by its shape, as the elements of a tensor.
 *
 * Numbers are held to the range of the datatype: a typed array would wrap them around in silence.
 *
 * @module
 */

import { DTYPES, toBfloat16, type TensorData } from "../../../contract/tensor.ts";
import { DTYPE_OF, type TensorDatatype } from "./datatypes.ts";
import type { Words } from "./http.ts";

/** What a list of elements has to be. */
export interface Listed {
  /** Where it stands, for messages. */
  readonly at: string;
  readonly shape: readonly number[];
  /** The number of elements. */
  readonly count: number;
  readonly words: Words;
}

/**
 * Returns the elements of `data` as a typed array.
 *
 * @throws {Refusal} `MODEL_FAILED` when they are not as many, or one does not fit.
 */
export function elementsFrom(
  datatype: TensorDatatype,
  head: { at: string; shape: readonly number[]; count: number; data: unknown },
  words: Words,
): TensorData {
  const { shape, count } = head;
  const at = `${head.at}.data`;
  const list = flatten(head.data, { at, shape, count, words });
  const element = ELEMENTS[datatype];
  const data = new DTYPES[DTYPE_OF[datatype]].array(count) as TensorData;
  for (let i = 0; i < count; i++) {
    const one = element(list[i]);
    if (one === undefined) {
      const hint = list[i] === null ? "; JSON has no NaN, only the binary form can carry it" : "";
      const got = `${words.show(list[i])} as element ${i}`;
      throw words.failed(`wants elements of ${datatype} in ${at}, got ${got}${hint}`);
    }
    data[i] = one as never;
  }
  return data;
}

/**
 * Returns the elements in row-major order, not yet looked at. A list of as many items as there are
 * elements is flat unless the first is a list; what has no axes may stand without a list.
 *
 * @throws {Refusal} `MODEL_FAILED` when the lists are not as the shape says.
 */
export function flatten(data: unknown, { at, shape, count, words }: Listed): readonly unknown[] {
  if (shape.length === 0 && !Array.isArray(data)) return [data];
  if (!Array.isArray(data)) throw words.failed(`wants a list in ${at}, got ${words.show(data)}`);
  if (data.length === count && !Array.isArray(data[0])) return data;
  const elements: unknown[] = [];
  if (fill(data, shape, 0, elements)) return elements;
  const want = `wants ${count} elements, flat or nested as [${shape.join(", ")}], in ${at}`;
  throw words.failed(`${want}, got a list of ${data.length}`);
}

/** Walks what came, not the shape: that may promise more than anybody can walk. */
function fill(data: unknown, shape: readonly number[], axis: number, elements: unknown[]): boolean {
  if (axis === shape.length) return !Array.isArray(data) && elements.push(data) > 0;
  if (!Array.isArray(data) || data.length !== shape[axis]) return false;
  return data.every((one) => fill(one, shape, axis + 1, elements));
}

/** How a value in JSON becomes an element; `undefined` is what the datatype cannot hold. */
const ELEMENTS: Readonly<Record<TensorDatatype, (value: unknown) => number | bigint | undefined>> =
  {
    BOOL: (value) =>
      value === true || value === 1 ? 1 : value === false || value === 0 ? 0 : undefined,
    UINT8: whole(0, 2 ** 8 - 1),
    UINT16: whole(0, 2 ** 16 - 1),
    UINT32: whole(0, 2 ** 32 - 1),
    UINT64: big(0n, 2n ** 64n - 1n),
    INT8: whole(-(2 ** 7), 2 ** 7 - 1),
    INT16: whole(-(2 ** 15), 2 ** 15 - 1),
    INT32: whole(-(2 ** 31), 2 ** 31 - 1),
    INT64: big(-(2n ** 63n), 2n ** 63n - 1n),
    FP16: float(Math.f16round),
    BF16: (value) => {
      const rounded = float(Math.fround)(value);
      const bits = rounded === undefined ? 0x7f80 : toBfloat16(rounded);
      return (bits & 0x7f80) === 0x7f80 ? undefined : bits;
    },
    FP32: float(Math.fround),
    FP64: float((value) => value),
  };

function whole(min: number, max: number): (value: unknown) => number | undefined {
  return (value) =>
    Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max
      ? Number(value)
      : undefined;
}

/** Beyond 2^53 the exact value comes as a bigint; a number there has been rounded already. */
function big(min: bigint, max: bigint): (value: unknown) => bigint | undefined {
  return (value) => {
    if (typeof value !== "bigint" && !Number.isSafeInteger(value)) return undefined;
    const one = BigInt(value as bigint | number);
    return one >= min && one <= max ? one : undefined;
  };
}

/** A number that the type can only hold as an infinity is out of its range. */
function float(round: (value: number) => number): (value: unknown) => number | undefined {
  return (value) => {
    if (typeof value !== "number" && typeof value !== "bigint") return undefined;
    const rounded = round(Number(value));
    return Number.isFinite(rounded) ? rounded : undefined;
  };
}
