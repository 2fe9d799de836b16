/**
 * Tensors of BYTES: lists of strings and bytes, nested by their shape, and their binary form.
 *
 * The binary form of an element is its length in 4 bytes, little-endian, and then the element.
 *
 * @module
 */

import { pathTo, show } from "../../../contract/schema/misfit-words.ts";
import { RANK_MAX } from "../../../contract/tensor.ts";
import { Refusal } from "../../../faults.ts";
import type { Slot } from "./datatypes.ts";

/** An element as a value has it: a string stands for its UTF-8. */
export type Element = string | Uint8Array;

/** A tensor of BYTES on the way of values: nested lists of elements, or one element. */
export type NestedBytes = Element | readonly NestedBytes[];

const LENGTH_BYTES = 4;

/** The most elements of one output: of no bytes each, 64 MiB would be 16 million objects. */
const ELEMENTS_MAX = 2 ** 20;

/** The most lists around elements: axes of 1, and of 0, make many of them out of few bytes. */
const LISTS_MAX = 2 ** 22;

/**
 * Returns the elements of nested lists in row-major order, and the shape of the lists.
 *
 * @param shape The axes of the model; without them the lists say themselves how deep they are.
 * @throws {Refusal} `INPUT_MISMATCH` where the lists are ragged, or an element is none.
 */
export function nestedFrom(
  value: unknown,
  path: string,
  shape: Slot["shape"] | undefined,
): { lengths: number[]; elements: Element[] } {
  const lengths = shape ? lengthsBy(shape, value) : lengthsOf(value);
  const elements: Element[] = [];
  flatten(value, path, { lengths, axis: 0, elements });
  return { lengths, elements };
}

/** An axis below an empty list is as the model has it, or 0 where that is free. */
function lengthsBy(shape: Slot["shape"], value: unknown): number[] {
  let inner: unknown = value;
  return shape.map((axis) => {
    const length = Array.isArray(inner) ? inner.length : (axis ?? 0);
    inner = Array.isArray(inner) ? (inner[0] as unknown) : undefined;
    return length;
  });
}

function lengthsOf(value: unknown): number[] {
  const lengths: number[] = [];
  let inner: unknown = value;
  while (Array.isArray(inner) && lengths.length < RANK_MAX) {
    lengths.push(inner.length);
    inner = inner[0] as unknown;
  }
  return lengths;
}

interface Flat {
  readonly lengths: readonly number[];
  readonly axis: number;
  readonly elements: Element[];
}

function flatten(value: unknown, path: string, { lengths, axis, elements }: Flat): void {
  const length = lengths[axis];
  if (length === undefined) {
    if (!isElement(value)) refuse(path, `wants a string or bytes, got ${show(value)}`);
    elements.push(value as Element);
    return;
  }
  if (!Array.isArray(value) || value.length !== length) {
    return refuse(path, `wants a list of ${length}, as its neighbours are, got ${show(value)}`);
  }
  for (const [i, one] of value.entries()) {
    flatten(one, pathTo(path, i), { lengths, axis: axis + 1, elements });
  }
}

/** A lone surrogate has no UTF-8: it would arrive as another letter. */
function isElement(value: unknown): value is Element {
  return typeof value === "string" ? value.isWellFormed() : value instanceof Uint8Array;
}

/** Returns the binary form of elements. */
export function joinElements(elements: readonly Element[]): Uint8Array {
  const encoder = new TextEncoder();
  const parts = elements.map((one) => (typeof one === "string" ? encoder.encode(one) : one));
  const bytes = parts.reduce((sum, part) => sum + LENGTH_BYTES + part.length, 0);
  const whole = new Uint8Array(bytes);
  const view = new DataView(whole.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length, true);
    whole.set(part, at + LENGTH_BYTES);
    at += LENGTH_BYTES + part.length;
  }
  return whole;
}

/**
 * Returns the elements of the binary form, each a copy.
 *
 * @returns A sentence instead, when there are not exactly `count` elements in it.
 */
export function splitElements(bytes: Uint8Array, count: number): Uint8Array[] | string {
  if (count > ELEMENTS_MAX) return `there may be ${ELEMENTS_MAX} at most`;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const elements: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + LENGTH_BYTES > bytes.length) return "its last length is cut";
    const length = view.getUint32(at, true);
    at += LENGTH_BYTES;
    if (at + length > bytes.length) return `element ${elements.length} wants ${length} bytes`;
    if (elements.length === count) return `there are more than ${count} elements`;
    elements.push(bytes.slice(at, at + length));
    at += length;
  }
  return elements.length === count ? elements : `there are ${elements.length} of ${count} elements`;
}

/**
 * Returns elements as strings when all of them are UTF-8, else as they are: the elements of one
 * tensor are never of two kinds.
 */
export function textsOf(elements: readonly Uint8Array[]): readonly Element[] {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    return elements.map((one) => decoder.decode(one));
  } catch {
    return elements;
  }
}

/**
 * Returns elements as lists nested by `shape`; of no axes it is the one element.
 *
 * @returns `undefined` when that would be over 4 million lists.
 */
export function nest(
  elements: readonly Element[],
  shape: readonly number[],
): NestedBytes | undefined {
  let row = 1;
  let lists = 0;
  for (const axis of shape) {
    lists += row;
    row *= axis;
  }
  return lists > LISTS_MAX ? undefined : nestAt(elements, shape, 0, 0, elements.length);
}

function nestAt(
  elements: readonly Element[],
  shape: readonly number[],
  axis: number,
  start: number,
  length: number,
): NestedBytes {
  const count = shape[axis];
  if (count === undefined) return elements[start] as Element;
  const step = count === 0 ? 0 : length / count;
  return Array.from({ length: count }, (_, i) =>
    nestAt(elements, shape, axis + 1, start + i * step, step),
  );
}

function refuse(path: string, detail: string): never {
  throw new Refusal("INPUT_MISMATCH", path, detail);
}
