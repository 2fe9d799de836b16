/**
 * The borders of torch: what goes in, what comes out, and what is refused with which words.
 *
 * @module
 */

import { afterAll, beforeAll, expect, test } from "vitest";

import type { Bare } from "./isolate.ts";
import { torchIsolate } from "./torch-isolate.ts";
import { TORCH, type Written } from "./vectors-torch.ts";

let torch: Bare;

beforeAll(async () => {
  torch = await torchIsolate();
});

afterAll(() => torch[Symbol.dispose]());

// A tensor of the hook's world, and the dtype in which its elements come back, all as they were.
const DTYPES: readonly [dtype: string, data: string, back: string, list: readonly number[]][] = [
  ["float64", "new Float64Array([0.1, -2])", "float64", [0.1, -2]],
  ["float32", "new Float32Array([0.5, -2])", "float32", [0.5, -2]],
  ["float16", "new Float16Array([0.5, -65504])", "float16", [0.5, -65504]],
  ["bfloat16", "new Uint16Array([0x3fc0, 0xc000])", "bfloat16", [1.5, -2]],
  ["int64", "new BigInt64Array([-9007199254740991n, 2n])", "int64", [-9007199254740991, 2]],
  ["uint64", "new BigUint64Array([9007199254740991n, 2n])", "int64", [9007199254740991, 2]],
  ["int32", "new Int32Array([-2147483648, 6])", "int32", [-2147483648, 6]],
  ["int16", "new Int16Array([-32768, 6])", "int16", [-32768, 6]],
  ["int8", "new Int8Array([-128, 6])", "int8", [-128, 6]],
  ["uint32", "new Uint32Array([4294967295, 6])", "int64", [4294967295, 6]],
  ["uint16", "new Uint16Array([65535, 6])", "int32", [65535, 6]],
  ["uint8", "new Uint8Array([255, 6])", "uint8", [255, 6]],
  ["bool", "new Uint8Array([1, 0])", "bool", [1, 0]],
];

for (const [dtype, data, back, list] of DTYPES) {
  test(`torch takes a tensor of ${dtype} and gives it back as ${back}`, async () => {
    for (const maker of ["tensor", "from_numpy", "as_tensor"]) {
      const got = await torch.run(
        `return write(torch.${maker}(new Tensor("${dtype}", [2, 1], ${data})))`,
      );
      expect(got).toEqual({ dtype: back, shape: [2, 1], data: list });
    }
    const element = `new Tensor("${dtype}", [], ${data}.slice(1))`;
    const one = await torch.run(`return [torch.tensor(${element}).item(), write([${element}])]`);
    expect(one).toEqual([
      back === "bool" ? false : list[1],
      [expect.objectContaining({ shape: [] })],
    ]);
    const empty = await torch.run(
      `return write(torch.tensor(new Tensor("${dtype}", [0, 3], ${data}.slice(2))))`,
    );
    expect(empty).toEqual({ dtype: back, shape: [0, 3], data: [] });
  });
}

// What else a hook may hold, and what it becomes.
const HELD: readonly [js: string, dtype: string, shape: readonly number[], data: number[]][] = [
  ["new Float32Array([1.5, 2])", "float32", [2], [1.5, 2]],
  ["new Uint8ClampedArray([1, 255])", "uint8", [2], [1, 255]],
  ["new BigInt64Array([-5n])", "int64", [1], [-5]],
  ["new Uint16Array([7]).subarray(0, 1)", "int32", [1], [7]],
  ["[1, 2]", "float32", [2], [1, 2]],
  ["[1n, 2n]", "int64", [2], [1, 2]],
  ["[1n, 2]", "int64", [2], [1, 2]],
  ["[true, false, 1]", "bool", [3], [1, 0, 1]],
  ["[0.5, true, 2n]", "float32", [3], [0.5, 1, 2]],
  ["true", "bool", [], [1]],
  ["[[], []]", "float32", [2, 0], []],
  ["[A[0], [7, 8, 9]]", "float32", [2, 3], [0.5, -1.25, 3, 7, 8, 9]],
  ["[new Float64Array([0.1]), [0.2]]", "float64", [2, 1], [0.1, 0.2]],
  ["[Tensor.from([1n]), Tensor.from([2n])]", "int64", [2, 1], [1, 2]],
];

for (const [js, dtype, shape, data] of HELD) {
  test(`torch.tensor() takes ${js} as ${dtype}`, async () => {
    expect(await torch.run(`return write(torch.tensor(${js}))`)).toEqual({ dtype, shape, data });
  });
}

// What torch would give as a view: right values, and nobody sees what another does.
const VIEWS: readonly [js: string, shape: readonly number[], data: readonly number[]][] = [
  ["G.permute(2, 0, 1)", [3, 1, 2], [0, 3, 1, 4, 2, 5]],
  ["G.narrow(2, 1, 2)", [1, 2, 2], [1, 2, 4, 5]],
  ["G[0][1]", [3], [3, 4, 5]],
  ["G.transpose(1, 2).select(1, 1)", [1, 2], [1, 4]],
  ["G.expand(2, 2, 3).narrow(0, 1, 1)", [1, 2, 3], [0, 1, 2, 3, 4, 5]],
  ["G.view(3, 2).t().flip(1)", [2, 3], [4, 2, 0, 5, 3, 1]],
  ["G.split(1, 1)[1].squeeze()", [3], [3, 4, 5]],
];

for (const [js, shape, data] of VIEWS) {
  for (const dtype of ["float32", "float64", "int64", "uint8", "float16", "bfloat16"]) {
    test(`${js} leaves a hook right as ${dtype}`, async () => {
      const got = (await torch.run(`
        const G = torch.arange(6, { dtype: "${dtype}" }).view(1, 2, 3);
        const tensor = made.toTensor(${js});
        return [write(tensor), tensor.data.length];
      `)) as [Written, number];
      expect(got).toEqual([{ dtype, shape, data }, data.length]);
    });
  }
}

test("torch.tensor() copies, from_numpy() and as_tensor() share as in torch", async () => {
  const got = await torch.run(`
    const data = new Float32Array([1, 2]);
    const tensor = new Tensor("float32", [2], data);
    const made = [torch.tensor(data), torch.tensor(tensor), torch.from_numpy(tensor), torch.as_tensor(data)];
    data[0] = 9;
    return made.map((x) => x[0].item());
  `);
  expect(got).toEqual([1, 1, 9, 9]);
});

test("a tensor says what it is, as text and as JSON", async () => {
  const got = await torch.run(`
    return [String(A), JSON.stringify({ x: SI, m: MR }), \`\${torch.zeros(2000)}\`, +SI, SI * 2, typeof A.hasOwnProperty];
  `);
  expect(got).toEqual([
    "tensor([[0.5,-1.25,3],[2,0,-0.75]], dtype=float32)",
    '{"x":7,"m":[true,false,true]}',
    "tensor(shape [2000], dtype=float32)",
    7,
    14,
    "function",
  ]);
});

test("chance differs from isolate to isolate until it is seeded", async () => {
  using other = await torchIsolate();
  const draw = "return torch.rand(4).tolist()";
  expect(await torch.run(draw)).not.toEqual(await other.run(draw));
  const seeded = `torch.manual_seed(3); ${draw}`;
  expect(await torch.run(seeded)).toEqual(await other.run(seeded));
});

test("torch leaves nothing behind in ten thousand calls, and nothing on the global object", async () => {
  using fresh = await torchIsolate();
  const work = `
    for (let i = 0; i < 10_000; i++) {
      const x = torch.tensor(new Float32Array(300).fill(i)).view(3, 100);
      const { values } = F.normalize(x.softmax(1)).matmul(x.t()).topk(1);
      torch.cat([x, x]).permute(1, 0).sum(1).add(values[0]).tolist();
    }
  `;
  await fresh.run(work);
  const before = fresh.isolate.getHeapStatisticsSync();
  await fresh.run(work);
  const after = fresh.isolate.getHeapStatisticsSync();
  // 10 000 tensors of 1200 bytes that stayed would be 12 MB, and their objects 2 MB.
  const grown = after.externally_allocated_size - before.externally_allocated_size;
  expect(grown).toBeLessThan(4_000_000);
  expect(await fresh.run("return Object.keys(globalThis).sort()")).toEqual(
    ["F", "torch", "write", "tensorModule", ...Object.keys(TORCH.inputs)].sort(),
  );
});
