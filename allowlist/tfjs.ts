/**
 * TensorFlow.js as it is: its core and its methods, computed in plain JavaScript.
 *
 * @module
 */

import type { Library } from "../src/contract/library.ts";
import type { TfTensor } from "./shims/tfjs-types.ts";

let shim: typeof import("./shims/tfjs.ts") | undefined;

export default {
  name: "tfjs",
  aliases: ["@tensorflow/tfjs", "@tensorflow/tfjs-core", "tf", "tensorflow"],
  standsIn: "tensorflow",
  notes:
    "tfjs-core with its processor backend, with tfjs's own names. Tensors are float32, int32 or " +
    "bool: float64 becomes float32, int64 becomes int32 or is refused. It takes the tensors of a " +
    "hook and the arrays of other libraries. No layers, no models, no files. tf.tidy frees memory sooner.",
  packages: ["@tensorflow/tfjs-core", "@tensorflow/tfjs-backend-cpu"],
  bundle: {
    alias: {
      // Every function of tfjs reads its arguments there.
      "./tensor_util_env": "./shims/tfjs-arguments.ts",
      "../tensor_util_env": "./shims/tfjs-arguments.ts",
      "../../tensor_util_env": "./shims/tfjs-arguments.ts",
      // Asked for on Node alone.
      "node-fetch": "./shims/empty.ts",
      util: "./shims/empty.ts",
      crypto: "./shims/empty.ts",
    },
    inject: ["./shims/tfjs-globals.ts"],
  },
  load(world) {
    const { setWorld } =
      require("./shims/torch-tensor.ts") as typeof import("./shims/torch-tensor.ts");
    setWorld(world);
    shim = require("./shims/tfjs.ts") as typeof import("./shims/tfjs.ts");
    return shim.tfjs();
  },
  toTensor(value, world) {
    if (!shim?.isTf(value) || value.dtype === "string") return undefined;
    const { dtype, shape, elements } = shim.elementsOf(living(value));
    return new world.Tensor(dtype, shape, elements as never);
  },
  toPlain(value) {
    return shim?.isTf(value) ? living(value).arraySync() : undefined;
  },
} satisfies Library;

function living(tensor: TfTensor): TfTensor {
  if (!tensor.isDisposed) return tensor;
  throw new Error("This tensor was disposed of: return it from tf.tidy, or do not dispose of it");
}
