/**
 * A bare isolate with torch in it, for its tests.
 *
 * @module
 */

import { type Bare, bareIsolate } from "./isolate.ts";
import { TORCH } from "./vectors-torch.ts";

/** Returns an isolate with `torch`, `F`, the inputs of the vectors, and `write`. */
export async function torchIsolate(): Promise<Bare> {
  const torch = await bareIsolate(new URL("../../bundles/libraries/torch.js", import.meta.url));
  await torch.run(`
    globalThis.torch = lib;
    globalThis.F = lib.nn.functional;
    const numbers = { nan: NaN, inf: Infinity, "-inf": -Infinity };
    const word = (value) => (Array.isArray(value) ? value.map(word) : (numbers[value] ?? value));
    for (const [name, [dtype, value]] of Object.entries(${JSON.stringify(TORCH.inputs)})) {
      globalThis[name] = torch.tensor(word(value), { dtype });
    }
    // What leaves a hook: a tensor under its own dtype, written out, or a plain value.
    globalThis.write = (value) => {
      const own = typeof value === "object" ? made.toTensor(value) : undefined;
      const tensor = Tensor.is(value) ? value : own;
      if (tensor) {
        const { dtype, shape } = tensor;
        const list = tensor.tolist();
        const data = (Array.isArray(list) ? list.flat(Infinity) : [list]).map(Number);
        return { dtype, shape: [...shape], data };
      }
      const plain = typeof value === "object" ? made.toPlain(value) : undefined;
      if (plain) return [plain.values, plain.indices].map(write);
      return Array.isArray(value) ? value.map(write) : value;
    };
  `);
  return torch;
}
