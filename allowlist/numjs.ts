/**
 * numjs, the stand-in for numpy: the stock package, extended by what numpy has and it lacks.
 *
 * Its images are left out of the bundle: they need native code and files, and jimp does it better.
 *
 * @module
 */

import type { Library, LibraryWorld } from "../src/contract/library.ts";
import type { Tensor } from "../src/contract/tensor.ts";
import { extendArithmetic } from "./shims/numjs-arithmetic.ts";
import { arrayMaker, kindFrom, type ArrayMaker } from "./shims/numjs-array.ts";
import { REDUCTIONS, reduce, softmax } from "./shims/numjs-reduce.ts";
import { copy, kindOf, methodsOf, type NdArray, type Numjs } from "./shims/numjs-types.ts";

/** Functions that make arrays, and where their dtype stands. Stock, it is `array`: boxed numbers. */
const MAKERS = { zeros: 1, ones: 1, empty: 1, identity: 1 };

/** Methods that take another array. Stock, they turn a tensor or a typed array into garbage. */
const TAKES_ARRAY = ["assign", "dot", "equal", "convolve", "fftconvolve"];

let loaded: Numjs | undefined;

export default {
  name: "numjs",
  aliases: ["numpy", "np"],
  standsIn: "numpy",
  notes:
    "Lists become float64 unless a dtype is given; axis and keepdims work for max, min, argmax, " +
    "argmin, sum, mean, std and softmax; arithmetic broadcasts; int64 is held as float64 up to " +
    "2^53; slices are nj's own (slice, pick, lo, hi, step); concatenate joins the last axis; images are read with jimp.",
  bundle: {
    alias: {
      // The parser of kernels, without the transform for bundlers that the main entry brings.
      cwise: "../node_modules/cwise/lib/cwise-esprima.js",
      "./images": "./shims/empty.ts",
      "typedarray-pool": "./shims/typedarray-pool.ts",
    },
    // How the parser of kernels finds out that `Math` is a global; else clip and sigmoid fail.
    define: { self: "globalThis" },
  },
  load(world) {
    const nj = require("numjs") as Numjs;
    const maker = arrayMaker(nj, world);
    loaded = nj;
    extendMakers(nj, maker);
    extendReductions(nj, maker);
    extendArithmetic(nj, maker);
    extendMethods(nj, maker);
    nj.images = noImages();
    return nj;
  },
  toTensor(value, world) {
    if (!loaded || !(value instanceof loaded.NdArray)) return undefined;
    return tensorFrom(value as NdArray, world);
  },
} satisfies Library;

/** Row-major and fresh, whatever the view: a slice, a transpose, an axis that runs backwards. */
function tensorFrom({ selection, dtype }: NdArray, world: LibraryWorld): Tensor {
  const kind = kindOf(dtype);
  return new world.Tensor(kind, [...selection.shape], copy(selection, kind) as never);
}

function extendMakers(nj: Numjs, { array, coerce }: ArrayMaker): void {
  nj.NdArray.new = coerce;
  nj.array = array;
  for (const [name, place] of Object.entries(MAKERS)) {
    const stock = nj[name] as (...values: unknown[]) => unknown;
    nj[name] = (...values: unknown[]) => {
      return stock(...values.slice(0, place), kindFrom(values[place]) ?? "float64");
    };
  }
  for (const name of [
    "int8",
    "uint8",
    "int16",
    "uint16",
    "int32",
    "uint32",
    "float32",
    "float64",
  ]) {
    nj[name] = (value: unknown) => array(value, name);
  }
}

/** Puts each reduction where numpy has it: as a function, and as a method. */
function extendReductions(nj: Numjs, { coerce }: ArrayMaker): void {
  const methods = methodsOf(nj);
  for (const name of Object.keys(REDUCTIONS)) {
    nj[name] = (value: unknown, ...rest: unknown[]) => reduce(nj, name, coerce(value), rest);
    methods[name] = function (...rest) {
      return reduce(nj, name, this, rest);
    };
  }
  nj.softmax = (value: unknown, axis?: unknown) => softmax(nj, coerce(value), axis);
  methods.softmax = function (this: NdArray, axis) {
    return softmax(nj, this, axis);
  };
}

function extendMethods(nj: Numjs, { coerce }: ArrayMaker): void {
  const methods = methodsOf(nj);
  for (const name of TAKES_ARRAY) {
    const stock = methods[name];
    methods[name] = function (other, ...rest) {
      return stock?.call(this, typeof other === "number" ? other : coerce(other), ...rest);
    };
  }
  const { tolist, toString } = methods;
  methods.tolist = function (this: NdArray) {
    return this.shape.length === 0 ? copy(this.selection)[0] : tolist?.call(this);
  };
  methods.toString = function (this: NdArray) {
    const plain = this.shape.length === 0 || this.size === 0;
    if (plain) return `array(${JSON.stringify(this.tolist())}, dtype=${this.dtype})`;
    return toString?.call(this);
  };
}

function noImages(): object {
  return new Proxy(Object.freeze({}), {
    get(_, name) {
      throw new Error(`nj.images.${String(name)} needs files: use jimp, Jimp.fromBuffer(bytes)`);
    },
  });
}
