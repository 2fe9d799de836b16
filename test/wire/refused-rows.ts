// What does not travel: the value (or a function that makes it), its path, a part of the words, the code.

import type { FaultCode } from "../../src/faults.ts";

export type RefusedRow = readonly [
  name: string,
  value: unknown,
  path: string,
  detail: string,
  code?: FaultCode,
];

const accessor = (target: object, key: string | number, property: PropertyDescriptor) =>
  Object.defineProperty(target, key, { enumerable: true, ...property });
const loop = (): never => {
  throw new Error("the trap ran");
};
const cycle: Record<string, unknown> = { a: [] };
(cycle["a"] as unknown[]).push({ b: cycle });
const ring: unknown[] = [];
ring.push(ring);
const sparse = (length: number) => Object.assign([], { length });
const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const moved = () => {
  const bytes = new Uint8Array(4);
  bytes.buffer.transfer();
  return bytes;
};
const cutOff = () => {
  const buffer = new ArrayBuffer(8, { maxByteLength: 8 });
  const bytes = new Uint8Array(buffer, 4, 4);
  buffer.resize(2);
  return bytes;
};
/** Lists that share their halves: 2^levels ways from the root to the one leaf. */
export const bomb = (levels: number) => {
  let value: unknown[] = [1];
  for (let i = 0; i < levels; i++) value = [value, value];
  return value;
};
const changing = () => {
  const map = new Map<string, unknown>();
  map.set("a", new Proxy({}, { ownKeys: () => (map.set("b", 1), []) }));
  return map;
};
class Point {
  x = 1;
}
class Own extends Array<number> {}
const long = "k".repeat(100);

export const REFUSED: readonly RefusedRow[] = [
  ["R1: a getter", accessor({}, "a", { get: loop }), "$.a", "got an accessor; return plain data"],
  ["a setter alone", accessor({}, "a", { set: loop }), "$.a", "got an accessor"],
  ["a getter in a list", accessor([1, 2], 1, { get: loop }), "$[1]", "got an accessor"],
  ["a setter in a list", accessor([1, 2], 1, { set: loop }), "$[1]", "got an accessor"],
  [
    "a getter deep down",
    { a: [{ b: accessor({}, "c d", { get: loop }) }] },
    '$.a[0].b["c d"]',
    "accessor",
  ],
  [
    "R2: a Proxy whose ownKeys throws",
    { p: new Proxy({}, { ownKeys: loop }) },
    "$.p",
    "throws when it is read",
  ],
  [
    "a Proxy whose getPrototypeOf throws",
    [new Proxy({}, { getPrototypeOf: loop })],
    "$[0]",
    "throws when it is read",
  ],
  [
    "a Proxy of a list whose get throws",
    [new Proxy([], { get: loop })],
    "$[0]",
    "throws when it is read",
  ],
  [
    "a Proxy whose descriptors throw",
    new Proxy({ a: 1 }, { getOwnPropertyDescriptor: loop }),
    "$",
    "throws when it is read",
  ],
  ["a revoked Proxy", () => [revoked()], "$[0]", "throws when it is read"],
  ["a Proxy of bytes", [new Proxy(new Uint8Array(1), {})], "$[0]", "an instance of Uint8Array"],
  ["a Proxy of a Map", [new Proxy(new Map(), {})], "$[0]", "an instance of Map"],
  ["what only looks like a Map", Object.create(Map.prototype), "$", "an instance of Map"],
  ["R3: toJSON", { toJSON: loop }, "$.toJSON", "a function; call it and send what it gives"],
  // oxlint-disable-next-line unicorn/no-thenable -- it is what the row is about
  ["R4: a thenable", { then: loop }, "$.then", "got a function"],
  ["a Promise", Promise.resolve(1), "$", "an instance of Promise; await it"],
  ["R6: a cycle of dicts", cycle, "$.a[0].b", "a cycle: a list or dict inside itself"],
  ["a list in itself", ring, "$[0]", "a cycle"],
  ["R9: a hole", [1, , 3], "$[1]", "a hole in a list; null can stand in its place"], // oxlint-disable-line no-sparse-arrays
  ["a short sparse list", sparse(3), "$[0]", "a hole in a list"],
  ["undefined in a list", { a: [1, undefined] }, "$.a[1]", "undefined in a list"],
  ["undefined alone", undefined, "$", "got undefined; null can stand in its place"],
  ["undefined in a Map", new Map([["a", undefined]]), "$.a", "undefined in a Map"],
  [
    "R11: a Float16Array",
    [new Float16Array(1)],
    "$[0]",
    'a bare Float16Array; new Tensor("float16", [array.length], array)',
  ],
  ["a Float32Array", new Float32Array(1), "$", 'new Tensor("float32"'],
  ["a Float64Array", new Float64Array(1), "$", 'new Tensor("float64"'],
  ["an Int8Array", new Int8Array(1), "$", 'new Tensor("int8"'],
  ["a Uint16Array, not as bfloat16", new Uint16Array(1), "$", 'new Tensor("uint16"'],
  ["a BigInt64Array", new BigInt64Array(1), "$", 'new Tensor("int64"'],
  ["a BigUint64Array", new BigUint64Array(1), "$", 'new Tensor("uint64"'],
  ["R12: a SharedArrayBuffer", new SharedArrayBuffer(8), "$", "an instance of SharedArrayBuffer"],
  ["an ArrayBuffer", [new ArrayBuffer(8)], "$[0]", "new Uint8Array(buffer) makes bytes of it"],
  ["a DataView", new DataView(new ArrayBuffer(8)), "$", "an instance of DataView"],
  ["R15: a RegExp", /a/, "$", "an instance of RegExp"],
  ["an Error", new TypeError("no"), "$", "an instance of TypeError"],
  ["a Date", { at: new Date(Number.NaN) }, "$.at", "an instance of Date; toISOString()"],
  ["a Set", new Set([1]), "$", "[...set] makes a list of it"],
  ["a WeakMap", new WeakMap(), "$", "an instance of WeakMap"],
  ["a boxed number", [Object(1)], "$[0]", "an instance of Number"],
  ["a boxed string", Object("a"), "$", "an instance of String"],
  ["a class instance", [new Point()], "$[0]", "an instance of Point; copy what you need"],
  ["an object with a prototype of its own", Object.create({ a: 1 }), "$", "a class of its own"],
  [
    "an object whose class has no name",
    Object.create(Object.create(null)),
    "$",
    "a class of its own",
  ],
  ["a subclassed list", [Own.of(1)], "$[0]", "a list of a class of its own"],
  [
    "a list without prototype",
    Object.setPrototypeOf([1], null),
    "$",
    "a list of a class of its own",
  ],
  ["a function", [() => 1], "$[0]", "a function"],
  ["a class", [Point], "$[0]", "a function"],
  ["a symbol", { a: Symbol("s") }, "$.a", "got a symbol"],
  [
    "a key that is a symbol",
    [{ a: 1, [Symbol("s")]: 1 }],
    "$[0]",
    "a key that is a symbol; use strings",
  ],
  [
    "a Map with a number as key",
    [new Map([[1, 2]])],
    "$[0]",
    "a Map with a key that is a number; use strings",
  ],
  ["a Map with an object as key", new Map([[{}, 2]]), "$", "a key that is an instance of Object"],
  ["a Map inside itself", () => selfMap(), "$.m", "a cycle"],
  ["a Map that changes while it is read", changing, "$", "a Map that changed"],
  ["the key __proto__", [JSON.parse('{"__proto__": 1}')], "$[0].__proto__", "give it another name"],
  [
    "the key __proto__ of a Map",
    new Map([["__proto__", 1]]),
    "$.__proto__",
    "give it another name",
  ],
  ["R17: the first half of a pair", ["\uD800"], "$[0]", "half of a surrogate pair; toWellFormed()"],
  ["the second half alone", "a\uDC00b", "$", "half of a surrogate pair"],
  ["halves in the wrong order", "\uDC00\uD800", "$", "half of a surrogate pair"],
  [
    "half a pair in a key",
    [{ "\uD800": 1 }],
    String.raw`$[0]["\ud800"]`,
    "half of a surrogate pair",
  ],
  ["2^63", [2n ** 63n], "$[0]", "a bigint that does not fit 64 bits; send it as a string"],
  ["-2^63-1", -(2n ** 63n) - 1n, "$", "does not fit 64 bits"],
  [
    "bytes whose buffer was moved away",
    () => [moved()],
    "$[0]",
    "bytes whose buffer was moved away",
  ],
  ["bytes whose buffer was cut off", () => [cutOff()], "$[0]", "moved away or cut off"],
  [
    "a long key, cut in the path",
    { [long]: undefined, [`${long}!`]: loop },
    `$["${"k".repeat(64)}…"]`,
    "a function",
  ],
  ["a key with a quote", { 'a"b': loop }, '$["a\\"b"]', "a function"],
  ["a key that is a number", { 12: loop }, '$["12"]', "a function"],
];

function selfMap(): Map<string, unknown> {
  const map = new Map<string, unknown>();
  return map.set("m", map);
}

const deep = (levels: number) => {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = { d: value };
  return value;
};

export const LARGE: readonly RefusedRow[] = [
  [
    "R8: 200 000 levels",
    () => deep(200_000),
    `$${".d".repeat(64)}`,
    "64 levels (limits.depth)",
    "OUTPUT_TOO_LARGE",
  ],
  ["R9: length 2^32-1", () => sparse(2 ** 32 - 1), "$", "limits.nodes", "OUTPUT_TOO_LARGE"],
  [
    "an index far out",
    () => Object.assign([], { 4294967290: 1 }),
    "$",
    "limits.nodes",
    "OUTPUT_TOO_LARGE",
  ],
  [
    "R16: a rope of 268 million",
    () => ["x".repeat(2 ** 28)],
    "$[0]",
    "16777216 bytes",
    "OUTPUT_TOO_LARGE",
  ],
  ["20 MB of bytes", () => new Uint8Array(20e6), "$", "16777216 bytes", "OUTPUT_TOO_LARGE"],
];
