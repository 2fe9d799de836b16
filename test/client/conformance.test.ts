// One table, played in this process and through every door: the same answers to the byte, and the
// same faults at the same places.

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { HookError, Tensor } from "../../src/client/client.ts";
import { Packed } from "../../src/wire/packed.ts";
import { rowOf, rowsOf } from "../flow/xgboost-models.ts";
import { type AnyHook, type Made, type Maker, MAKERS } from "./makers.ts";

const BOUNDS = { nodes: 100_000, depth: 64, bytes: 10_000_000 };
const hexOf = (value: unknown) => Buffer.from(Packed.of(value, BOUNDS).bytes).toString("hex");

const TENSOR = new Tensor("float32", [2, 2], new Float32Array([1, -0, Number.NaN, Infinity]));
const EVERY_DTYPE = [
  new Tensor("float64", [1], new Float64Array([Math.PI])),
  new Tensor("int64", [2], new BigInt64Array([-(2n ** 63n), 2n ** 63n - 1n])),
  new Tensor("uint64", [1], new BigUint64Array([2n ** 64n - 1n])),
  new Tensor("uint8", [0, 3], new Uint8Array(0)),
  new Tensor("bool", [], new Uint8Array([1])),
  new Tensor("float16", [2], new Float16Array([0.5, -2])),
  new Tensor("bfloat16", [1], new Uint16Array([0x3f80])),
];
const LARGE = new Tensor("uint8", [300, 1_000], new Uint8Array(300_000).fill(7));

// A pre that gives back what it gets: every kind of value, there and back.
const VALUES: readonly [name: string, value: unknown][] = [
  ["null", null],
  ["nothing at all, which is null", undefined],
  ["booleans", [true, false]],
  ["whole numbers at their borders", [0, -1, 127, 128, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 53]],
  ["doubles", [0.1, -0, 5e-324, 1.7976931348623157e308, Number.NaN, -Infinity]],
  ["bigints of 64 bits", [2n ** 63n - 1n, -(2n ** 63n), 0n]],
  ["texts", ["", "a", "é".repeat(40), "𝒳 and \u0000", "x".repeat(70_000)]],
  ["bytes", new Uint8Array([0, 255, 128])],
  ["no bytes", new Uint8Array(0)],
  ["dicts", { a: 1, b: { c: [] }, "": null, constructor: 1, toString: 2 }],
  ["lists in lists", [[[[]], [1, [2, [3]]]]]],
  ["a tensor", TENSOR],
  ["tensors of every dtype", EVERY_DTYPE],
  ["a large tensor among others", { image: LARGE, name: "x", also: LARGE }],
];

const inProcess = MAKERS[0] as Maker;

interface Fault {
  readonly code: string;
  readonly path: string;
  readonly detail: string;
  readonly at: unknown;
  readonly stack: string;
  readonly kind: string | undefined;
  readonly name: string | undefined;
  readonly stage: number | undefined;
  readonly logs: readonly object[];
  readonly message: string;
  readonly retry: boolean;
  readonly hasReceipt: boolean;
  readonly hasRun: boolean;
  readonly ran: readonly unknown[];
  readonly problems: readonly object[];
}

async function faultOf(work: Promise<unknown>): Promise<Fault> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof HookError)) throw new Error(`no HookError: ${String(error)}`);
  const { code, path, detail, at, hookStack: stack, hook, stage, logs, message } = error;
  return {
    ...{ code, path, detail, at, stack, stage, logs, message, retry: error.retry },
    ...{ kind: hook?.kind, name: hook?.name, problems: plain(error.problems) },
    ...{ hasReceipt: error.receipt !== undefined, hasRun: error.runId !== undefined },
    ran: error.stages.map((one) => [one.stage, one.name, one.hooks.map(({ kind }) => kind)]),
  };
}

/** Without what was not said, and without names: a server calls every hook by one, its kind's. */
const plain = (values: readonly object[]) =>
  JSON.parse(
    JSON.stringify(values, (key, value: unknown) => (key === "name" ? undefined : value)),
  ) as object[];

// What a hook is, what it is called with, and the fault's code: all else must be the same.
const FAULTS: readonly [
  name: string,
  options: Readonly<Record<string, unknown>>,
  args: readonly unknown[],
  code: string,
][] = [
  [
    "a throw, at its line, with its log",
    { source: "(d) => {\n  console.warn('before', d);\n  return d.a.b;\n}", name: "thrower" },
    [{}],
    "HOOK_THREW",
  ],
  ["a timeout", { source: "(d) => { for (;;); }" }, [1], "HOOK_TIMEOUT"],
  ["what waits for ever", { source: "(d) => new Promise(() => {})" }, [1], "HOOK_UNSETTLED"],
  [
    "an answer that does not travel",
    { source: "(d) => ({ a: [() => 1] })" },
    [1],
    "OUTPUT_UNSUPPORTED",
  ],
  [
    "an answer that is none of those declared",
    { source: "(d) => d", returns: { type: "array", items: { type: "integer" } } },
    [[1, "b"]],
    "OUTPUT_MISMATCH",
  ],
  [
    "an input that is none of those declared",
    { source: "(d) => d", accepts: { tensor: { dtype: "float32", shape: [2] } } },
    [TENSOR],
    "INPUT_MISMATCH",
  ],
  [
    "an input that does not travel",
    { source: "(d) => d" },
    [{ a: [1, undefined] }],
    "INPUT_MISMATCH",
  ],
  ["an input with a cycle", { source: "(d) => d" }, [cycle()], "INPUT_MISMATCH"],
  ["a file that is none", { source: "(d, f) => f.length" }, [1, ["a.png"]], "INPUT_MISMATCH"],
  ["too many files", { source: "(d, f) => 1" }, [1, many(17)], "INPUT_TOO_LARGE"],
];

const REFUSED: readonly [name: string, options: Readonly<Record<string, unknown>>, code: string][] =
  [
    ["a text that does not parse", { source: "(d) => {\n  let 1;\n}" }, "SYNTAX_INVALID"],
    ["the wrong parameters", { source: "(a, b, c) => a" }, "SIGNATURE_INVALID"],
    ["a name that is not there", { source: "(d) =>\n  process.exit()" }, "NAME_UNDEFINED"],
    ["a library that is none", { source: "(d) => require('fs')" }, "LIBRARY_REFUSED"],
    ["a source that is none", { source: 7 }, "BAD_REQUEST"],
    ["a name that is none", { source: "(d) => d", name: "a b" }, "BAD_REQUEST"],
    ["a limit that is none", { source: "(d) => d", limits: { wallMs: 0 } }, "BAD_REQUEST"],
    ["a schema that is none", { source: "(d) => d", returns: { type: "lisst" } }, "BAD_REQUEST"],
    ["a state that is none", { source: "(d) => d", state: "hot" }, "BAD_REQUEST"],
  ];

function cycle(): object {
  const list: unknown[] = [1];
  list.push(list);
  return { list };
}

function many(count: number): Uint8Array[] {
  return Array.from({ length: count }, () => new Uint8Array(1));
}

const TREES = rowOf("reg:squarederror");
const ROWS = rowsOf(TREES).slice(0, 3);
const MODEL = { xgboost: TREES.model };
const EXAMPLE = { data: { rows: ROWS }, files: [new Uint8Array([1])] };

const FLOWS: readonly [
  name: string,
  stages: readonly object[],
  data: unknown,
  files: readonly object[],
][] = [
  ["a model alone", [{ model: MODEL }], ROWS, []],
  [
    "hooks around models, and files that reach a post",
    [
      { model: MODEL, name: "first", pre: "(d) => d.rows" },
      {
        ...{ model: MODEL, pre: { source: `(d) => ${JSON.stringify(ROWS)}`, name: "again" } },
        post: "(r, d, f) => { console.log(f.length); return { r, d, f: f.map((x) => x.name ?? 0) }; }",
      },
    ],
    { rows: ROWS },
    [{ data: new Uint8Array([1, 2]), name: "a.bin" }],
  ],
];

const FLOW_FAULTS: readonly [name: string, post: string, data: unknown, code: string][] = [
  ["a hook that throws in a stage", "(r) => {\n  return r.a.b;\n}", ROWS, "HOOK_THREW"],
  ["an end that is no end", "(r) => 7", ROWS, "OUTPUT_MISMATCH"],
  ["data that the model does not take", "(r) => [r]", ["a"], "INPUT_MISMATCH"],
];

describe.each(MAKERS)("$name", ({ wants, make }) => {
  let made: Made;
  let reference: Made;
  beforeAll(async () => {
    if (wants) return;
    [made, reference] = await Promise.all([make(), inProcess.make()]);
  });
  afterAll(async () => {
    await made?.[Symbol.asyncDispose]();
    await reference?.[Symbol.asyncDispose]();
  });
  const ready = test.skipIf(wants !== undefined);
  const both = async <T>(work: (one: Made) => Promise<T>) =>
    Promise.all([made, reference].map(work));

  // A door that is not built yet has no makers; when it is, it is played.
  test.runIf(wants !== undefined)(`is left out while there is no ${wants}`, (context) => {
    context.skip();
  });

  describe("values", () => {
    let echo: AnyHook;
    beforeAll(async () => {
      if (!wants) echo = await made.register({ kind: "pre", name: "echo", source: "(d) => d" });
    });
    ready.for(VALUES)("%s comes back to the byte", async ([, value]) => {
      const { value: got, receipt, logs } = await echo.call(value);
      expect(hexOf(got)).toBe(hexOf(value ?? null));
      expect(logs).toEqual([]);
      expect(receipt.wallMs).toBeGreaterThan(0);
      expect(receipt.bytesOut).toBeGreaterThan(0);
    });

    ready("what was changed after the call began was not sent", async () => {
      const data = { list: [1, 2], tensor: new Tensor("uint8", [2], new Uint8Array([1, 2])) };
      const call = echo.call(data);
      data.list.push(3);
      data.tensor.data[0] = 9;
      const sent = { list: [1, 2], tensor: new Tensor("uint8", [2], new Uint8Array([1, 2])) };
      expect(hexOf((await call).value)).toBe(hexOf(sent));
    });

    ready("many calls at a time each have their own answer", async () => {
      const calls = Array.from({ length: 90 }, (_, i) => echo.call({ i, pad: "x".repeat(i * 50) }));
      const answers = await Promise.all(calls);
      expect(answers.map(({ value }) => (value as { i: number }).i)).toEqual(
        Array.from({ length: 90 }, (_, i) => i),
      );
    });
  });

  ready("register() says what the hook is, whoever registers it", async () => {
    const source = (result: number[], input: unknown, files: Uint8Array[]) => [
      require("numpy").array(result).tolist(),
      [input, files.length],
    ];
    const said = await both(async (one) => {
      const hook = await one.register({ kind: "post", source, name: "both" });
      const { id, kind, name, tenant, parameters, libraries } = hook;
      return { id, kind, name, tenant, parameters, libraries };
    });
    expect(said[0]).toEqual(said[1]);
    expect(said[0]).toMatchObject({
      kind: "post",
      name: "both",
      parameters: 3,
      libraries: ["numjs"],
    });
  });

  ready("a post gets its result, the input and the files, with names and types", async () => {
    const source = `(r, d, f) => {
      console.error("saw", f.length);
      return { r, d, f: f.map((x) => [x.name ?? 0, x.type ?? 0, x.length, x[0] ?? 0]) };
    }`;
    const files = [
      new Uint8Array([7]),
      { data: new Uint8Array([8, 9]), name: "é.bin", type: "application/x" },
      new Uint8Array([10, 11]).buffer,
      { data: new Uint8Array(0), name: "empty" },
    ];
    const answers = await both(async (one) => {
      const hook = await one.register({ kind: "post", source });
      const { value, logs } = await hook.call([1], { x: TENSOR }, files);
      return [hexOf(value), logs];
    });
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]?.[1]).toEqual([{ level: "error", text: "saw 4" }]);
  });

  ready.for(FAULTS)("%s is the same fault", async ([, options, args, code]) => {
    const [got, wanted] = await both(async (one) => {
      const hook = await one.register({ kind: "pre", ...options });
      return faultOf(hook.call(...args));
    });
    expect(got).toEqual(wanted);
    expect(got?.code).toBe(code);
  });

  ready.for(REFUSED)("%s is refused in the same words", async ([, options, code]) => {
    const [got, wanted] = await both((one) => faultOf(one.register({ kind: "pre", ...options })));
    // In this process a hook that is refused has a name by then.
    const words = ({ path, detail, at, stack, problems }: Fault) => [
      path,
      detail,
      at,
      stack,
      problems,
    ];
    expect(words(got as Fault)).toEqual(words(wanted as Fault));
    expect([got?.code, wanted?.code]).toEqual([code, code]);
  });

  ready.for(FLOWS)("%s gives the same result", async ([name, stages, data, files]) => {
    const answers = await both(async (one) => {
      const endpoint = await one.deploy(stages, name.replaceAll(/\W/g, "-"));
      const { result, runId, runTimeMs, stages: ran } = await endpoint.run(data, files as never);
      expect(runId).toMatch(/^[0-9a-f-]{36}$/);
      expect(runTimeMs).toBeGreaterThan(0);
      const shown = ran.map(({ stage, name: called, hooks, model }) => [
        ...[stage, called, model !== undefined && model.ms > 0],
        hooks.map((hook) => [hook.id, hook.kind, hook.name, hook.logs, hook.receipt.warm]),
      ]);
      return [hexOf(result), shown, endpoint.name, endpoint.takesFiles];
    });
    expect(answers[0]).toEqual(answers[1]);
  });

  ready.for(FLOW_FAULTS)("%s is the same fault", async ([, post, data, code]) => {
    const [got, wanted] = await both(async (one) => {
      const stages = [
        { model: MODEL },
        { model: MODEL, pre: `(d) => ${JSON.stringify(ROWS)}`, post },
      ];
      const endpoint = await one.deploy(stages, "flow");
      return faultOf(endpoint.run(data));
    });
    // A model is called by where it comes from.
    const named = (fault: Fault | undefined) => ({ ...fault, detail: "", message: "" });
    expect(named(got)).toEqual(named(wanted));
    expect(got?.code).toBe(code);
  });

  ready("a flow that does not fit is refused with all that is wrong", async () => {
    const stages = [{ model: MODEL, pre: "(a, b, c) => a", post: "(r) => nope" }];
    const [got, wanted] = await both((one) => faultOf(one.deploy(stages, "flow")));
    expect(got).toEqual(wanted);
    expect(got?.problems).toMatchObject([
      { code: "SIGNATURE_INVALID", stage: 1, part: "pre" },
      { code: "NAME_UNDEFINED", stage: 1, part: "post" },
    ]);
    const [report, expected] = await both((one) => one.check(stages));
    expect(plain(report?.problems ?? [])).toEqual(plain(expected?.problems ?? []));
  });

  ready("an example is tried, with its files", async () => {
    const stages = [{ model: MODEL, pre: "(d, f) => d.rows.concat(f[0].nope.x)" }];
    const [got, wanted] = await both((one) => one.check(stages, { example: EXAMPLE }));
    expect(plain(got?.problems ?? [])).toEqual(plain(wanted?.problems ?? []));
    expect(got?.problems).toMatchObject([{ code: "HOOK_THREW", part: "pre" }]);
  });
});
