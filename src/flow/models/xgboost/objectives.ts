/**
 * The objectives of XGBoost: how a base score becomes a margin, and margins become predictions.
 *
 * XGBoost does all of this in 32-bit floats, and so does this file: `f` rounds after each step, in
 * the order of the original, because a difference in the last bit is one that users can see.
 *
 * @module
 */

const f = Math.fround;

/** How the predictions of one objective come about. */
export interface Objective {
  /** The margin of a base score; NaN for one that the objective does not take. */
  readonly margin: (baseScore: number) => number;
  /** Makes the predictions of one row of its margins, in place. */
  readonly link: (row: Float32Array) => void;
  /** Whether a prediction is a probability, so that a classifier can give it. */
  readonly probability: boolean;
  /** Whether the outputs are classes of which one is true. */
  readonly classes: boolean;
}

const IDENTITY: Objective = {
  margin: (baseScore) => baseScore,
  link: () => {},
  probability: false,
  classes: false,
};
const LOGARITHM: Objective = {
  ...IDENTITY,
  margin: (baseScore) => (baseScore > 0 ? f(Math.log(baseScore)) : NaN),
  link: each((margin) => Math.exp(margin)),
};
const LOGISTIC: Objective = {
  ...IDENTITY,
  margin: (p) => (p > 0 && p < 1 ? f(-Math.log(f(f(1 / p) - 1))) : NaN),
  link: each(sigmoid),
  probability: true,
};
const HINGE: Objective = {
  ...IDENTITY,
  link: each((margin) => (margin > 0 ? 1 : 0)),
  probability: true,
};
const SOFTMAX: Objective = { ...IDENTITY, link: softmax, probability: true, classes: true };

/** By the name that a file says. `multi:softmax` differs in what a regressor gives: the label. */
export const OBJECTIVES: Readonly<Record<string, Objective>> = {
  "reg:squarederror": IDENTITY,
  "reg:squaredlogerror": IDENTITY,
  "reg:pseudohubererror": IDENTITY,
  "reg:absoluteerror": IDENTITY,
  "reg:logistic": LOGISTIC,
  "reg:gamma": LOGARITHM,
  "reg:tweedie": LOGARITHM,
  "count:poisson": LOGARITHM,
  "survival:cox": LOGARITHM,
  "survival:aft": LOGARITHM,
  "binary:logistic": LOGISTIC,
  "binary:logitraw": IDENTITY,
  "binary:hinge": HINGE,
  "multi:softmax": SOFTMAX,
  "multi:softprob": SOFTMAX,
  "rank:pairwise": IDENTITY,
  "rank:ndcg": IDENTITY,
  "rank:map": IDENTITY,
};

/** Returns the index of the largest, the first of equals: the label that `multi:softmax` gives. */
export function labelOf(row: Float32Array): number {
  let best = 0;
  for (let i = 1; i < row.length; i++) {
    if ((row[i] as number) > (row[best] as number)) best = i;
  }
  return best;
}

function each(link: (margin: number) => number): (row: Float32Array) => void {
  return (row) => {
    for (let i = 0; i < row.length; i++) row[i] = link(row[i] as number);
  };
}

/** XGBoost bounds the exponent, because it would not fit a 32-bit float. */
function sigmoid(margin: number): number {
  const exponent = Math.min(-margin, f(88.7));
  return 1 / f(f(Math.exp(exponent)) + 1);
}

/** The sum is a 64-bit float, as it is there. */
function softmax(row: Float32Array): void {
  const largest = row[labelOf(row)] as number;
  let sum = 0;
  for (let i = 0; i < row.length; i++) {
    row[i] = Math.exp(f((row[i] as number) - largest));
    sum += row[i] as number;
  }
  for (let i = 0; i < row.length; i++) row[i] = (row[i] as number) / f(sum);
}
