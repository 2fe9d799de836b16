/**
 * What holding a value to its schema costs: a third set, of checks instead of calls.
 *
 * `numbers` compares ways to check the same list of a million numbers: the least that a check can
 * cost is a loop written by hand. `tensor` compares one check of ours on tensors of one and of a
 * million elements: it reads dtype and shape only, so there should be no difference.
 *
 * @module
 */

import { Ajv2020 } from "ajv/dist/2020.js";

import { median } from "./measure.ts";

type Check = (value: unknown) => boolean;
type Schema = Readonly<Record<string, unknown>>;
type Bookend = typeof import("../src/contract/schema/schema.ts");

interface Prepared {
  readonly check: Check;
  readonly value: unknown;
  /** How many checks one sample is: a clock cannot tell the time of one that takes 100 ns. */
  readonly batch: number;
}

export interface CheckScenario {
  readonly says: string;
  readonly numbers: (checkNs: number) => Readonly<Record<string, number>>;
  /** The first is the baseline. */
  readonly variants: Readonly<Record<string, () => Promise<Prepared>>>;
}

const NUMBERS = 1_000_000;
const NUMBERS_SCHEMA = { type: "array", items: { type: "number" } };
const TENSOR_SCHEMA = { tensor: { dtype: "float32", shape: [null, null] } };
/** V8 has compiled the check by then. */
const WARMUP_SECONDS = 0.5;

/** Checks of one value, by the name of the scenario. */
export const CHECKS: Readonly<Record<string, CheckScenario>> = {
  numbers: {
    says: "a list of a million numbers",
    numbers: (checkNs) => ({ p50Ms: checkNs / 1e6, nsEach: checkNs / NUMBERS }),
    variants: {
      loop: async () => ({ check: isNumbers, value: numbers(), batch: 1 }),
      bookend: async () => ({ check: await bookend(NUMBERS_SCHEMA), value: numbers(), batch: 1 }),
      ajv: async () => ({ check: ajv(NUMBERS_SCHEMA), value: numbers(), batch: 1 }),
    },
  },
  tensor: {
    says: "a float32 tensor of one element, and of a million",
    numbers: (checkNs) => ({ checkNs }),
    variants: {
      "1 × 1": () => tensor([1, 1]),
      "1000 × 1000": () => tensor([1000, 1000]),
    },
  },
};

/** Runs one check for about `seconds`; gives the median of its samples. */
export async function measureCheck(
  scenario: string,
  variant: string,
  seconds: number,
): Promise<Readonly<Record<string, number>>> {
  const found = CHECKS[scenario];
  const prepare = found?.variants[variant];
  if (!found || !prepare) throw new Error(`There is no ${scenario} of ${variant}`);
  const prepared = await prepare();
  if (!prepared.check(prepared.value)) throw new Error(`${variant} refuses a good value`);
  sample(prepared, WARMUP_SECONDS);
  return found.numbers(median(sample(prepared, seconds)));
}

/** Returns nanoseconds of one check, sample by sample. */
function sample({ check, value, batch }: Prepared, seconds: number): number[] {
  const samples: number[] = [];
  const endMs = performance.now() + seconds * 1000;
  for (let now = performance.now(); now < endMs;) {
    for (let i = 0; i < batch; i++) check(value);
    const then = performance.now();
    samples.push(((then - now) * 1e6) / batch);
    now = then;
  }
  return samples;
}

/** Wholes and halves, as decoded data has them. */
function numbers(): readonly number[] {
  const list: number[] = [];
  for (let i = 0; i < NUMBERS; i++) list.push(i / 2);
  return list;
}

/** The least that must be done. */
function isNumbers(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  for (let i = 0; i < value.length; i++) {
    if (typeof value[i] !== "number") return false;
  }
  return true;
}

/** As it comes, without options. */
function ajv(schema: Schema): Check {
  return new Ajv2020().compile(schema);
}

/** As it is installed; its types are those of the source. */
async function bookend(schema: Schema): Promise<Check> {
  const url = new URL("../dist/contract/schema/schema.js", import.meta.url);
  const { compileSchema } = (await import(url.href)) as Bookend;
  const check = compileSchema(schema, "returns");
  const place = { code: "OUTPUT_MISMATCH" } as const;
  return (value) => {
    check(value, place);
    return true;
  };
}

async function tensor(shape: readonly number[]): Promise<Prepared> {
  const url = new URL("../dist/contract/tensor.js", import.meta.url);
  const { Tensor } = (await import(url.href)) as typeof import("../src/contract/tensor.ts");
  const data = new Float32Array(shape.reduce((size, length) => size * length, 1));
  const value = new Tensor("float32", shape, data);
  return { check: await bookend(TENSOR_SCHEMA), value, batch: 1000 };
}
