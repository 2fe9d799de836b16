// Python itself packs and reads arrays of every dtype, shape and order: numpy-peer.py is the peer,
// with numpy, msgpack and msgpack-numpy. Elements are compared to the bit, by a checksum that each
// side works out alone. Without these packages there is nobody to ask; `.ci/run` installs them.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";

import { describe, expect, test } from "vitest";

import {
  type DType,
  DTYPE_NAMES,
  DTYPES,
  Tensor,
  type TensorData,
} from "../../src/contract/tensor.ts";
import { fromNumpy, toNumpy } from "../../src/server/numpy.ts";
import { decode } from "../../src/wire/decode.ts";
import { scan } from "../../src/wire/scan.ts";
import { encode, refusalOf, SCAN_RULES } from "../wire/bytes.ts";

const SCRIPT = fileURLToPath(new URL("numpy-peer.py", import.meta.url));

/** Runs the peer; what it prints are lines of JSON. */
function peer(python: string, verb: string, input = ""): unknown[] {
  const options = { input, encoding: "utf8", maxBuffer: 2 ** 28 } as const;
  const { status, stdout, stderr, error } = spawnSync(python, [SCRIPT, verb], options);
  if (status !== 0) throw new Error(`${verb} ended with ${status}: ${stderr}`, { cause: error });
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
}

/** The Python that has the packages: the system's, where another stands in front of it. */
const PYTHON = ["python3", "/usr/bin/python3"].find(
  (name) => spawnSync(name, [SCRIPT, "version"]).status === 0,
);

interface Facts {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly sha256: string;
}

interface Case {
  readonly kind: "array" | "nested" | "scalar" | "refused" | "unpacked";
  readonly name: string;
  readonly packed: string;
  readonly facts: Facts;
  readonly is_a: string;
  readonly reads: string;
}

function bytesOf({ packed }: Case): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(packed, "base64"));
}

/** Reads as a door does. */
function read(one: Case): unknown {
  const ours = fromNumpy(bytesOf(one));
  scan(ours, SCAN_RULES);
  return decode(ours);
}

function factsOf(value: unknown): Facts {
  if (!Tensor.is(value)) throw new TypeError(`wants a tensor, got ${String(value)}`);
  const { dtype, shape, data } = value;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { dtype, shape: [...shape], sha256: createHash("sha256").update(bytes).digest("hex") };
}

/** A scalar's value, from how Python shows it and what it is there. */
function plainOf({ is_a, reads }: Case): boolean | number | bigint {
  if (is_a === "bool") return reads === "True";
  if (is_a === "float") return reads === "inf" ? Infinity : Number(reads);
  const whole = BigInt(reads);
  return whole >= -(2n ** 31n) && whole < 2n ** 32n ? Number(whole) : whole;
}

/** Tensors of every dtype and some shapes, with a value in each byte. */
function* tensors(): Generator<Tensor> {
  for (const dtype of DTYPE_NAMES) {
    for (const shape of [
      [],
      [0],
      [3],
      [2, 3],
      [4, 0, 2],
      [1, 128, 3],
      Array(17).fill(1) as number[],
    ]) {
      const bytes = shape.reduce((product, axis) => product * axis, DTYPES[dtype].bytes);
      const data = Uint8Array.from({ length: bytes }, (_, at) =>
        dtype === "bool" ? at & 1 : at * 7,
      );
      const elements = new DTYPES[dtype as DType].array(data.buffer) as TensorData;
      yield new Tensor(dtype, shape, elements);
    }
  }
}

/** What numpy is to have: of bfloat16, which it has not, the float32 of the same number. */
function expectedOf(tensor: Tensor): Facts {
  if (tensor.dtype !== "bfloat16") return factsOf(tensor);
  const bits = Uint32Array.from(tensor.data as Uint16Array, (half) => half * 0x10000);
  return factsOf(new Tensor("float32", tensor.shape, new Float32Array(bits.buffer)));
}

describe.skipIf(PYTHON === undefined)("Python, where numpy, msgpack and msgpack-numpy are", () => {
  const python = PYTHON ?? "";
  const cases = python === "" ? [] : (peer(python, "write") as Case[]);
  const of = (kind: Case["kind"]) => cases.filter((one) => one.kind === kind);

  test("packs enough to compare", () => {
    // 3 dialects, 12 dtypes, and 10 shapes in two byte orders and 3 layouts of memory.
    expect(of("array").length).toBe(3 * 12 * (10 * 2 + 3));
    expect(of("nested").length).toBe(3);
    expect(of("scalar").length).toBeGreaterThan(150);
    // Objects, structures, texts, bytes, complex numbers and long doubles at least.
    expect(of("refused").length).toBeGreaterThan(3 * 6);
  });

  test("fromNumpy() reads every array to the bit", () => {
    for (const one of of("array")) expect(factsOf(read(one)), one.name).toEqual(one.facts);
  });

  test("fromNumpy() reads arrays in lists and dicts, and all that is around them", () => {
    for (const one of of("nested")) {
      const { list, in: inner } = read(one) as { list: unknown[]; in: { side: unknown[] } };
      const [last, ...rest] = inner.side;
      expect(rest).toEqual([1, "a"]);
      expect([...list, last].map(factsOf), one.name).toEqual(one.facts);
    }
  });

  test("fromNumpy() reads every scalar exactly", () => {
    for (const one of of("scalar")) expect(read(one), one.name).toBe(plainOf(one));
  });

  test("fromNumpy() refuses what is no number, and says what to send", () => {
    for (const one of of("refused")) {
      const { code, path, detail } = refusalOf(() => fromNumpy(bytesOf(one)));
      const isLonely = one.name.endsWith("a complex number");
      expect({ code, path }, one.name).toEqual({ code: "BAD_REQUEST", path: "byte 0" });
      expect(detail, one.name).toMatch(
        isLonely ? /complex/ : /have no dtype here: send|never read/,
      );
    }
  });

  test("msgpack_numpy.decode reads to the bit what toNumpy() writes", () => {
    const sent = [...tensors()].map((tensor) => {
      const value = {
        before: 2n ** 40n,
        here: ["text", tensor, Uint8Array.of(0, 255)],
        after: null,
      };
      const packed = Buffer.from(toNumpy(encode(value))).toString("base64");
      const name = `${tensor.dtype} [${tensor.shape.join(", ")}]`;
      return { name, packed, facts: expectedOf(tensor) };
    });
    const answers = peer(python, "read", sent.map((one) => JSON.stringify(one)).join("\n"));
    expect(answers).toEqual(sent.map(() => null));
  });
});
