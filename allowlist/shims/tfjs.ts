/**
 * tfjs as a hook gets it: its core and its methods, computed in plain JavaScript.
 *
 * The stock package is kept as it is but for its doors: functions take what a hook holds, see
 * `tfjs-arguments.ts`, and whatever would go to a network or a file says that there is none.
 *
 * Its tables hold elements by weak keys, so a tensor of tfjs that nobody disposes of is collected as
 * any other object. Variables are the exception: they stay until they are disposed of.
 *
 * @module
 */

import { shapedFrom } from "./tfjs-arguments.ts";
import type { Tf, TfOp, TfTensor } from "./tfjs-types.ts";
import { tensorOf } from "./torch-convert.ts";
import type { Elements, TorchTensor } from "./torch-tensor.ts";

/** Makers of tfjs that look at their values themselves. */
const MAKERS = ["tensor", ...[1, 2, 3, 4, 5, 6].map((rank) => `tensor${rank}d`)];

const tf = loadTf();

/** Returns the namespace of tfjs. */
export function tfjs(): Tf {
  return tf;
}

/** Returns the function of tfjs with that name. */
export function tfOp(name: string): TfOp {
  return tf[name] as TfOp;
}

/**
 * Computes with tfjs on tensors of torch, and leaves nothing in its tables.
 *
 * @param compute Gets one tensor of tfjs for each of `inputs`, and returns one.
 */
export function compute(
  inputs: readonly TorchTensor[],
  compute: (...tensors: TfTensor[]) => TfTensor,
): TorchTensor {
  let result: TorchTensor | undefined;
  tf.tidy(() => {
    result = fromTf(compute(...inputs.map(toTf)));
  });
  return result as TorchTensor;
}

/** Returns whether a value is a tensor that this tfjs made, disposed of or not. */
export function isTf(value: unknown): value is TfTensor {
  return value instanceof tf.Tensor;
}

/** Returns a tensor of tfjs on the same elements. */
export function toTf({ elements, shape, dtype }: TorchTensor): TfTensor {
  return tf.tensor(elements, shape, dtype);
}

/**
 * Returns a tensor of tfjs as one of torch, sharing its elements where they lie by themselves.
 *
 * @throws {TypeError} For texts and complex numbers.
 */
export function fromTf(tensor: TfTensor): TorchTensor {
  const { dtype, shape } = tensor;
  if (dtype !== "float32" && dtype !== "int32" && dtype !== "bool") {
    const hint = "take tf.real and tf.imag of complex numbers, and arraySync() of texts";
    throw new TypeError(`torch holds float32, int32 and bool, got ${dtype}: ${hint}`);
  }
  const own = tensor.dataSync() as Elements;
  const whole = own.byteLength === own.buffer.byteLength;
  return tensorOf(whole ? own : own.slice(), shape, dtype);
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
