/**
 * `torch.nn.functional` for what is measured: distances, similarities and losses.
 *
 * @module
 */

import { dimFrom, isNone, numberFrom, type Ops, wordFrom } from "./torch-arguments.ts";
import { cast, placesFrom, tensorFrom } from "./torch-convert.ts";
import { floatOf } from "./torch-dtypes.ts";
import { logSigmoid } from "./torch-math.ts";
import { add, combined, divide, mapped, operandsFrom, product, sub } from "./torch-pointwise.ts";
import { logSoftmax, mean, norm, sum } from "./torch-reduce.ts";
import { reshape } from "./torch-shape.ts";
import { blank, show, type TorchTensor } from "./torch-tensor.ts";
import { broadcast, lanesOf } from "./torch-walk.ts";

const LOSS = ["target", "reduction"];
const CLASSES = ["target", "weight", "ignore_index", "reduction"];

/** The functions, by name. */
export const LOSSES: Ops = {
  normalize: { takes: ["p", "dim", "eps"], run: normalize },
  cosine_similarity: { takes: ["x2", "dim", "eps"], run: cosineSimilarity },
  pairwise_distance: { takes: ["x2", "p", "eps", "keepdim"], run: pairwiseDistance },
  cross_entropy: { takes: [...CLASSES, "label_smoothing"], run: crossEntropy },
  nll_loss: { takes: CLASSES, run: nllLoss },
  mse_loss: { takes: LOSS, run: (x, goal, how) => lossOf(x, goal, how, (v) => v * v) },
  l1_loss: { takes: LOSS, run: (x, goal, how) => lossOf(x, goal, how, Math.abs) },
  smooth_l1_loss: { takes: [...LOSS, "beta"], run: smoothLoss },
  binary_cross_entropy: {
    takes: ["target", "weight", "reduction"],
    run: (x, ...rest) => binaryLoss(x, rest, cappedLogs),
  },
  binary_cross_entropy_with_logits: {
    takes: ["target", "weight", "reduction"],
    run: (x, ...rest) => binaryLoss(x, rest, (value) => [logSigmoid(value), logSigmoid(-value)]),
  },
  kl_div: { takes: LOSS, run: divergence },
};

/** Divides by the length along a dim, which counts as at least `eps`. */
function normalize(x: TorchTensor, p?: unknown, dim: unknown = 1, eps?: unknown): TorchTensor {
  const least = numberFrom(eps, "eps", 1e-12);
  const length = mapped(norm(x, p, dim, true), (value) => Math.max(value, least));
  return divide(x, length);
}

/** Each of the two lengths is held to `eps` for itself, as in torch from 1.13 on. */
function cosineSimilarity(x: TorchTensor, other: unknown, dim: unknown = 1, eps?: unknown) {
  const [one, two] = operandsFrom([x, tensorFrom(other)]) as [TorchTensor, TorchTensor];
  const both = product(one, two);
  const at = dimFrom(dim, both.ndim);
  const [left, right] = [one, two].map((side) => {
    return normalize(broadcast(side, both.shape), 2, at, numberFrom(eps, "eps", 1e-8));
  }) as [TorchTensor, TorchTensor];
  return sum(product(left, right), at);
}

/** torch adds `eps` to each difference. */
function pairwiseDistance(x: TorchTensor, other: unknown, p?: unknown, ...rest: unknown[]) {
  const [eps, keepdim] = rest;
  const gap = add(sub(x, tensorFrom(other)), numberFrom(eps, "eps", 1e-6));
  return norm(gap, numberFrom(p, "p", 2), -1, keepdim);
}

/** The target is the class that is right for each, or a probability for each class. */
function crossEntropy(x: TorchTensor, target: unknown, ...rest: unknown[]): TorchTensor {
  const [weight, ignore, how, smoothing] = rest;
  const dim = x.ndim > 1 ? 1 : 0;
  const goal = tensorFrom(target);
  if (!isNone(smoothing) && smoothing !== 0) {
    throw new TypeError("F.cross_entropy has no label_smoothing in a hook: smooth the target");
  }
  const logs = logSoftmax(x, dim);
  if (goal.shape.join() !== x.shape.join()) return nllLoss(logs, goal, weight, ignore, how);
  if (!isNone(weight)) throw new TypeError("F.cross_entropy has weights for class targets only");
  const each = mapped(sum(product(logs, goal), dim), (value) => -value);
  if (wordFrom(how, "reduction", REDUCTIONS) !== "mean") return reduced(each, how);
  return divide(sum(each), each.elements.length);
}

/** Takes the logarithms of probabilities, and the class that is right. */
function nllLoss(logs: TorchTensor, target: unknown, ...rest: unknown[]): TorchTensor {
  const [weight, ignore, how] = rest;
  const goal = placesFrom(target, "nll_loss");
  const lanes = lanesOf(logs, logs.ndim > 1 ? 1 : 0);
  const left = logs.shape.toSpliced(logs.ndim > 1 ? 1 : 0, 1);
  if (goal.shape.join() !== left.join()) {
    throw new RangeError(`torch wants a class for each of [${left.join(", ")}], got ${show(goal)}`);
  }
  const weights = isNone(weight) ? undefined : tensorFrom(weight, logs.dtype).elements;
  const skipped = numberFrom(ignore, "ignore_index", -100);
  const losses = blank(logs.dtype, goal.shape);
  let total = 0;
  for (let i = 0; i < lanes.count; i++) {
    const at = goal.elements[i] as number;
    if (at === skipped) continue;
    if (at < 0 || at >= lanes.length) {
      throw new RangeError(`Target ${at} is out of bounds: there are ${lanes.length} classes`);
    }
    const counts = (weights ? weights[at] : 1) as number;
    losses.elements[i] = -counts * (logs.elements[lanes.start(i) + at * lanes.step] as number);
    total += counts;
  }
  return how === undefined || how === "mean" ? divide(sum(losses), total) : reduced(losses, how);
}

const REDUCTIONS = ["mean", "sum", "none"] as const;

function reduced(losses: TorchTensor, how: unknown): TorchTensor {
  const word = wordFrom(how, "reduction", REDUCTIONS);
  if (word === "none") return losses;
  return word === "sum" ? sum(losses) : mean(losses);
}

function lossOf(x: TorchTensor, goal: unknown, how: unknown, loss: (gap: number) => number) {
  return reduced(mapped(sub(x, tensorFrom(goal)), loss), how);
}

function smoothLoss(x: TorchTensor, goal: unknown, how: unknown, beta?: unknown): TorchTensor {
  const edge = numberFrom(beta, "beta", 1);
  return lossOf(x, goal, how, (gap) => {
    const size = Math.abs(gap);
    return size < edge ? (0.5 * size * size) / edge : size - 0.5 * edge;
  });
}

/** torch takes no logarithm for less than -100. */
function cappedLogs(value: number): [yes: number, no: number] {
  if (!(value >= 0 && value <= 1)) {
    throw new RangeError(`F.binary_cross_entropy wants numbers from 0 to 1, got ${value}`);
  }
  return [Math.max(Math.log(value), -100), Math.max(Math.log1p(-value), -100)];
}

function binaryLoss(
  x: TorchTensor,
  [target, weight, how]: readonly unknown[],
  logs: (value: number) => [yes: number, no: number],
): TorchTensor {
  const goal = tensorFrom(target);
  if (goal.shape.join() !== x.shape.join()) {
    throw new RangeError(`torch wants a target like ${show(x)}, got ${show(goal)}`);
  }
  const losses = combined(
    (value, wanted) => {
      const [yes, no] = logs(value);
      return -(wanted * yes + (1 - wanted) * no);
    },
    cast(x, floatOf(x.dtype)),
    goal,
  );
  return reduced(isNone(weight) ? losses : product(losses, weight), how);
}

/** Takes logarithms, and a target that is none. */
function divergence(x: TorchTensor, target: unknown, how: unknown): TorchTensor {
  const each = combined((log, p) => (p === 0 ? 0 : p * (Math.log(p) - log)), x, tensorFrom(target));
  if (how !== "batchmean") return reduced(each, how);
  return divide(sum(each), Math.max(reshape(x, [x.shape[0] ?? 1, -1]).shape[0] ?? 1, 1));
}
