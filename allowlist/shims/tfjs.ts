/**
 * tfjs as a hook gets it: its core and its methods, computed in plain JavaScript.
 *
 * The stock package is kept as it is but for its doors: functions take what a hook holds, see
 * `tfjs-arguments.ts`, and whatever would go to a network or a file says that there is none.
 *
 * Its tables hold elements by weak keys, so a tensor that nobody disposes of is collected as any
 * other object. Variables are the exception: they stay until they are disposed of.
 *
 * @module
 */

import { type Shaped, shapedFrom } from "./tfjs-arguments.ts";
import type { Tf, TfElements, TfOp, TfTensor } from "./tfjs-types.ts";

/** Makers of tfjs that look at their values themselves. */
const MAKERS = ["tensor", ...[1, 2, 3, 4, 5, 6].map((rank) => `tensor${rank}d`)];

const tf = loadTf();

/** Returns the namespace of tfjs. */
export function tfjs(): Tf {
  return tf;
}

/** Returns whether a value is a tensor that this tfjs made, disposed of or not. */
export function isTf(value: unknown): value is TfTensor {
  return value instanceof tf.Tensor;
}

/**
 * Returns what a tensor holds, sharing its elements where they lie by themselves.
 *
 * @throws {TypeError} For complex numbers.
 */
export function elementsOf(tensor: TfTensor): Shaped {
  const { dtype, shape } = tensor;
  if (dtype !== "float32" && dtype !== "int32" && dtype !== "bool") {
    const hint = "take tf.real and tf.imag of complex numbers";
    throw new TypeError(`A hook gives float32, int32 and bool, got ${dtype}: ${hint}`);
  }
  const own = tensor.dataSync() as TfElements;
  const whole = own.byteLength === own.buffer.byteLength;
  return { dtype, shape: [...shape], elements: whole ? own : own.slice() };
}

function loadTf(): Tf {
  const tf = { ...(require("@tensorflow/tfjs-core") as Tf) };
  require("@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js");
  tf.env().setPlatform("hook", platform());
  tf.env().set("PROD", true);
  tf.env().set("TENSORLIKE_CHECK_SHAPE_CONSISTENCY", true);
  require("@tensorflow/tfjs-backend-cpu");
  for (const name of MAKERS) widen(tf, name);
  return tf;
}

/** Lets a maker take tensors and arrays of others, under their own shape. */
function widen(tf: Record<string, unknown>, name: string): void {
  const stock = tf[name] as TfOp;
  tf[name] = (value: unknown, shape?: unknown, dtype?: unknown) => {
    const shaped = shapedFrom(value);
    if (!shaped) return stock(value, shape, dtype);
    return stock(shaped.elements, shape ?? shaped.shape, dtype ?? shaped.dtype);
  };
}

/** What tfjs asks of the machine that it runs on. */
function platform(): object {
  return {
    fetch() {
      throw new Error("tf has no network and no files in a hook: bring weights as inputs or files");
    },
    now: () => Date.now(),
    encode: (text: string) => new TextEncoder().encode(text),
    decode: (bytes: Uint8Array) => new TextDecoder().decode(bytes),
    isTypedArray: (value: unknown) =>
      value instanceof Float32Array ||
      value instanceof Int32Array ||
      value instanceof Uint8Array ||
      value instanceof Uint8ClampedArray,
  };
}
