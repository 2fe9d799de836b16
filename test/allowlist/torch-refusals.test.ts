/**
 * What torch refuses in a hook, and with which words: each says what was wanted and what came.
 *
 * @module
 */

import { afterAll, beforeAll, expect, test } from "vitest";

import type { Bare } from "./isolate.ts";
import { torchIsolate } from "./torch-isolate.ts";

let torch: Bare;

beforeAll(async () => {
  torch = await torchIsolate();
});

afterAll(() => torch[Symbol.dispose]());

// What is refused, and the text that says why.
const REFUSES: readonly [js: string, message: string | RegExp][] = [
  // Shapes
  [
    "A.add([1, 2])",
    "RangeError: The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1: got shapes [2, 3] and [2]",
  ],
  [
    "A.matmul(A)",
    /^RangeError: torch.matmul wants shapes that fit, got .*\[2, 3\] and .*\[2, 3\]$/,
  ],
  ["V.mm(B)", /^RangeError: torch.mm wants 2 and 2 dims that fit, got a tensor of shape \[3\]/],
  ["C.bmm(B.view(1, 2, 3))", /^RangeError: torch.bmm wants 3 and 3 dims that fit/],
  ["A.reshape(4)", "RangeError: shape [4] is invalid for input of size 6"],
  ["A.view(-1, -1)", "RangeError: shape [-1, -1] is invalid for input of size 6"],
  ["E.view(0, -1)", "RangeError: shape [0, -1] is invalid for input of size 0"],
  [
    "torch.cat([A, V])",
    "RangeError: torch.cat wants shapes that differ in dim 0 only, got [2, 3] and [3]",
  ],
  ["torch.cat([S, S])", /^RangeError: torch.cat wants shapes/],
  ["torch.cat([])", "TypeError: torch.cat wants a list of tensors, got a list of 0"],
  [
    "torch.stack([A, V])",
    "RangeError: torch.stack wants each tensor to be of equal size, got [2, 3] and [3]",
  ],
  [
    "A.expand(3, 3)",
    /^RangeError: torch.expand wants sizes that a tensor of shape \[2, 3\] fits, got/,
  ],
  ["A.expand(3)", /^RangeError: torch.expand wants/],
  ["A.repeat(2)", /^RangeError: torch.repeat wants a number for each dim/],
  ["A.split([1, 1], 1)", "RangeError: torch.split wants sizes that sum up to 3, got 2"],
  ["A.split(0)", "RangeError: torch.split wants a size above 0, got 0"],
  ["A.chunk(0)", "RangeError: torch.chunk wants at least one chunk, got 0"],
  ["C.t()", /^RangeError: t\(\) wants a tensor of at most 2 dims/],
  ["F.conv2d(X, KG)", /^RangeError: F.conv2d wants a weight for a tensor of shape \[1, 2, 5, 6\]/],
  ["F.max_pool2d(X, 9)", "RangeError: torch wants images as large as the kernel, 9, got 5"],
  [
    "F.max_pool2d(X, 2, 1, 2)",
    "RangeError: torch wants padding of at most half the kernel, got [2,2]",
  ],
  ["F.pad(X, [9, 0], 'reflect')", "RangeError: F.pad of mode reflect cannot pad 6 by [9, 0]"],
  [
    "F.interpolate(X, [2, 2], { mode: 'linear' })",
    /^TypeError: F.interpolate wants one of nearest, nearest-exact, bilinear, bicubic for/,
  ],
  ["F.interpolate(X)", "TypeError: F.interpolate wants either a size or a scale_factor"],
  ["F.interpolate(X, 0)", "RangeError: F.interpolate wants sizes above 0, got 5 to 0"],
  ["torch.einsum('ij,jk', A, A)", "RangeError: torch.einsum wants one size for j, got 3 and 2"],
  ["torch.einsum('ijk', A)", /^RangeError: torch.einsum wants a letter for each dim/],
  [
    "torch.einsum('ij->k', A)",
    'RangeError: torch.einsum wants letters of its inputs in the output, got "k"',
  ],
  ["torch.einsum('ij,j', A)", "RangeError: torch.einsum wants 2 tensors, got 1"],
  [
    "F.cross_entropy(A, [0])",
    /^RangeError: torch wants a class for each of \[2\], got a tensor of shape \[1\]/,
  ],
  [
    "torch.ops.nms([1, 2], [1], 0.5)",
    "RangeError: torch.ops wants boxes of shape [N, 4], got a tensor of shape [2]",
  ],
  [
    "torch.ops.nms(BOXES, [1], 0.5)",
    "RangeError: torch.ops.nms wants a score and a class for each of 6 boxes",
  ],
  ["new torch.Tensor('float32', [2], new Float32Array(3))", /^RangeError: torch wants 2 elements/],
  // Dims and places
  [
    "A.sum(2)",
    "RangeError: Dimension out of range (expected to be in range of [-2, 1], but got 2)",
  ],
  ["A.argmax(-3)", /^RangeError: Dimension out of range \(expected to be in range of \[-2, 1\]/],
  ["A.sum([0, 0])", "RangeError: torch wants each dim once, got [0, 0]"],
  ["A.sum(0.5)", "TypeError: torch wants a dim as an integer, got 0.5"],
  ["A.permute(0, 0)", "RangeError: torch wants each dim once, got [0, 0]"],
  ["A.permute(1)", "RangeError: torch.permute wants each of 2 dims once, got [1]"],
  ["A[2]", "RangeError: index 2 is out of bounds for dimension 0 with size 2"],
  ["S[0]", "RangeError: a tensor of no dimensions has no index: use x.item()"],
  ["[...S]", "RangeError: a tensor of no dimensions has no rows: use x.item()"],
  ["A.narrow(1, 2, 2)", "RangeError: torch.narrow wants 2 to 4 within 0 to 3"],
  ["A.topk(4)", /^RangeError: selected index k out of range: 4 of 3/],
  ["A.kthvalue(0)", "RangeError: torch.kthvalue wants k from 1 to 3, got 0"],
  ["A.gather(1, [[3], [0]])", "RangeError: index 3 is out of bounds for dimension with size 3"],
  ["A.gather(1, [[-1], [0]])", "RangeError: index -1 is out of bounds for dimension with size 3"],
  [
    "A.gather(0, [1])",
    /^RangeError: torch wants an index with as many dims as a tensor of shape \[2, 3\]/,
  ],
  [
    "A.index_select(0, [0.5])",
    "TypeError: torch.index_select wants whole numbers for places, got 0.5 at place 0",
  ],
  [
    "A.index_select(0, MR)",
    "TypeError: torch.index_select wants whole numbers for places, got bool",
  ],
  ["A.take([6])", "RangeError: index 6 is out of bounds for dimension with size 6"],
  ["F.one_hot([3], 3)", "RangeError: F.one_hot wants classes from 0 to 2, got 3"],
  ["F.nll_loss(A, [0, 3])", "RangeError: Target 3 is out of bounds: there are 3 classes"],
  ["torch.bincount([-1])", "RangeError: torch.bincount wants no negative numbers, got -1"],
  ["A.squeeze(5)", /^RangeError: Dimension out of range/],
  [
    "torch.argmax([])",
    "RangeError: torch wants at least one element to find the greatest or the least of",
  ],
  ["torch.zeros(2, 0).max(1)", /^RangeError: torch wants at least one element/],
  ["torch.zeros(2, 0).median(1)", "RangeError: torch.median wants at least one element"],
  // Lists and values
  [
    "torch.tensor([[1, 2], [3]])",
    "RangeError: torch wants lists of equal length: 2 at $[1], got 1",
  ],
  ["torch.tensor([[1, 2], 3])", "RangeError: torch wants lists of equal length: 2 at $[1], got 3"],
  ["torch.tensor([1, [2]])", "RangeError: torch wants a number at $[1], got a list"],
  ["torch.tensor([1, 'x'])", 'TypeError: torch wants a number at $[1], got "x"'],
  ["torch.tensor([1, , 3])", "TypeError: torch wants a number at $[1], got undefined"],
  ["torch.tensor([1, null])", "TypeError: torch wants a number at $[1], got null"],
  ["torch.tensor(['x'])", 'TypeError: torch wants a tensor, a list or numbers, got "x"'],
  ["torch.tensor('x')", 'TypeError: torch wants a tensor, a list or numbers, got "x"'],
  ["torch.tensor({})", "TypeError: torch wants a tensor, a list or numbers, got an object"],
  ["torch.tensor(undefined)", "TypeError: torch wants a tensor, a list or numbers, got undefined"],
  ["torch.tensor([[1], A])", /^RangeError: torch wants shape \[1\] at \$\[1\], got \[2, 3\]/],
  [
    "torch.tensor([true, 2])",
    "TypeError: torch wants booleans, as the first is one, got 2 at $[1]",
  ],
  [
    "torch.tensor([1n, 0.5])",
    "TypeError: torch wants whole numbers, as the first is one, got 0.5 at $[1]",
  ],
  [
    "{ const a = []; a[0] = a; torch.tensor(a); }",
    "RangeError: torch takes at most 32 axes, got more lists in lists",
  ],
  [
    "torch.from_numpy([1])",
    "TypeError: torch.from_numpy wants an array or a Tensor, got a list of 1: use tensor",
  ],
  // What a dtype cannot hold
  [
    "torch.tensor([NaN], { dtype: 'int64' })",
    /^RangeError: int64 holds whole numbers from -9007199254740991 to 9007199254740991, got NaN.* at \$\[0\]$/,
  ],
  [
    "torch.tensor([1, Infinity], torch.int32)",
    /^RangeError: int32 holds whole numbers from -2147483648 to 2147483647, got Infinity.* at \$\[1\]$/,
  ],
  ["torch.tensor([2n ** 53n])", /^RangeError: int64 holds .*, got 9007199254740992/],
  [
    "torch.tensor(new Tensor('int64', [1], new BigInt64Array([-(2n ** 53n)])))",
    /^RangeError: int64 holds .*, got -9007199254740992/,
  ],
  [
    "torch.tensor(new Tensor('uint64', [1], new BigUint64Array([2n ** 64n - 1n])))",
    /^RangeError: int64 holds /,
  ],
  ["torch.tensor([2 ** 31]).int()", /^RangeError: int32 holds /],
  ["N.long()", /^RangeError: int64 holds .*, got NaN/],
  [
    "torch.tensor([256], torch.uint8)",
    /^RangeError: uint8 holds whole numbers from 0 to 255, got 256/,
  ],
  ["torch.tensor([-1]).byte()", /^RangeError: uint8 holds /],
  [
    "torch.tensor([1e39])",
    /^RangeError: float32 holds numbers up to 3.4e38, got 1e\+39: use float64/,
  ],
  ["D.mul(1e300).float()", /^RangeError: float32 holds numbers up to 3.4e38/],
  [
    "torch.tensor([7e4], torch.float16)",
    /^RangeError: float16 holds numbers up to 65504, got 70000/,
  ],
  [
    "U.add(1)",
    /^RangeError: uint8 holds whole numbers from 0 to 255, got 256: use float\(\), or a wider dtype$/,
  ],
  ["U.neg()", /^RangeError: uint8 holds /],
  ["SI.add(U)", /^RangeError: uint8 holds whole numbers from 0 to 255, got 262/],
  ["BIG.add(1)", /^RangeError: int64 holds /],
  ["BIG.abs().sum()", /^RangeError: int64 holds .*, got 18014398509481984/],
  ["I.masked_fill(M, 0.5)", /^RangeError: int64 holds .*, got 0.5/],
  ["I.masked_fill(M, -Infinity)", /^RangeError: int64 holds .*, got -Infinity/],
  ["I.pow(-1)", /^RangeError: int64 holds .*, got -0.5/],
  ["I.remainder(0)", "RangeError: torch divides no int64 by 0: use float(), or masked_fill before"],
  [
    "I.div(0, { rounding_mode: 'floor' })",
    "RangeError: torch divides no int64 by 0: use float(), or masked_fill before",
  ],
  // Arguments
  ["A.sum(0, true, null, 1)", "TypeError: torch.sum takes dim, keepdim, dtype, got 4 arguments"],
  ["A.argmax({ dims: 1 })", 'TypeError: torch.argmax takes dim, keepdim, got "dims"'],
  ["A.argmax(1, { dim: 0 })", "TypeError: torch.argmax takes dim, keepdim, got dim twice"],
  [
    "A.argmax(JSON.parse('{\"__proto__\": 1}'))",
    'TypeError: torch.argmax takes dim, keepdim, got "__proto__"',
  ],
  ["A.argmax({ constructor: 1 })", 'TypeError: torch.argmax takes dim, keepdim, got "constructor"'],
  ["A.relu(1)", "TypeError: torch.relu takes nothing more, got 1 arguments"],
  ["F.softmax(A)", "TypeError: torch.softmax wants a dim: softmax(x, 1), or -1"],
  ["A.to('float46')", 'TypeError: torch has the device "cpu" alone in a hook, got "float46"'],
  ["A.to('cuda')", 'TypeError: torch has the device "cpu" alone in a hook, got "cuda"'],
  [
    "torch.zeros(2, { dtype: '__proto__' })",
    /^TypeError: torch wants a dtype of bool, uint8, .*, got "__proto__"$/,
  ],
  [
    "torch.zeros(2, { dtype: 'constructor' })",
    /^TypeError: torch wants a dtype of .*, got "constructor"$/,
  ],
  ["torch.zeros(2, { dtype: ['int64'] })", /^TypeError: torch wants a dtype of .*, got object$/],
  [
    "torch.ones(2, { requires_grad: true })",
    "TypeError: torch has no autograd in a hook: leave requires_grad away",
  ],
  [
    "A.div(V, { rounding_mode: 'up' })",
    'TypeError: torch wants rounding_mode as one of floor, trunc, got "up"',
  ],
  ["A.norm('nuc')", 'TypeError: torch wants p (a number, or "fro") as a number, got "nuc"'],
  ["torch.linalg.norm(A, 2)", /^TypeError: torch.linalg.norm with ord 2 wants one dim/],
  ["A.clamp()", "TypeError: torch.clamp wants a min, a max or both"],
  ["M.sub(M)", "TypeError: torch.sub is not there for two bools: use logical_xor, or x.int()"],
  ["M.neg()", "TypeError: torch.neg is not there for bool: use logical_not"],
  ["A.bitwise_and(1)", "TypeError: torch has bits of whole numbers and bools only, got float32"],
  ["torch.where(M, A)", "TypeError: torch.where takes a mask and two values, got 2 arguments"],
  ["torch.arange(1, 0)", "RangeError: torch.arange wants a step from 1 towards 0, got 1"],
  ["torch.arange(0, 1, 0)", "RangeError: torch.arange wants a step from 0 towards 1, got 0"],
  [
    "torch.randint(3, 3, [1])",
    "RangeError: torch.randint wants up to 2^32 numbers from low to high, got 0",
  ],
  ["A.quantile(2)", "RangeError: torch.quantile wants q from 0 to 1, got 2"],
  [
    "F.binary_cross_entropy(A, P)",
    "RangeError: F.binary_cross_entropy wants numbers from 0 to 1, got -1.25",
  ],
  ["A.item()", "RangeError: item() wants a tensor of one element, got shape [2, 3]: use tolist()"],
  ["torch.finfo('int8')", "TypeError: torch.finfo wants a dtype of floats, got int8"],
  [
    "torch.iinfo('float32')",
    'TypeError: torch.iinfo wants a dtype of whole numbers, got "float32"',
  ],
  // JavaScript's own ways
  ["A + 1", /^TypeError: A tensor of shape \[2, 3\] is no number: JavaScript has no operators/],
  ["A[0] = 1", /^TypeError: A tensor of torch cannot be changed here, at "0": use torch.where/],
  [
    "A.clamp_(0, 1)",
    "TypeError: A tensor of torch cannot be changed here: x = x.clamp(...), not clamp_",
  ],
  ["A.shape.push(1)", /^TypeError: Cannot add property 2, object is not extensible/],
  // Sizes that nobody can hold: refused before memory is taken.
  [
    "torch.zeros([1e9])",
    "RangeError: torch makes tensors of up to 536870912 bytes, got shape [1000000000]: 4000000000",
  ],
  ["torch.zeros(1e5, 1e5)", /^RangeError: torch makes tensors of up to/],
  [
    "torch.zeros(4e7)",
    "RangeError: torch wants more memory for shape [40000000] than this hook has: use less of it",
  ],
  ["torch.zeros(-1)", "RangeError: torch wants whole numbers from 0 on in a shape, got shape [-1]"],
  ["torch.zeros(1.5)", "TypeError: torch wants a size as an integer, got 1.5"],
  ["torch.zeros(NaN)", "TypeError: torch wants a size as an integer, got NaN"],
  ["torch.full([2 ** 53], 1)", /^TypeError: torch wants a size as an integer/],
  ["torch.arange(1e12)", /^RangeError: torch makes tensors of up to/],
  ["torch.linspace(0, 1, 1e10)", /^RangeError: torch makes tensors of up to/],
  ["torch.eye(1e6)", /^RangeError: torch makes tensors of up to/],
  ["torch.randperm(1e10)", /^RangeError: torch makes tensors of up to/],
  ["torch.rand(1e6, 1e6)", /^RangeError: torch makes tensors of up to/],
  ["V.expand(1e9, 3)", /^RangeError: torch makes tensors of up to/],
  ["V.repeat(1e9)", /^RangeError: torch makes tensors of up to/],
  ["V.repeat_interleave(1e10)", /^RangeError: torch makes tensors of up to/],
  ["F.one_hot([1e10])", /^RangeError: torch makes tensors of up to/],
  ["F.pad(V, [1e10, 0])", /^RangeError: torch makes tensors of up to/],
  ["torch.bincount([1e10])", /^RangeError: torch makes tensors of up to/],
  ["F.interpolate(X, 1e8)", /^RangeError: torch makes tensors of up to/],
  ["F.interpolate(X, { scale_factor: 1e8 })", /^RangeError: torch makes tensors of up to/],
  ["torch.outer(torch.zeros(1e6), torch.zeros(1e6))", /^RangeError: torch makes tensors of up to/],
  [
    "torch.cdist(torch.zeros(1e6, 1), torch.zeros(1e6, 1))",
    /^RangeError: torch makes tensors of up to/,
  ],
  ["V.diag(1e9)", /^RangeError: torch makes tensors of up to/],
  ["torch.tensor(new Array(1e9))", /^RangeError: torch makes tensors of up to/],
  [
    "torch.tensor([-9007199254740993n])",
    "RangeError: int64 holds whole numbers from -9007199254740991 to 9007199254740991, " +
      "got -9007199254740993: use float(), or a wider dtype, at $[0]",
  ],
];

for (const [js, message] of REFUSES) {
  test(`torch refuses ${js}`, async () => {
    const code = js.startsWith("{ ") ? js : `return ${js}`;
    const got = await torch.run(`try { ${code} } catch (error) { return String(error) }`);
    if (typeof message === "string") expect(got).toBe(message);
    else expect(got).toMatch(message);
  });
}
