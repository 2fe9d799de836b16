/**
 * Puts torch's names together: on the namespace that `require("torch")` gives, and on its tensors.
 *
 * What takes a tensor first is a function and a method, from one row of a table.
 *
 * @module
 */

import { isNone, type Op, type Ops, placed } from "./torch-arguments.ts";
import { cast, tensorFrom } from "./torch-convert.ts";
import { DTYPE_NAMES, dtypeFrom, isFloat, rangeOf } from "./torch-dtypes.ts";
import { BOX_OPS } from "./torch-boxes.ts";
import { einsum } from "./torch-einsum.ts";
import { functional } from "./torch-functional.ts";
import { JOINS, listFrom, SPLITS } from "./torch-join.ts";
import { LOSSES } from "./torch-losses.ts";
import { copied, deviceFrom, MAKERS } from "./torch-make.ts";
import { PRODUCTS } from "./torch-matrix.ts";
import { ORDERS } from "./torch-order.ts";
import { PICKS } from "./torch-pick.ts";
import { allClose, mostOf, operandsFrom, POINTWISE, where } from "./torch-pointwise.ts";
import { equal, norm, REDUCTIONS } from "./torch-reduce.ts";
import { select, SHAPES, SIZED, transpose, unbind } from "./torch-shape.ts";
import { show, type TorchDType, TorchTensor } from "./torch-tensor.ts";
import { permuted } from "./torch-walk.ts";

type Names = Record<string, unknown>;
type Method = (this: TorchTensor, ...rest: unknown[]) => unknown;

const TESTS: Ops = {
  equal: { takes: ["other"], run: equal },
  allclose: { takes: ["other", "rtol", "atol", "equal_nan"], run: allClose },
  numel: { takes: [], run: ({ elements }) => elements.length },
  is_floating_point: { takes: [], run: ({ dtype }) => isFloat(dtype) },
};

const OPS: Ops = {
  ...REDUCTIONS,
  ...POINTWISE,
  ...SHAPES,
  ...SPLITS,
  ...PICKS,
  ...ORDERS,
  ...PRODUCTS,
  ...TESTS,
};

/** Functions that are no methods. */
const FUNCTIONS: Ops = {
  cosine_similarity: LOSSES.cosine_similarity as Op,
  pairwise_distance: LOSSES.pairwise_distance as Op,
};

const NORM: Op = { takes: ["ord", "dim", "keepdim"], run: vectorNorm };

/** Returns the namespace. Called once: the methods go on the prototype of its tensors. */
export function torchNames(): Names {
  addMethods();
  const run = (work: unknown): unknown => (typeof work === "function" ? work() : undefined);
  return {
    ...DTYPE_NAMES,
    ...MAKERS,
    ...functionsOf({ ...OPS, ...FUNCTIONS }),
    ...sizedFunctions(),
    ...joinFunctions(),
    where: (mask: unknown, ...rest: unknown[]) => whereOf(mask, rest),
    einsum: (equation: unknown, ...rest: unknown[]) => einsum(equation, rest),
    is_tensor: (value: unknown) => TorchTensor.is(value),
    finfo,
    iinfo,
    device,
    cuda: { is_available: () => false },
    no_grad: run,
    inference_mode: run,
    inf: Infinity,
    nan: Number.NaN,
    pi: Math.PI,
    e: Math.E,
    Tensor: TorchTensor,
    nn: { functional: functional() },
    linalg: functionsOf({ norm: NORM, vector_norm: NORM }),
    ops: { ...BOX_OPS },
  };
}

function device(name: unknown): unknown {
  deviceFrom(name);
  return name;
}

function functionsOf(ops: Ops): Names {
  const functions: Names = {};
  for (const [name, { takes, run }] of Object.entries(ops)) {
    functions[name] = (value: unknown, ...rest: unknown[]) => {
      const places = placed(name, takes, rest);
      return run(firstFrom(value, takes[0] === "other" ? places[0] : undefined), ...places);
    };
  }
  return functions;
}

/** A plain number takes its dtype from what it is computed with, in front as well as behind. */
function firstFrom(value: unknown, other: unknown): TorchTensor {
  if (typeof value !== "number" || isNone(other)) return tensorFrom(value);
  return operandsFrom([value, other])[0] as TorchTensor;
}

function sizedFunctions(): Names {
  const functions: Names = {};
  for (const [name, run] of Object.entries(SIZED)) {
    functions[name] = (value: unknown, ...rest: unknown[]) => run(tensorFrom(value), ...rest);
  }
  return functions;
}

function joinFunctions(): Names {
  const functions: Names = {};
  for (const [name, { takes, run }] of Object.entries(JOINS)) {
    functions[name] = (list: unknown, ...rest: unknown[]) =>
      run(listFrom(list, name), ...placed(name, takes, rest));
  }
  return functions;
}

/** With a mask alone it is torch's other form: the places where it is true, one tensor per dim. */
function whereOf(mask: unknown, rest: readonly unknown[]): unknown {
  if (rest.length === 0) return PICKS.nonzero?.run(tensorFrom(mask), true);
  if (rest.length === 2) return where(mask, rest[0], rest[1]);
  throw new TypeError(`torch.where takes a mask and two values, got ${rest.length + 1} arguments`);
}

/** Of a matrix with an `ord` it would be that of a matrix, which needs its singular values. */
function vectorNorm(x: TorchTensor, order: unknown, dim: unknown, keepdim: unknown): TorchTensor {
  const matrix = !isNone(order) && (isNone(dim) ? x.ndim > 1 : Array.isArray(dim));
  if (!matrix) return norm(x, order, dim, keepdim);
  throw new TypeError(`torch.linalg.norm with ord ${show(order)} wants one dim: norm(x, ord, -1)`);
}

function finfo(dtype: unknown = "float32"): object {
  const name = dtypeFrom(dtype) as TorchDType;
  if (!isFloat(name)) throw new TypeError(`torch.finfo wants a dtype of floats, got ${name}`);
  const digits = { float16: 10, bfloat16: 7, float64: 52 }[name as string] ?? 23;
  const least = { float16: -14, float64: -1022 }[name as string] ?? -126;
  const max = mostOf(name);
  return { dtype: name, min: -max, max, eps: 2 ** -digits, tiny: 2 ** least };
}

function iinfo(dtype: unknown): object {
  const name = dtypeFrom(dtype) as TorchDType;
  if (isNone(dtype) || isFloat(name) || name === "bool") {
    throw new TypeError(`torch.iinfo wants a dtype of whole numbers, got ${show(dtype)}`);
  }
  const [min, max] = rangeOf(name);
  return { dtype: name, min, max };
}

function addMethods(): void {
  const { prototype } = TorchTensor;
  const add = (name: string, value: Method): void => {
    Object.defineProperty(prototype, name, { value, writable: true, configurable: true });
  };
  for (const [name, { takes, run }] of Object.entries(OPS)) {
    add(name, function (...rest) {
      return run(this, ...placed(name, takes, rest));
    });
  }
  for (const [name, run] of Object.entries(SIZED)) {
    add(name, function (...rest) {
      return run(this, ...rest);
    });
  }
  for (const [name, method] of Object.entries(METHODS)) add(name, method);
  addGetters(prototype);
}

/** Methods that bring a tensor to a dtype. */
const CASTS = {
  double: "float64",
  float: "float32",
  half: "float16",
  bfloat16: "bfloat16",
  long: "int64",
  int: "int32",
  short: "int16",
  char: "int8",
  byte: "uint8",
  bool: "bool",
} as const;

function itself(this: TorchTensor): TorchTensor {
  return this;
}

/** Methods that are no functions of torch. */
const METHODS: Readonly<Record<string, Method>> = {
  ...Object.fromEntries(
    Object.entries(CASTS).map(([name, dtype]) => [
      name,
      function (this: TorchTensor) {
        return cast(this, dtype);
      },
    ]),
  ),
  cpu: itself,
  detach: itself,
  contiguous: itself,
  to(...targets) {
    return targets.reduce<TorchTensor>(moved, this);
  },
  type(dtype) {
    return cast(this, dtypeFrom(dtype));
  },
  type_as(other) {
    return cast(this, tensorFrom(other).dtype);
  },
  clone() {
    return copied(this);
  },
  size(dim) {
    if (isNone(dim)) return [...this.shape];
    const shape = new TorchTensor("int64", [this.ndim], Float64Array.from(this.shape));
    return select(shape, 0, dim).item();
  },
  dim() {
    return this.ndim;
  },
  numpy() {
    return this.toTensor();
  },
  where(mask, other) {
    return where(mask, this, other);
  },
  view_as(other) {
    return SIZED.view?.(this, [...tensorFrom(other).shape]);
  },
  reshape_as(other) {
    return SIZED.view?.(this, [...tensorFrom(other).shape]);
  },
  expand_as(other) {
    return SIZED.expand?.(this, [...tensorFrom(other).shape]);
  },
};

/** To a dtype, to the dtype of another tensor, or to the one device that is there. */
function moved(x: TorchTensor, target: unknown): TorchTensor {
  if (TorchTensor.is(target)) return cast(x, target.dtype);
  if (typeof target === "string" && Object.hasOwn(DTYPE_NAMES, target)) {
    return cast(x, dtypeFrom(target));
  }
  const [dtype, device] = placed("Tensor.to", ["dtype", "device"], [target]);
  if (target === dtype) deviceFrom(target);
  else if (!isNone(device)) deviceFrom(device);
  return target === dtype ? x : cast(x, dtypeFrom(dtype));
}

/** What reads like a property, the rows of a tensor, and `x[i]`. */
function addGetters(prototype: object): void {
  const get = (name: string, read: (x: TorchTensor) => unknown): void => {
    Object.defineProperty(prototype, name, {
      get(this: TorchTensor) {
        return read(this);
      },
      configurable: true,
    });
  };
  get("T", (x) => permuted(x, x.shape.map((_, at) => at).toReversed()));
  get("mT", (x) => transpose(x, -2, -1));
  get("device", () => "cpu");
  get("requires_grad", () => false);
  Object.defineProperty(prototype, Symbol.iterator, {
    value: function (this: TorchTensor) {
      return unbind(this)[Symbol.iterator]();
    },
  });
  // Only a name that nothing else has gets as far as this.
  Object.setPrototypeOf(prototype, new Proxy({}, { get: row, set: refuseChange }));
}

function row(_: object, name: string | symbol, receiver: unknown): unknown {
  if (typeof name !== "string" || !TorchTensor.is(receiver)) {
    return Reflect.get(Object.prototype, name);
  }
  if (/^-?\d+$/.test(name)) return select(receiver, 0, Number(name));
  const kept = name.slice(0, -1);
  if (!name.endsWith("_") || !Object.hasOwn(TorchTensor.prototype, kept)) {
    return Reflect.get(Object.prototype, name);
  }
  throw new TypeError(`A tensor of torch cannot be changed here: x = x.${kept}(...), not ${name}`);
}

function refuseChange(_: object, name: string | symbol): never {
  throw new TypeError(
    `A tensor of torch cannot be changed here, at "${String(name)}": use torch.where, scatter or ` +
      "masked_fill",
  );
}
