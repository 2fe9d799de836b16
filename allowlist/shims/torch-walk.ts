/**
 * The ways through a tensor: by strides, two at a time under broadcasting, and along one dimension.
 *
 * A lane is the elements that differ in one dimension only: element `i` stands at
 * `start + i * step`.
 *
 * @module
 */

import { dimFrom, dimsFrom, isNone } from "./torch-arguments.ts";
import { blank, type Elements, reshaped, sizeOf, type TorchTensor } from "./torch-tensor.ts";

/** Returns how far it is from one element to the next along each dimension. */
export function stepsOf(shape: readonly number[]): number[] {
  const steps: number[] = [];
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    steps[axis] = step;
    step *= shape[axis] ?? 1;
  }
  return steps;
}

/** Returns a row-major copy of what strides pick: element `i, j` stands at `i * steps[0] + ...`. */
export function strided(
  x: TorchTensor,
  shape: readonly number[],
  steps: readonly number[],
): TorchTensor {
  const out = blank(x.dtype, shape);
  const [from, into] = [x.elements, out.elements];
  walk(
    shape,
    [steps],
    ([start = 0], to, { rows, columns, down: [down = 0], right: [right = 0] }) => {
      for (let i = 0, next = to; i < rows; i++) {
        const first = start + i * down;
        for (let j = 0; j < columns; j++) into[next++] = from[first + j * right] as number;
      }
    },
  );
  return out;
}

/** The two innermost dimensions of a walk, and each operand's steps along them. */
export interface Plane {
  readonly rows: number;
  readonly columns: number;
  readonly down: readonly number[];
  readonly right: readonly number[];
}

/** Gets where a plane begins: in each operand, and in the result, where it lies in one piece. */
type Visit = (starts: readonly number[], to: number, plane: Plane) => void;

/**
 * Visits the planes of a shape in order, as an odometer turns, with any number of operands.
 *
 * Dimensions through which all operands run in one go are taken as one, so a plane is as large as
 * can be: the caller's loop has the work, and this one next to none.
 */
export function walk(
  shape: readonly number[],
  operands: readonly (readonly number[])[],
  visit: Visit,
): void {
  if (sizeOf(shape) === 0) return;
  const axes = merged(shape, operands);
  const [outer, inner] = axes.splice(-2) as [Axis, Axis];
  const plane = { rows: outer.size, columns: inner.size, down: outer.steps, right: inner.steps };
  const starts = operands.map(() => 0);
  const place = axes.map(() => 0);
  for (let to = 0; ; to += plane.rows * plane.columns) {
    visit(starts, to, plane);
    let axis = axes.length - 1;
    for (; axis >= 0; axis--) {
      const { size, steps } = axes[axis] as Axis;
      const next = (place[axis] as number) + 1;
      const turned = next === size;
      place[axis] = turned ? 0 : next;
      steps.forEach((step, i) => {
        starts[i] = (starts[i] as number) + (turned ? step * (1 - size) : step);
      });
      if (!turned) break;
    }
    if (axis < 0) return;
  }
}

interface Axis {
  readonly size: number;
  readonly steps: readonly number[];
}

/** Leaves out dimensions of 1, and joins those that lie behind one another; two at least remain. */
function merged(shape: readonly number[], operands: readonly (readonly number[])[]): Axis[] {
  const axes: Axis[] = [];
  for (let at = shape.length - 1; at >= 0; at--) {
    const size = shape[at] as number;
    const steps = operands.map((operand) => operand[at] as number);
    const [inner] = axes;
    if (size === 1) continue;
    if (inner && steps.every((step, i) => step === (inner.steps[i] as number) * inner.size)) {
      axes[0] = { size: size * inner.size, steps: inner.steps };
    } else axes.unshift({ size, steps });
  }
  const none = { size: 1, steps: operands.map(() => 0) };
  while (axes.length < 2) axes.unshift(none);
  return axes;
}

/** Returns the shape under which all of these fit together. */
export function broadcastShape(shapes: readonly (readonly number[])[]): number[] {
  return shapes.reduce<number[]>((one, other) => {
    const rank = Math.max(one.length, other.length);
    return Array.from({ length: rank }, (_, axis) => {
      const a = one[axis - rank + one.length] ?? 1;
      const b = other[axis - rank + other.length] ?? 1;
      if (a === b || b === 1) return a;
      if (a === 1) return b;
      throw new RangeError(
        `The size of tensor a (${a}) must match the size of tensor b (${b}) at non-singleton ` +
          `dimension ${axis}: got shapes [${one.join(", ")}] and [${other.join(", ")}]`,
      );
    });
  }, []);
}

/** Returns the steps through a tensor of `own` shape as if it had the wider one. */
export function broadcastSteps(own: readonly number[], shape: readonly number[]): number[] {
  const steps = stepsOf(own);
  const more = shape.length - own.length;
  return shape.map((_, axis) => (own[axis - more] === 1 ? 0 : (steps[axis - more] ?? 0)));
}

/** Returns the tensor repeated to a wider shape, which {@link broadcastShape} gave. */
export function broadcast(x: TorchTensor, shape: readonly number[]): TorchTensor {
  if (x.shape.join() === shape.join()) return x;
  return strided(x, shape, broadcastSteps(x.shape, shape));
}

/** Returns the tensor with its dims in another order. */
export function permuted(x: TorchTensor, order: readonly number[]): TorchTensor {
  const shape = order.map((axis) => x.shape[axis] as number);
  if (order.every((from, to) => from === to)) return x;
  const steps = stepsOf(x.shape);
  return strided(
    x,
    shape,
    order.map((axis) => steps[axis] as number),
  );
}

/** A tensor seen along a dim. */
export interface Lanes {
  readonly count: number;
  readonly length: number;
  /** From one element of a lane to the next. */
  readonly step: number;
  /** Where a lane begins. Lanes are numbered as the elements of what they are reduced to. */
  start(lane: number): number;
}

/** Returns the lanes along a dim. */
export function lanesOf({ shape }: TorchTensor, dim: unknown): Lanes {
  const at = dimFrom(dim, shape.length);
  const length = shape[at] ?? 1;
  const step = sizeOf(shape.slice(at + 1));
  const count = sizeOf(shape.slice(0, at)) * step;
  return {
    count,
    length,
    step,
    start: (lane) => Math.floor(lane / step) * step * length + (lane % step),
  };
}

/** Returns the elements of a lane side by side: a window where they lie so, else a copy. */
export function laneAt({ elements }: TorchTensor, lanes: Lanes, lane: number): Elements {
  const { length, step } = lanes;
  const start = lanes.start(lane);
  if (step === 1) return elements.subarray(start, start + length);
  const copied = new (elements.constructor as new (length: number) => Elements)(length);
  for (let i = 0; i < length; i++) copied[i] = elements[start + i * step] as number;
  return copied;
}

/**
 * Returns the tensor with one dim read anew: place `i` of it holds what was at `places[i]`, or
 * `fill` where that is -1.
 */
export function picked(
  x: TorchTensor,
  dim: number,
  places: ArrayLike<number>,
  fill = 0,
): TorchTensor {
  const out = blank(x.dtype, x.ndim === 0 ? [] : x.shape.with(dim, places.length));
  const step = sizeOf(x.shape.slice(dim + 1));
  const before = sizeOf(x.shape.slice(0, dim));
  const length = x.shape[dim] ?? 1;
  for (let row = 0, to = 0; row < before; row++) {
    for (let i = 0; i < places.length; i++, to += step) {
      const place = places[i] as number;
      const from = (row * length + place) * step;
      if (place < 0) out.elements.fill(fill, to, to + step);
      else if (step === 1) out.elements[to] = x.elements[from] as number;
      else out.elements.set(x.elements.subarray(from, from + step), to);
    }
  }
  return out;
}

/** A tensor whose last dimension is all that is reduced, and the shape of the result. */
export interface Reduced {
  readonly tensor: TorchTensor;
  readonly shape: readonly number[];
}

/** Brings the dims that are reduced to the end, as one: all of them when none is said. */
export function gathered(x: TorchTensor, dim: unknown, keepdim: unknown): Reduced {
  const all = x.shape.map((_, axis) => axis);
  const none = isNone(dim) || (Array.isArray(dim) && dim.length === 0);
  const dims = none ? all : dimsFrom(dim, x.ndim).filter((axis) => axis < x.ndim);
  const rest = all.filter((axis) => !dims.includes(axis));
  const moved = permuted(x, [...rest, ...all.filter((axis) => dims.includes(axis))]);
  const left = rest.map((axis) => x.shape[axis] as number);
  const length = sizeOf(dims.map((axis) => x.shape[axis] as number));
  const kept = x.shape.map((size, axis) => (dims.includes(axis) ? 1 : size));
  return { tensor: reshaped(moved, [...left, length]), shape: keepdim === true ? kept : left };
}

/** Returns the shape without a dim, or with a 1 in its place. */
export function shapeWithout(shape: readonly number[], dim: number, keepdim: unknown): number[] {
  return keepdim === true && shape.length > 0 ? shape.with(dim, 1) : shape.toSpliced(dim, 1);
}
