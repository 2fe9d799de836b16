/**
 * torch, as far as one needs it around a model: its names, its order of arguments, its dtypes.
 *
 * A module of ours. tfjs would be the nearest package, but it has neither int64 nor float64, and a
 * tensor of it has to be disposed of.
 *
 * @module
 */

import type { Library } from "../src/contract/library.ts";
import type { Pair } from "./shims/torch-reduce.ts";
import type { TorchTensor } from "./shims/torch-tensor.ts";

interface Shims {
  readonly TorchTensor: { is(value: unknown): value is TorchTensor };
  readonly Pair: new (...values: never[]) => Pair;
}

let shims: Shims | undefined;

export default {
  name: "torch",
  aliases: ["pytorch"],
  standsIn: "torch",
  notes:
    "Names and order of arguments are torch's, by place or as a dict at the end: " +
    "torch.softmax(x, 1), x.argmax({ dim: 1 }). torch.nn.functional, linalg.norm and, for boxes, " +
    "torch.ops.nms are there. Plain numbers are floats: lists become float32 unless a dtype is " +
    "given. int64 holds whole numbers up to 2^53, and nothing wraps around. No autograd, no " +
    "changes in place, no operators; x[0] is a row, further in x.select and x.narrow.",
  packages: [],
  bundle: {},
  load(world) {
    const { setWorld, TorchTensor } =
      require("./shims/torch-tensor.ts") as typeof import("./shims/torch-tensor.ts");
    setWorld(world);
    const { torchNames } =
      require("./shims/torch-facade.ts") as typeof import("./shims/torch-facade.ts");
    const { Pair } = require("./shims/torch-reduce.ts") as typeof import("./shims/torch-reduce.ts");
    shims = { TorchTensor, Pair };
    return torchNames();
  },
  toTensor(value) {
    return shims?.TorchTensor.is(value) ? value.toTensor() : undefined;
  },
  toPlain(value) {
    if (!shims || !(value instanceof shims.Pair)) return undefined;
    return { values: value.values, indices: value.indices };
  },
} satisfies Library;
