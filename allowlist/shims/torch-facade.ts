/**
 * Puts torch's names together: on the namespace that `require("torch")` gives, and on its tensors.
 *
 * The namespace holds all of tfjs, and over it what torch has by the same name. Where the two differ
 * (max and min along a dim, split, equal, unique, div of integers) it is torch's; tfjs as it is
 * stands under `torch.tf`.
 *
 * @module
 */

import { placed } from "./torch-arguments.ts";
import { fromTf, isTf, tfjs, toTf } from "./tfjs.ts";
import type { TfTensor } from "./tfjs-types.ts";
import { cast, dtypeFrom, tensorFrom } from "./torch-convert.ts";
import { ACTIVATIONS, functional } from "./torch-functional.ts";
import { MAKERS } from "./torch-make.ts";
import { einsum, PRODUCTS } from "./torch-matrix.ts";
import { bincount, PICKS } from "./torch-pick.ts";
import { POINTWISE, where } from "./torch-pointwise.ts";
import { equal, type Op, REDUCTIONS } from "./torch-reduce.ts";
import { cat, select, SHAPES, SIZED, stack, transpose, unbind } from "./torch-shape.ts";
import { reshaped, TorchTensor } from "./torch-tensor.ts";

type Names = Record<string, unknown>;
type Method = (this: TorchTensor, ...rest: unknown[]) => unknown;

const OPS: Readonly<Record<string, Op>> = {
  ...REDUCTIONS,
  ...POINTWISE,
  ...SHAPES,
  ...PICKS,
  ...PRODUCTS,
  ...ACTIVATIONS,
};

const DTYPES = {
  float32: "float32",
  float: "float32",
  int32: "int32",
  int: "int32",
  int64: "int64",
  long: "int64",
  bool: "bool",
  float64: "float64",
  double: "float64",
  float16: "float16",
  half: "float16",
  bfloat16: "bfloat16",
  uint8: "uint8",
  int8: "int8",
  int16: "int16",
} as const;

/** Returns the namespace. Called once: the methods go on the prototype of its tensors. */
export function torchNames(): Names {
  addMethods();
  const tf = tfjs();
  const run = (work: unknown): unknown => (typeof work === "function" ? work() : undefined);
  return {
    ...tf,
    ...MAKERS,
    ...functionsOf(OPS),
    ...sizedFunctions(),
    ...DTYPES,
    cat,
    concat: cat,
    concatenate: cat,
    stack,
    vstack: (list: unknown) => cat(list, 0),
    where: (mask: unknown, ...rest: unknown[]) => whereOf(mask, rest),
    einsum: (equation: unknown, ...rest: unknown[]) => einsum(equation, rest),
    bincount: (value: unknown, ...rest: unknown[]) => bincount(tensorFrom(value), rest),
    equal: (one: unknown, other: unknown) => equal(tensorFrom(one), other),
    allclose: (one: unknown, other: unknown, ...rest: unknown[]) => allclose(one, other, rest),
    numel: (value: unknown) => tensorFrom(value).elements.length,
    is_tensor: (value: unknown) => TorchTensor.is(value) || isTf(value),
    no_grad: run,
    inference_mode: run,
    inf: Infinity,
    nan: Number.NaN,
    pi: Math.PI,
    Tensor: TorchTensor,
    nn: { functional: functional() },
    tf,
  };
}

function functionsOf(ops: Readonly<Record<string, Op>>): Names {
  const functions: Names = {};
  for (const [name, { takes, run }] of Object.entries(ops)) {
    functions[name] = (value: unknown, ...rest: unknown[]) =>
      run(tensorFrom(value), ...placed(name, takes, rest));
  }
  return functions;
}

function sizedFunctions(): Names {
  const functions: Names = {};
  for (const [name, run] of Object.entries(SIZED)) {
    functions[name] = (value: unknown, ...rest: unknown[]) => run(tensorFrom(value), ...rest);
  }
  return functions;
}

/** With a mask alone it is torch's other form: the places where it is true, one tensor per dim. */
function whereOf(mask: unknown, rest: readonly unknown[]): unknown {
  if (rest.length === 0) return PICKS.nonzero?.run(tensorFrom(mask), true);
  return where(mask, rest[0], rest[1]);
}

function allclose(one: unknown, other: unknown, rest: readonly unknown[]): boolean {
  const [relative = 1e-5, absolute = 1e-8] = placed("allclose", ["rtol", "atol"], rest) as number[];
  const left = tensorFrom(one, "float32");
  const right = tensorFrom(other, "float32");
  if (left.shape.join() !== right.shape.join()) return false;
  return left.elements.every((value, i) => {
    const want = right.elements[i] as number;
    return value === want || Math.abs(value - want) <= absolute + relative * Math.abs(want);
  });
}

function addMethods(): void {
  const { prototype } = TorchTensor;
  const add = (name: string, value: Method): void => {
    Object.defineProperty(prototype, name, { value, writable: true, configurable: true });
  };
  for (const [name, method] of Object.entries(tfMethods())) add(name, method);
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

/** Methods that are no functions of torch. */
const METHODS: Readonly<Record<string, Method>> = {
  size(dim) {
    return dim === undefined ? [...this.shape] : this.shape.at(Number(dim));
  },
  dim() {
    return this.ndim;
  },
  numel() {
    return this.elements.length;
  },
  numpy() {
    return this.toTensor();
  },
  where(mask, other) {
    return where(mask, this, other);
  },
  view_as(other) {
    return reshaped(this, tensorFrom(other).shape);
  },
  bincount(...rest) {
    return bincount(this, rest);
  },
  equal(other) {
    return equal(this, other);
  },
  allclose(other, ...rest) {
    return allclose(this, other, rest);
  },
  clone() {
    return new TorchTensor(this.dtype, this.shape, this.elements.slice());
  },
  type(dtype) {
    return cast(this, dtypeFrom(dtype));
  },
  to(dtype) {
    return dtype === "cpu" ? this : cast(this, dtypeFrom(dtype));
  },
  float() {
    return cast(this, "float32");
  },
  int() {
    return cast(this, "int32");
  },
  long() {
    return cast(this, "int32");
  },
  bool() {
    return cast(this, "bool");
  },
  cpu() {
    return this;
  },
  detach() {
    return this;
  },
  contiguous() {
    return this;
  },
  dispose() {},
  dataSync() {
    return this.elements;
  },
  async data() {
    return this.elements;
  },
  arraySync() {
    return this.tolist();
  },
  async array() {
    return this.tolist();
  },
};

/** tfjs's own methods, on tensors of torch and giving such; torch's come over them. */
function tfMethods(): Record<string, Method> {
  const { prototype } = tfjs().Tensor;
  const methods: Record<string, Method> = {};
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const value: unknown = Object.getOwnPropertyDescriptor(prototype, name)?.value;
    if (typeof value !== "function" || name === "constructor" || name in TorchTensor.prototype) {
      continue;
    }
    methods[name] = function (...rest) {
      const result: unknown = value.apply(toTf(this), rest);
      return isTf(result) ? fromTf(result) : result;
    };
  }
  return methods;
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
  get("T", (x) => transpose(x));
  get("mT", (x) => transpose(x, -2, -1));
  get("rank", (x) => x.ndim);
  get("device", () => "cpu");
  Object.defineProperty(prototype, Symbol.iterator, {
    value: function (this: TorchTensor) {
      return unbind(this)[Symbol.iterator]();
    },
  });
  // Only a name that nothing else has gets as far as this.
  Object.setPrototypeOf(prototype, new Proxy({}, { get: row, set: refuseChange }));
}

function row(_: object, name: string | symbol, receiver: unknown): unknown {
  if (typeof name !== "string" || !/^-?\d+$/.test(name)) return Reflect.get(Object.prototype, name);
  return TorchTensor.is(receiver) ? select(receiver, 0, Number(name)) : undefined;
}

function refuseChange(_: object, name: string | symbol): never {
  throw new TypeError(
    `A tensor of torch cannot be changed here, at "${String(name)}": use torch.where or masked_fill`,
  );
}
