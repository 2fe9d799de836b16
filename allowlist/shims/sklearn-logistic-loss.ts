/**
 * The loss of a logistic regression, and where it is least.
 *
 * Found by Newton's method, each step solved by conjugate gradients: no matrix of second
 * derivatives is ever made. The loss is convex, so there is one least place.
 *
 * @module
 */

import { linear } from "./sklearn-linear.ts";
import { Table, tensorOf } from "./sklearn-table.ts";
import { dot } from "./sklearn-vectors.ts";

interface LossOptions {
  readonly table: Table;
  readonly codes: readonly number[];
  /** 1 for two classes, which is a sigmoid; else one for each class. */
  readonly outputs: number;
  /** What half of the squared weights counts; the intercepts are free. */
  readonly alpha: number;
  readonly weights: Float64Array | undefined;
  readonly intercept: boolean;
}

/** The loss at a point, which is the weights row by row and then the intercepts. */
export class LogisticLoss {
  readonly size: number;
  readonly #options: LossOptions;
  /** The probabilities at the point where the gradient was last asked for. */
  #shares: Table;

  constructor(options: LossOptions) {
    const { table, outputs, intercept } = options;
    this.#options = options;
    this.size = outputs * (table.columns + Number(intercept));
    this.#shares = new Table(table.rows, outputs);
  }

  /** Returns the loss, and keeps the probabilities for what is asked next. */
  value(point: Float64Array): number {
    const { codes, outputs, alpha, weights } = this.#options;
    const shares = this.#scores(point);
    let loss = 0;
    for (const [row, code] of codes.entries()) {
      const cells = shares.row(row);
      const weight = weights?.[row] ?? 1;
      const own = cells[outputs === 1 ? 0 : code] as number;
      if (outputs === 1) {
        const side = code === 1 ? own : -own;
        loss += weight * (Math.max(0, -side) + Math.log1p(Math.exp(-Math.abs(side))));
        cells[0] = sigmoid(own);
      } else {
        loss += weight * (softmax(cells) - own);
      }
    }
    this.#shares = shares;
    const penalised = point.subarray(0, outputs * this.#options.table.columns);
    return loss + (alpha / 2) * dot(penalised, penalised);
  }

  gradient(point: Float64Array): Float64Array {
    const { codes, outputs } = this.#options;
    return this.#pull(point, (row, output) => {
      const hit = outputs === 1 ? codes[row] === 1 : codes[row] === output;
      return this.#shares.at(row, output) - Number(hit);
    });
  }

  /** Returns the second derivatives times a direction. */
  curvature(direction: Float64Array): Float64Array {
    const { outputs } = this.#options;
    const scores = this.#scores(direction);
    const shares = this.#shares;
    for (let row = 0; row < scores.rows; row++) {
      const [cells, own] = [scores.row(row), shares.row(row)];
      const mean = outputs === 1 ? (cells[0] as number) * (own[0] as number) : dot(cells, own);
      for (let i = 0; i < outputs; i++)
        cells[i] = (own[i] as number) * ((cells[i] as number) - mean);
    }
    return this.#pull(direction, (row, output) => scores.at(row, output));
  }

  #scores(point: Float64Array): Table {
    const { table, outputs, intercept } = this.#options;
    const size = outputs * table.columns;
    const coef = tensorOf(point.slice(0, size), [outputs, table.columns]);
    return linear(table, coef, intercept ? tensorOf(point.slice(size)) : 0);
  }

  /** Returns what the errors of all rows pull at the weights, and the penalty at `point`. */
  #pull(point: Float64Array, error: (row: number, output: number) => number): Float64Array {
    const { table, outputs, alpha, weights, intercept } = this.#options;
    const size = outputs * table.columns;
    const pull = point.map((value, i) => (i < size ? alpha * value : 0));
    for (let row = 0; row < table.rows; row++) {
      const cells = table.row(row);
      for (let output = 0; output < outputs; output++) {
        const amount = error(row, output) * (weights?.[row] ?? 1);
        const start = output * table.columns;
        for (let i = 0; i < cells.length; i++) {
          (pull[start + i] as number) += amount * (cells[i] as number);
        }
        if (intercept) (pull[size + output] as number) += amount;
      }
    }
    return pull;
  }
}

interface Limits {
  readonly tol: number;
  readonly max_iter: number;
}

/** Newton's method from zero, each step shortened until it does what the slope promises. */
export function minimum(loss: LogisticLoss, { tol, max_iter }: Limits) {
  let point = new Float64Array(loss.size);
  let value = loss.value(point);
  let steps = 0;
  for (; steps < max_iter; steps++) {
    const gradient = loss.gradient(point);
    if (gradient.every((slope) => Math.abs(slope) <= tol)) break;
    const step = newtonStep(loss, gradient);
    const slope = dot(step, gradient);
    let length = 1;
    let next = point;
    let reached = value;
    do {
      const now = length;
      next = point.map((at, i) => at + now * (step[i] as number));
      reached = loss.value(next);
      length /= 2;
    } while (reached > value + 1e-4 * 2 * length * slope && length > 1e-10);
    if (!(reached < value)) break;
    point = next;
    value = reached;
  }
  return { point, steps };
}

/** Solves `curvature · step = -gradient` by conjugate gradients. */
function newtonStep(loss: LogisticLoss, gradient: Float64Array): Float64Array {
  const step = new Float64Array(gradient.length);
  const rest = gradient.map((slope) => -slope);
  let direction = rest.slice();
  let size = dot(rest, rest);
  // The nearer the end, the more exact: far from it a rough step does as well.
  const enough = size * Math.min(0.1, size);
  for (let i = 0; i < 2 * gradient.length && size > enough; i++) {
    const bent = loss.curvature(direction);
    const curve = dot(direction, bent);
    // Flat: what is left has no slope that this model could use.
    if (curve <= 0) break;
    const length = size / curve;
    for (let j = 0; j < step.length; j++) {
      (step[j] as number) += length * (direction[j] as number);
      (rest[j] as number) -= length * (bent[j] as number);
    }
    const next = dot(rest, rest);
    const turn = next / size;
    direction = direction.map((value, j) => (rest[j] as number) + turn * value);
    size = next;
  }
  return step;
}

export function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

/** In place, and without overflow. Returns the logarithm of the sum of the exponentials. */
export function softmax(cells: Float64Array): number {
  const largest = cells.reduce((one, other) => Math.max(one, other));
  let sum = 0;
  for (let i = 0; i < cells.length; i++) {
    cells[i] = Math.exp((cells[i] as number) - largest);
    sum += cells[i] as number;
  }
  for (let i = 0; i < cells.length; i++) (cells[i] as number) /= sum;
  return largest + Math.log(sum);
}
