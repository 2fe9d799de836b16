/**
 * `torch.nn.functional`, as far as one needs it before and after a model.
 *
 * Images are channels first, `[batch, channels, height, width]`, as everywhere in torch.
 *
 * @module
 */

import { dimFrom, numberFrom, placed, type Rest, sizesFrom, wholeFrom } from "./torch-arguments.ts";
import { compute, tfOp } from "./tfjs.ts";
import type { TfTensor } from "./tfjs-types.ts";
import { cast, show, tensorFrom } from "./torch-convert.ts";
import { lanesOf } from "./torch-lanes.ts";
import { linear } from "./torch-matrix.ts";
import { binary, mapped, POINTWISE } from "./torch-pointwise.ts";
import { cumsum, type Op, REDUCTIONS, softmax } from "./torch-reduce.ts";
import { interpolate } from "./torch-resize.ts";
import { blank, reshaped, type TorchTensor } from "./torch-tensor.ts";

/** What stands in torch and in its nn.functional: functions, and methods. */
export const ACTIVATIONS: Readonly<Record<string, Op>> = {
  softmax: { takes: ["dim"], run: (x, dim) => softmax(x, dim, false) },
  log_softmax: { takes: ["dim"], run: (x, dim) => softmax(x, dim, true) },
  cumsum: { takes: ["dim"], run: cumsum },
};

const POOL = ["kernel_size", "stride", "padding"];

/** What stands in nn.functional alone. */
const OTHERS: Readonly<Record<string, Op>> = {
  softmin: { takes: ["dim"], run: (x, dim) => softmax(binary("mul", x, -1), dim, false) },
  gelu: { takes: ["approximate"], run: gelu },
  silu: { takes: [], run: (x) => mapped(cast(x, "float32"), (v) => v / (1 + Math.exp(-v))) },
  leaky_relu: {
    takes: ["negative_slope"],
    run: (x, slope) => {
      const factor = numberFrom(slope, "negative_slope", 0.01);
      return mapped(cast(x, "float32"), (value) => (value < 0 ? factor * value : value));
    },
  },
  elu: {
    takes: ["alpha"],
    run: (x, alpha) => {
      const factor = numberFrom(alpha, "alpha", 1);
      return mapped(cast(x, "float32"), (value) => (value < 0 ? factor * Math.expm1(value) : value));
    },
  },
  relu6: { takes: [], run: (x) => mapped(x, (value) => Math.min(Math.max(value, 0), 6)) },
  logsigmoid: { takes: [], run: (x) => mapped(cast(x, "float32"), logSigmoid) },
  one_hot: { takes: ["num_classes"], run: oneHot },
  normalize: { takes: ["p", "dim", "eps"], run: normalize },
  cosine_similarity: { takes: ["x2", "dim", "eps"], run: cosineSimilarity },
  pairwise_distance: { takes: ["x2", "p"], run: pairwiseDistance },
  cross_entropy: { takes: ["target", "reduction"], run: crossEntropy },
  nll_loss: { takes: ["target", "reduction"], run: nllLoss },
  mse_loss: {
    takes: ["target", "reduction"],
    run: (x, target, how) => reduced(mapped(binary("sub", x, target), (value) => value ** 2), how),
  },
  l1_loss: {
    takes: ["target", "reduction"],
    run: (x, target, how) => reduced(mapped(binary("sub", x, target), Math.abs), how),
  },
  pad: { takes: ["pad", "mode", "value"], run: pad },
  linear: { takes: ["weight", "bias"], run: (x, ...rest) => linear(x, rest) },
  max_pool2d: { takes: POOL, run: (x, ...rest) => pool("maxPool", x, rest) },
  avg_pool2d: { takes: POOL, run: (x, ...rest) => pool("avgPool", x, rest) },
  conv2d: { takes: ["weight", "bias", "stride", "padding"], run: (x, ...rest) => conv2d(x, rest) },
  interpolate: { takes: ["size", "scale_factor", "mode", "align_corners"], run: interpolate },
};

/** All functions of nn.functional, by name. */
export function functional(): Record<string, (value: unknown, ...rest: unknown[]) => unknown> {
  const names = ["relu", "sigmoid", "tanh", "softplus", "selu"];
  const shared = Object.fromEntries(names.map((name) => [name, POINTWISE[name] as Op]));
  const table = { ...OTHERS, softmax: ACTIVATIONS.softmax, log_softmax: ACTIVATIONS.log_softmax };
  return Object.fromEntries(
    Object.entries({ ...table, ...shared }).map(([name, op]) => [
      name,
      (value: unknown, ...rest: unknown[]) =>
        (op as Op).run(tensorFrom(value), ...placed(name, (op as Op).takes, rest)),
    ]),
  );
}

function gelu(x: TorchTensor, approximate: unknown = "none"): TorchTensor {
  const floats = cast(x, "float32");
  if (approximate === "tanh") {
    const inner = (v: number): number => Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3);
    return mapped(floats, (v) => 0.5 * v * (1 + Math.tanh(inner(v))));
  }
  const erf = compute([mapped(floats, (v) => v * Math.SQRT1_2)], tfOp("erf"));
  return binary("mul", floats, mapped(erf, (v) => (1 + v) / 2));
}

function logSigmoid(value: number): number {
  return Math.min(value, 0) - Math.log1p(Math.exp(-Math.abs(value)));
}

function oneHot(x: TorchTensor, classes: unknown = -1): TorchTensor {
  const { elements } = cast(x, "int32");
  const most = elements.reduce((top, value) => Math.max(top, value + 1), 0);
  const wanted = wholeFrom(classes, "num_classes");
  const count = wanted === -1 ? most : wanted;
  const out = blank("int32", [...x.shape, count]);
  for (let i = 0; i < elements.length; i++) {
    const at = elements[i] as number;
    if (at < 0 || at >= count) {
      throw new RangeError(`F.one_hot wants classes from 0 to ${count - 1}, got ${at}`);
    }
    out.elements[i * count + at] = 1;
  }
  return out;
}

function normOf(x: TorchTensor, p: unknown, dim: unknown): TorchTensor {
  return REDUCTIONS.norm?.run(x, p, dim, true) as TorchTensor;
}

function normalize(x: TorchTensor, p: unknown = 2, dim: unknown = 1, eps: unknown = 1e-12): TorchTensor {
  const length = binary("maximum", normOf(x, p, dim), eps);
  return compute([cast(x, "float32"), length], tfOp("div"));
}

/** Each length is held to `eps` for itself, as in torch from 1.13 on. */
function cosineSimilarity(
  x: TorchTensor,
  other: unknown,
  dim: unknown = 1,
  eps: unknown = 1e-8,
): TorchTensor {
  const right = tensorFrom(other, "float32");
  const product = binary("mul", cast(x, "float32"), right);
  const at = dimFrom(dim, product.ndim);
  const rank = (tensor: TorchTensor): number => at - product.ndim + tensor.ndim;
  const one = normalize(cast(x, "float32"), 2, rank(x), eps);
  const two = normalize(right, 2, rank(right), eps);
  return REDUCTIONS.sum?.run(binary("mul", one, two), at) as TorchTensor;
}

/** torch adds 1e-6 to each difference. */
function pairwiseDistance(x: TorchTensor, other: unknown, p: unknown = 2): TorchTensor {
  const difference = mapped(cast(binary("sub", x, other), "float32"), (value) => value + 1e-6);
  return REDUCTIONS.norm?.run(difference, p, -1) as TorchTensor;
}

function crossEntropy(x: TorchTensor, target: unknown, how?: unknown): TorchTensor {
  const classes = x.ndim > 1 ? 1 : 0;
  const logs = softmax(x, classes, true);
  const goal = tensorFrom(target);
  if (goal.ndim !== x.ndim) return nllLoss(logs, goal, how);
  const each = REDUCTIONS.sum?.run(binary("mul", logs, goal), classes) as TorchTensor;
  return reduced(mapped(each, (value) => -value), how);
}

/** Takes the logarithms of probabilities, and the class that is right. */
function nllLoss(logs: TorchTensor, target: unknown, how?: unknown): TorchTensor {
  const goal = tensorFrom(target, "int32");
  const lanes = lanesOf(logs, logs.ndim > 1 ? 1 : 0);
  if (goal.elements.length !== lanes.count) {
    throw new RangeError(`torch wants a class for each of ${lanes.count}, got ${show(goal)}`);
  }
  const losses = blank("float32", goal.shape);
  for (let i = 0; i < lanes.count; i++) {
    const at = goal.elements[i] as number;
    if (at < 0 || at >= lanes.length) {
      throw new RangeError(`Target ${at} is out of bounds: there are ${lanes.length} classes`);
    }
    losses.elements[i] = -(logs.elements[lanes.start(i) + at * lanes.step] as number);
  }
  return reduced(losses, how);
}

function reduced(losses: TorchTensor, how: unknown = "mean"): TorchTensor {
  if (how === "none") return losses;
  if (how === "mean" || how === "sum") return REDUCTIONS[how]?.run(losses) as TorchTensor;
  throw new TypeError(`torch wants reduction "mean", "sum" or "none", got ${show(how)}`);
}

/** The last axis first: `[left, right, top, bottom]`. */
function pad(x: TorchTensor, sides: unknown, mode: unknown = "constant", value?: unknown): TorchTensor {
  const list = sizesFrom([sides]);
  if (list.length % 2 !== 0 || list.length > 2 * x.ndim || list.some((side) => side < 0)) {
    throw new RangeError(`F.pad wants two sizes for each axis of ${show(x)}, got [${list.join(", ")}]`);
  }
  const pairs = x.shape.map((_, at) => {
    const from = 2 * (x.ndim - 1 - at);
    return [list[from] ?? 0, list[from + 1] ?? 0];
  });
  if (mode === "constant") {
    const fill = numberFrom(value, "a value", 0);
    return compute([x], (tensor) => tfOp("pad")(tensor, pairs, fill));
  }
  if (mode === "reflect") return compute([x], (tensor) => tfOp("mirrorPad")(tensor, pairs, mode));
  throw new TypeError(`F.pad wants mode "constant" or "reflect", got ${show(mode)}`);
}

/** tfjs has the channels last. */
function channelsLast(image: TfTensor, run: (image: TfTensor) => TfTensor): TfTensor {
  return tfOp("transpose")(run(tfOp("transpose")(image, [0, 2, 3, 1])), [0, 3, 1, 2]);
}

function pairFrom(value: unknown): number[] {
  const [one = 1, other = one] = sizesFrom([value]);
  return [one, other];
}

function imagesFrom(x: TorchTensor): TorchTensor {
  const floats = cast(x, "float32");
  if (x.ndim === 4) return floats;
  if (x.ndim === 3) return reshaped(floats, [1, ...x.shape]);
  throw new RangeError(`torch wants [batch, channels, height, width], got ${show(x)}`);
}

function batched(x: TorchTensor, result: TorchTensor): TorchTensor {
  return x.ndim === 3 ? reshaped(result, result.shape.slice(1)) : result;
}

/** Padding counts for nothing in an average here; torch counts it as zeros: so none is taken. */
function pool(name: string, x: TorchTensor, [kernel, stride, padding]: Rest): TorchTensor {
  const window = pairFrom(kernel);
  const steps = pairFrom(stride ?? kernel);
  const [top = 0, left = 0] = pairFrom(padding ?? 0);
  if (name === "avgPool" && top + left > 0) {
    throw new TypeError("F.avg_pool2d takes no padding: use F.pad before it");
  }
  const sides = [[0, 0], [top, top], [left, left], [0, 0]];
  const run = (image: TfTensor): TfTensor => tfOp(name)(image, window, steps, sides, undefined, "floor");
  return batched(x, compute([imagesFrom(x)], (image) => channelsLast(image, run)));
}

function conv2d(x: TorchTensor, [weight, bias, stride, padding]: Rest): TorchTensor {
  const [top = 0, left = 0] = pairFrom(padding ?? 0);
  const filter = tensorFrom(weight, "float32");
  const images = imagesFrom(x);
  if (filter.ndim !== 4 || filter.shape[1] !== images.shape[1]) {
    throw new RangeError(`F.conv2d wants a weight for ${show(x)}, got ${show(filter)}: no groups`);
  }
  const sides = [[0, 0], [top, top], [left, left], [0, 0]];
  const result = compute([images, filter], (image, kernel) => {
    const turned = tfOp("transpose")(kernel, [2, 3, 1, 0]);
    const run = (last: TfTensor): TfTensor =>
      tfOp("conv2d")(last, turned, pairFrom(stride ?? 1), sides, "NHWC", 1, "floor");
    return channelsLast(image as TfTensor, run);
  });
  if (bias === undefined || bias === null) return batched(x, result);
  const each = reshaped(tensorFrom(bias, "float32"), [filter.shape[0] ?? 0, 1, 1]);
  return batched(x, binary("add", result, each));
}

