/**
 * numjs, the stand-in for numpy: the stock package, extended by what numpy has and it lacks.
 *
 * Nearly all that a hook calls is ours, in `shims/numjs-*.ts`; the package gives the class, its
 * views and their steps. Its images are left out of the bundle: they need native code and files,
 * and jimp does it better.
 *
 * Invariant: nothing of the package is left that computes, for its kernels are not in the bundle.
 *
 * @module
 */

import type { Library, LibraryWorld } from "../src/contract/library.ts";
import type { DType, Tensor } from "../src/contract/tensor.ts";
import { ARITHMETIC, WHERE } from "./shims/numjs-arithmetic.ts";
import { kitOf } from "./shims/numjs-array.ts";
import { ELEMENTS } from "./shims/numjs-elements.ts";
import { extendLinalg, LINEAR } from "./shims/numjs-linear.ts";
import { extendMakers } from "./shims/numjs-make.ts";
import { extendMethods } from "./shims/numjs-methods.ts";
import { PICKS, SORTS } from "./shims/numjs-pick.ts";
import { ALONG, REDUCE } from "./shims/numjs-reduce.ts";
import { SHAPES } from "./shims/numjs-shape.ts";
import { SIGNALS } from "./shims/numjs-signal.ts";
import { STATISTICS } from "./shims/numjs-statistics.ts";
import { copy, kindOf, methodsOf, type NdArray, type Numjs } from "./shims/numjs-types.ts";
import { type Kit, type Numbers, type Operations } from "./shims/numjs-types.ts";

const OPERATIONS: Operations = {
  ...ARITHMETIC,
  ...WHERE,
  ...ELEMENTS,
  ...REDUCE,
  ...ALONG,
  ...SHAPES,
  ...PICKS,
  ...SORTS,
  ...LINEAR,
  ...SIGNALS,
  ...STATISTICS,
};

let loaded: Numjs | undefined;

export default {
  name: "numjs",
  aliases: ["numpy", "np"],
  standsIn: "numpy",
  notes:
    "Lists become float64 unless a dtype is given; keywords go in an object, " +
    "nj.mean(x, { axis: [0, 1], keepdims: true }); comparisons give bool (nj.eq for ==), masks " +
    "work through where, extract, compress and putmask; places are int32 and sums float64 where " +
    "numpy has int64; dot of two vectors is an array of one, matmul a number; int64 is exact up " +
    "to 2^53; float16 becomes float32; slices are nj's own: x.slice(null, [start, end, step]); " +
    "images are read with jimp.",
  bundle: {
    // What is ours needs none of these; the parser and the compiled kernels took most of its time.
    alias: {
      cwise: "./shims/numjs-no-kernels.cts",
      lodash: "./shims/empty.ts",
      "ndarray-fft": "./shims/empty.ts",
      "ndarray-gemm": "./shims/empty.ts",
      "ndarray-ops": "./shims/empty.ts",
      "typedarray-pool": "./shims/empty.ts",
      "./images": "./shims/empty.ts",
    },
  },
  load(world) {
    const nj = require("numjs") as unknown as Numjs;
    const kit = kitOf(nj, world);
    loaded = nj;
    nj.NdArray.new = (value, dtype) =>
      dtype === undefined ? kit.coerce(value) : kit.array(value, dtype);
    nj.array = kit.array;
    extendOperations(nj, kit);
    extendMakers(nj, kit);
    extendLinalg(nj, kit);
    extendMethods(nj, kit);
    extendFacts(nj, kit);
    methodsOf(nj).toTensor = function () {
      return tensorFrom(this, world);
    };
    nj.images = noImages();
    return nj;
  },
  toTensor(value, world) {
    if (!loaded || !(value instanceof loaded.NdArray)) return undefined;
    // What has nothing but the prototype of one is none.
    if (!Object.hasOwn(value, "selection")) return undefined;
    return tensorFrom(value as NdArray, world);
  },
} satisfies Library;

/** Row-major and fresh, whatever the view: a slice, a transpose, an axis that runs backwards. */
function tensorFrom({ selection, dtype }: NdArray, world: LibraryWorld): Tensor {
  const kind = kindOf(dtype);
  const data = copy(selection, kind);
  return new world.Tensor(kind as DType, [...selection.shape], elementsFor(data, kind) as never);
}

function elementsFor(data: Numbers, kind: string): unknown {
  if (kind === "bool") return data.map((value) => Number(value !== 0));
  if (kind !== "int64" && kind !== "uint64") return data;
  const bad = data.find((value) => !Number.isSafeInteger(value));
  if (bad === undefined) {
    const integers = kind === "int64" ? BigInt64Array : BigUint64Array;
    return integers.from(Array.from(data, BigInt));
  }
  throw new RangeError(`nj holds ${kind} up to 2^53, got ${bad}: use float64`);
}

/** Puts each where numpy has it: as a function, and as a method. */
function extendOperations(nj: Numjs, kit: Kit): void {
  const methods = methodsOf(nj);
  for (const [name, operation] of Object.entries(OPERATIONS)) {
    nj[name] = (value: unknown, ...rest: unknown[]) => operation(kit, kit.coerce(value), ...rest);
    methods[name] = function (...rest) {
      return operation(kit, this, ...rest);
    };
  }
  nj.absolute = nj.abs;
}

/** What numpy says of an array. */
function extendFacts(nj: Numjs, { coerce, array }: Kit): void {
  nj.shape = (value: unknown) => [...coerce(value).shape];
  nj.ndim = (value: unknown) => (typeof value === "number" ? 0 : coerce(value).shape.length);
  nj.size = (value: unknown) => coerce(value).size;
  nj.copy = (value: unknown) => array(value);
  nj.array_equal = nj.equal;
  Object.assign(nj, { pi: Math.PI, e: Math.E, inf: Infinity, nan: Number.NaN, newaxis: null });
}

function noImages(): object {
  return new Proxy(Object.freeze({}), {
    get(_, name) {
      // What JavaScript itself asks of every value, as when it is shown or made a text.
      if (typeof name === "symbol") return undefined;
      throw new Error(`nj.images.${name} needs files: use jimp, Jimp.fromBuffer(bytes)`);
    },
  });
}
