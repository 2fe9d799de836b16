/**
 * `torch.nn.functional`, as far as one needs it before and after a model: activations, norms of
 * layers, and the tables of the other files.
 *
 * @module
 */

import {
  dimFrom,
  isNone,
  numberFrom,
  type Op,
  type Ops,
  placed,
  sizesFrom,
  wholeFrom,
} from "./torch-arguments.ts";
import { placesFrom, tensorFrom } from "./torch-convert.ts";
import { floatOf } from "./torch-dtypes.ts";
import { IMAGES } from "./torch-images.ts";
import { split } from "./torch-join.ts";
import { LOSSES } from "./torch-losses.ts";
import * as math from "./torch-math.ts";
import { linear } from "./torch-matrix.ts";
import { indexSelect } from "./torch-pick.ts";
import { add, divide, mapped, POINTWISE, product, sub } from "./torch-pointwise.ts";
import { mean, REDUCTIONS, softmax } from "./torch-reduce.ts";
import { RESIZES } from "./torch-resize.ts";
import { reshape } from "./torch-shape.ts";
import { blank, reshaped, show, type TorchTensor } from "./torch-tensor.ts";

/** What stands in nn.functional alone. */
const OTHERS: Ops = {
  softmin: { takes: ["dim"], run: (x, dim) => softmax(product(x, -1), dim) },
  gelu: { takes: ["approximate"], run: gelu },
  silu: { takes: [], run: (x) => activated(x, (v) => v / (1 + Math.exp(-v))) },
  mish: { takes: [], run: (x) => activated(x, (v) => v * Math.tanh(softplus(v, 1, 20))) },
  leaky_relu: { takes: ["negative_slope"], run: leakyRelu },
  elu: { takes: ["alpha"], run: elu },
  selu: { takes: [], run: (x) => activated(x, (v) => SELU_SCALE * eluOf(v, SELU_ALPHA)) },
  relu6: { takes: [], run: (x) => mapped(x, (v) => Math.min(Math.max(v, 0), 6)) },
  hardtanh: { takes: ["min_val", "max_val"], run: hardtanh },
  hardsigmoid: { takes: [], run: (x) => activated(x, hardSigmoid) },
  hardswish: { takes: [], run: (x) => activated(x, (v) => v * hardSigmoid(v)) },
  softplus: { takes: ["beta", "threshold"], run: softplusOf },
  softsign: { takes: [], run: (x) => activated(x, (v) => v / (1 + Math.abs(v))) },
  logsigmoid: { takes: [], run: (x) => activated(x, math.logSigmoid) },
  glu: { takes: ["dim"], run: glu },
  one_hot: { takes: ["num_classes"], run: oneHot },
  embedding: { takes: ["weight"], run: embedding },
  linear: { takes: ["weight", "bias"], run: linear },
  layer_norm: { takes: ["normalized_shape", "weight", "bias", "eps"], run: layerNorm },
  batch_norm: {
    takes: ["running_mean", "running_var", "weight", "bias", "training", "momentum", "eps"],
    run: batchNorm,
  },
};

/** All functions of nn.functional, by name. */
export function functional(): Record<string, (value: unknown, ...rest: unknown[]) => unknown> {
  const shared = ["relu", "sigmoid", "tanh"].map((name) => [name, POINTWISE[name]] as const);
  const both = ["softmax", "log_softmax"].map((name) => [name, REDUCTIONS[name]] as const);
  const table = { ...OTHERS, ...LOSSES, ...IMAGES, ...RESIZES };
  const all = [...Object.entries(table), ...shared, ...both] as [string, Op][];
  return Object.fromEntries(
    all.map(([name, { takes, run }]) => [
      name,
      (value: unknown, ...rest: unknown[]) =>
        run(tensorFrom(value), ...placed(`nn.functional.${name}`, takes, rest)),
    ]),
  );
}

const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

function activated(x: TorchTensor, change: (value: number) => number): TorchTensor {
  return mapped(x, change, floatOf(x.dtype));
}

function gelu(x: TorchTensor, approximate: unknown = "none"): TorchTensor {
  if (approximate === "none") return activated(x, math.gelu);
  if (approximate === "tanh") return activated(x, math.geluTanh);
  throw new TypeError(`F.gelu wants approximate "none" or "tanh", got ${show(approximate)}`);
}

function leakyRelu(x: TorchTensor, slope: unknown): TorchTensor {
  const factor = numberFrom(slope, "negative_slope", 0.01);
  return activated(x, (v) => (v < 0 ? factor * v : v));
}

function elu(x: TorchTensor, alpha: unknown): TorchTensor {
  const factor = numberFrom(alpha, "alpha", 1);
  return activated(x, (v) => eluOf(v, factor));
}

function eluOf(value: number, alpha: number): number {
  return value < 0 ? alpha * Math.expm1(value) : value;
}

function hardtanh(x: TorchTensor, min: unknown, max: unknown): TorchTensor {
  const [least, most] = [numberFrom(min, "min_val", -1), numberFrom(max, "max_val", 1)];
  return mapped(x, (v) => Math.min(Math.max(v, least), most));
}

function hardSigmoid(value: number): number {
  return Math.min(Math.max(value + 3, 0), 6) / 6;
}

/** Where it is all but straight, it is taken for straight. */
function softplusOf(x: TorchTensor, beta: unknown, threshold: unknown): TorchTensor {
  const [slope, most] = [numberFrom(beta, "beta", 1), numberFrom(threshold, "threshold", 20)];
  return activated(x, (v) => softplus(v, slope, most));
}

function softplus(value: number, beta: number, threshold: number): number {
  return value * beta > threshold ? value : Math.log1p(Math.exp(value * beta)) / beta;
}

function glu(x: TorchTensor, dim: unknown = -1): TorchTensor {
  const [one, gate] = split(x, Math.ceil((x.shape[dimFrom(dim, x.ndim)] ?? 1) / 2), dim);
  if (one && gate && one.elements.length === gate.elements.length) {
    return product(one, activated(gate, math.sigmoid));
  }
  throw new RangeError(`F.glu wants a dim of an even size, got ${show(x)}`);
}

function oneHot(x: TorchTensor, classes: unknown = -1): TorchTensor {
  const { elements } = placesFrom(x, "one_hot");
  let most = 0;
  for (const place of elements) most = Math.max(most, place + 1);
  const wanted = wholeFrom(classes, "num_classes");
  const count = wanted === -1 ? most : wanted;
  const wrong = elements.find((place) => place < 0 || place >= count);
  if (wrong !== undefined || count < 1) {
    throw new RangeError(`F.one_hot wants classes from 0 to ${count - 1}, got ${wrong ?? "none"}`);
  }
  const out = blank("int64", [...x.shape, count]);
  for (let i = 0; i < elements.length; i++) {
    out.elements[i * count + (elements[i] as number)] = 1;
  }
  return out;
}

/** Returns the row of the table for each place. */
function embedding(x: TorchTensor, weight: unknown): TorchTensor {
  const table = tensorFrom(weight);
  const rows = indexSelect(table, 0, reshape(x, [-1]));
  return reshaped(rows, [...x.shape, ...table.shape.slice(1)]);
}

/** Each sample for itself: mean 0 and variance 1 over the last dims. */
function layerNorm(x: TorchTensor, shape: unknown, ...rest: unknown[]): TorchTensor {
  const [weight, bias, eps] = rest;
  const sizes = sizesFrom([shape].flat());
  if (sizes.length === 0 || x.shape.slice(-sizes.length).join() !== sizes.join()) {
    throw new RangeError(`F.layer_norm wants a shape that ${show(x)} ends in, got [${sizes}]`);
  }
  const dims = sizes.map((_, i) => -1 - i);
  const centred = sub(x, mean(x, dims, true));
  const variance = mean(product(centred, centred), dims, true);
  return scaled(divide(centred, rootOf(variance, eps)), weight, bias);
}

function rootOf(variance: TorchTensor, eps: unknown): TorchTensor {
  const least = numberFrom(eps, "eps", 1e-5);
  return mapped(variance, (value) => Math.sqrt(value + least));
}

function scaled(x: TorchTensor, weight: unknown, bias: unknown): TorchTensor {
  const wide = isNone(weight) ? x : product(x, tensorFrom(weight));
  return isNone(bias) ? wide : add(wide, tensorFrom(bias));
}

/** By the mean and variance of each channel that a model learnt; nothing is learnt here. */
function batchNorm(x: TorchTensor, ...rest: unknown[]): TorchTensor {
  const [average, variance, weight, bias, training, , eps] = rest;
  if (training === true || isNone(average) || isNone(variance)) {
    throw new TypeError("F.batch_norm wants running_mean and running_var: no training in a hook");
  }
  const perChannel = (value: unknown): TorchTensor | undefined => {
    const column = [-1, ...Array.from({ length: x.ndim - 2 }, () => 1)];
    return isNone(value) ? undefined : reshape(tensorFrom(value), column);
  };
  const [middle, spread] = [perChannel(average), perChannel(variance)] as [
    TorchTensor,
    TorchTensor,
  ];
  const even = divide(sub(x, middle), rootOf(spread, eps));
  return scaled(even, perChannel(weight), perChannel(bias));
}
