/**
 * `torch.einsum`: sums of products that letters name, two tensors at a time.
 *
 * A letter that is in both and not wanted any more is summed by the product of matrices; one that
 * is in one only is summed before. So a chain costs what its products cost.
 *
 * @module
 */

import type { Rest } from "./torch-arguments.ts";
import { matmul } from "./torch-matrix.ts";
import { sum } from "./torch-reduce.ts";
import { listFrom } from "./torch-join.ts";
import { cast } from "./torch-convert.ts";
import { reshaped, show, sizeOf, type TorchTensor } from "./torch-tensor.ts";
import { broadcast, permuted, stepsOf, strided } from "./torch-walk.ts";

/** A tensor with a letter for each of its dims, none of them twice. */
interface Term {
  readonly tensor: TorchTensor;
  readonly letters: readonly string[];
}

/** Stand for the dims of `...`, from the last one back; no letter of an equation is a digit. */
const DOTS = [..."9876543210"];

/** Returns the sum of products that an equation names, such as `"bij,bjk->bik"`. */
export function einsum(equation: unknown, rest: Rest): TorchTensor {
  if (typeof equation !== "string") {
    throw new TypeError(`torch.einsum wants an equation, as in "ij,jk->ik", got ${show(equation)}`);
  }
  const tensors = listFrom(rest.length === 1 && Array.isArray(rest[0]) ? rest[0] : rest, "einsum");
  const [inputs = "", output] = equation.replaceAll(/\s/g, "").split("->");
  const names = inputs.split(",");
  if (names.length !== tensors.length) {
    throw new RangeError(`torch.einsum wants ${names.length} tensors, got ${tensors.length}`);
  }
  const terms = tensors.map((tensor, i) => termOf(tensor, lettersOf(names[i] ?? "", tensor)));
  const wanted = output === undefined ? impliedBy(terms, names) : outputOf(output, terms);
  const result = terms.reduce((one, other, i) => {
    const later = terms.slice(i + 1).flatMap(({ letters }) => letters);
    return joined(one, other, [...wanted, ...later]);
  });
  const { dtype } = tensors[0] as TorchTensor;
  return cast(ordered(reduced(result, wanted), wanted), dtype);
}

function lettersOf(text: string, tensor: TorchTensor): string[] {
  const [before = "", after, more] = text.split("...");
  const dots = tensor.ndim - before.length - (after?.length ?? 0);
  const plain = /^[a-zA-Z]*$/.test(before + (after ?? ""));
  if (plain && more === undefined && (after === undefined ? dots === 0 : dots >= 0)) {
    if (dots <= DOTS.length) {
      return [...before, ...DOTS.slice(0, dots).toReversed(), ...(after ?? "")];
    }
  }
  throw new RangeError(
    `torch.einsum wants a letter for each dim of ${show(tensor)}, got "${text}"`,
  );
}

/** A letter that is there twice means the diagonal. */
function termOf(tensor: TorchTensor, names: readonly string[]): Term {
  const letters = [...new Set(names)];
  const steps = stepsOf(tensor.shape);
  const places = letters.map((letter) =>
    names.flatMap((name, at) => (name === letter ? [at] : [])),
  );
  const shape = places.map((axes) => {
    const sizes = new Set(axes.map((axis) => tensor.shape[axis] as number));
    if (sizes.size === 1) return tensor.shape[axes[0] as number] as number;
    throw new RangeError(`torch.einsum wants equal sizes for one letter, got ${show(tensor)}`);
  });
  if (letters.length === names.length) return { tensor, letters };
  const jumps = places.map((axes) => axes.reduce((total, axis) => total + (steps[axis] ?? 0), 0));
  return { tensor: strided(tensor, shape, jumps), letters };
}

/** Without an output: the dots, then the letters that are there once, in order of the alphabet. */
function impliedBy(terms: readonly Term[], names: readonly string[]): string[] {
  const letters = [...names.join("").replaceAll(".", "")];
  const once = letters.filter((letter) => letters.indexOf(letter) === letters.lastIndexOf(letter));
  return [...dotsIn(terms), ...once.toSorted()];
}

function dotsIn(terms: readonly Term[]): string[] {
  return DOTS.toReversed().filter((dot) => terms.some(({ letters }) => letters.includes(dot)));
}

function outputOf(output: string, terms: readonly Term[]): string[] {
  const [before = "", after] = output.split("...");
  const letters = [...before, ...(after === undefined ? [] : dotsIn(terms)), ...(after ?? "")];
  const known = letters.every((letter) => terms.some((term) => term.letters.includes(letter)));
  if (known && new Set(letters).size === letters.length) return letters;
  throw new RangeError(`torch.einsum wants letters of its inputs in the output, got "${output}"`);
}

/** Sums over the letters that nobody wants. */
function reduced({ tensor, letters }: Term, wanted: readonly string[]): Term {
  const dims = letters.flatMap((letter, at) => (wanted.includes(letter) ? [] : [at]));
  if (dims.length === 0) return { tensor, letters };
  const left = letters.filter((letter) => wanted.includes(letter));
  return { tensor: sum(tensor, dims), letters: left };
}

function ordered({ tensor, letters }: Term, wanted: readonly string[]): TorchTensor {
  return permuted(
    tensor,
    wanted.map((letter) => letters.indexOf(letter)),
  );
}

/** Multiplies two terms: batches of matrices are `[both, left only, summed]` times the other. */
function joined(one: Term, other: Term, wanted: readonly string[]): Term {
  const left = reduced(one, [...wanted, ...other.letters]);
  const right = reduced(other, [...wanted, ...left.letters]);
  const shared = left.letters.filter((letter) => right.letters.includes(letter));
  const both = shared.filter((letter) => wanted.includes(letter));
  const summed = shared.filter((letter) => !wanted.includes(letter));
  const only = [left, right].map(({ letters }) => letters.filter((name) => !shared.includes(name)));
  const [first = [], second = []] = only;
  const size = sizes([left, right]);
  const count = (letters: readonly string[]): number => sizeOf(letters.map(size));
  const shaped = (term: Term, order: readonly string[], shape: readonly number[]): TorchTensor =>
    reshaped(broadcast(ordered(term, order), order.map(size)), shape);
  const outer = [count(both), count(first), count(summed), count(second)] as const;
  const a = shaped(left, [...both, ...first, ...summed], [outer[0], outer[1], outer[2]]);
  const b = shaped(right, [...both, ...summed, ...second], [outer[0], outer[2], outer[3]]);
  const letters = [...both, ...first, ...second];
  return { tensor: reshaped(matmul(a, b), letters.map(size)), letters };
}

/** The size of each letter; a 1 gives way to the other. */
function sizes(terms: readonly Term[]): (letter: string) => number {
  const known = new Map<string, number>();
  for (const { tensor, letters } of terms) {
    for (const [at, letter] of letters.entries()) {
      const size = tensor.shape[at] as number;
      const before = known.get(letter) ?? 1;
      if (before !== 1 && size !== 1 && before !== size) {
        throw new RangeError(
          `torch.einsum wants one size for ${letter}, got ${before} and ${size}`,
        );
      }
      known.set(letter, before === 1 ? size : before);
    }
  }
  return (letter) => known.get(letter) as number;
}
