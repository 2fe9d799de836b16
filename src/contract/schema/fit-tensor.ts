/**
 * Two `tensor` keywords that will meet: whether any tensor keeps to both.
 *
 * @module
 */

import { type Axis, describeTensor, type TensorSpec } from "./axes.ts";
import type { Words } from "./fit-words.ts";
import { tensorHint } from "./misfit-tensor.ts";

/** Named axes that have met a number, by side and name: where, and which. */
export type Bound = Map<string, { readonly length: number; readonly path: string }>;

/**
 * Returns why no tensor keeps to both, or nothing. Names that meet numbers are put into `bound`:
 * a name means the same number wherever its side says it.
 */
export function clashOfTensors(
  gives: TensorSpec,
  takes: TensorSpec,
  path: string,
  bound: Bound,
): Words | undefined {
  const words = (more = "") => {
    const hint = more || tensorHint(gives, takes);
    return `wants ${describeTensor(takes)}, gets ${describeTensor(gives)}${hint}`;
  };
  if (gives.dtypes && takes.dtypes && !gives.dtypes.some((it) => takes.dtypes?.includes(it))) {
    return words;
  }
  const [given, taken] = [gives.shape, takes.shape];
  if (!given || !taken) return undefined;
  if (given.length !== taken.length) return words;
  for (const [i, axis] of given.entries()) {
    if (isOther(axis, taken[i] ?? null)) return words;
  }
  for (const [i, axis] of given.entries()) {
    const wanted = taken[i] ?? null;
    const other = clashOfNames(axis, wanted, path, bound);
    if (other) return other.side === "takes" ? other.words : () => words(`, ${other.words()}`);
  }
  return undefined;
}

function isOther(axis: Axis, wanted: Axis): boolean {
  return typeof axis === "number" && typeof wanted === "number" && axis !== wanted;
}

interface Clash {
  readonly side: "gives" | "takes";
  readonly words: Words;
}

function clashOfNames(axis: Axis, wanted: Axis, path: string, bound: Bound): Clash | undefined {
  const isNamed = typeof wanted === "string";
  const [name, length] = isNamed ? [wanted, axis] : [axis, wanted];
  if (typeof name !== "string" || typeof length !== "number") return undefined;
  const side = isNamed ? "takes" : "gives";
  const known = bound.get(`${side} ${name}`);
  if (!known) bound.set(`${side} ${name}`, { length, path });
  if (!known || known.length === length) return undefined;
  const said = `${name} = ${known.length} (bound by ${known.path})`;
  return { side, words: isNamed ? () => `wants ${said}, gets ${length}` : () => `where ${said}` };
}
