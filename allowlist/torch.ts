/**
 * torch, as far as one needs it around a model: its names and its order of arguments, over tfjs.
 *
 * @module
 */

import type { Library } from "../src/contract/library.ts";
import type { Pair } from "./shims/torch-reduce.ts";
import type { TorchTensor } from "./shims/torch-tensor.ts";
import type { TfTensor } from "./shims/tfjs-types.ts";

interface Shims {
  readonly TorchTensor: { is(value: unknown): value is TorchTensor };
  readonly Pair: new (...values: never[]) => Pair;
  readonly tf: typeof import("./shims/tfjs.ts");
}

let shims: Shims | undefined;

export default {
  name: "torch",
  aliases: ["@tensorflow/tfjs", "tfjs", "tf", "@tensorflow/tfjs-core"],
  standsIn: "torch",
  notes:
    "Names and order of arguments are torch's, by place or as a dict at the end: " +
    "torch.softmax(x, 1), x.argmax({ dim: 1 }). All of tfjs is there beside them; where both have a " +
    "name it is torch's, and torch.tf is tfjs alone. Tensors are float32, int32 or bool: lists and " +
    "float64 become float32, int64 becomes int32 or is refused. No autograd, no changes in place, " +
    "no operators; x[0] is a row, further in x.select and x.narrow.",
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
    const { setWorld, TorchTensor } =
      require("./shims/torch-tensor.ts") as typeof import("./shims/torch-tensor.ts");
    setWorld(world);
    const { torchNames } =
      require("./shims/torch-facade.ts") as typeof import("./shims/torch-facade.ts");
    const { Pair } = require("./shims/torch-reduce.ts") as typeof import("./shims/torch-reduce.ts");
    shims = { TorchTensor, Pair, tf: require("./shims/tfjs.ts") as Shims["tf"] };
    return torchNames();
  },
  toTensor(value) {
    if (!shims) return undefined;
    if (shims.TorchTensor.is(value)) return value.toTensor();
    if (!shims.tf.isTf(value) || value.dtype === "string") return undefined;
    return shims.tf.fromTf(living(value)).toTensor();
  },
  toPlain(value) {
    if (!shims) return undefined;
    if (value instanceof shims.Pair) return { values: value.values, indices: value.indices };
    return shims.tf.isTf(value) ? living(value).arraySync() : undefined;
  },
} satisfies Library;

function living(tensor: TfTensor): TfTensor {
  if (!tensor.isDisposed) return tensor;
  throw new Error("This tensor was disposed of: return it from tf.tidy, or do not dispose of it");
}
