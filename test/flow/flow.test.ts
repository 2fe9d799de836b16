// Flows end to end: real hooks in real sandboxes, around models that are plain functions.

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import {
  createRuntime,
  dict,
  fn,
  HookError,
  type Model,
  type Problem,
  type Runtime,
  type Stage,
  Tensor,
  tensor,
} from "../../src/index.ts";
import { expectFault, faultOf } from "../runtime/faults.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createRuntime({ workers: 2 });
});
afterAll(() => runtime.close());

const same = () => fn((value) => value);
const sum = () => fn((rows) => (rows as number[]).reduce((a, b) => a + b, 0));

describe("deploy() and run()", () => {
  test("each value goes through pre, model and post of each stage, in order", async () => {
    const add = (n: number) => fn((value) => (value as number) + n);
    await using endpoint = await runtime.deploy(
      [
        { name: "first", model: add(10), pre: "(d) => d.n * 2", post: "(r) => r * 3" },
        { model: add(1000), pre: "(d) => -d", post: "(r) => [r]" },
      ],
      "sums",
      { tenant: "acme" },
    );
    // ((4 × 2) + 10) × 3 = 54; -54 + 1000 = 946.
    const { result, runId, runTimeMs, stages } = await endpoint.run({ n: 4 });
    expect(result).toEqual([946]);
    expect(runId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    const hooksMs = stages.flatMap(({ hooks }) => hooks.map(({ receipt }) => receipt.totalMs));
    expect(runTimeMs).toBeGreaterThanOrEqual(hooksMs.reduce((a, b) => a + b, 0));
    expect(stages.map(({ stage, name, model }) => [stage, name, model?.name])).toEqual([
      [1, "first", "fn"],
      [2, undefined, "fn"],
    ]);
    expect(stages.map(({ hooks }) => hooks.map(({ kind, tenant }) => [kind, tenant]))).toEqual([
      [
        ["pre", "acme"],
        ["post", "acme"],
      ],
      [
        ["pre", "acme"],
        ["post", "acme"],
      ],
    ]);
    expect(stages.every(({ model }) => model !== undefined && model.ms >= 0)).toBe(true);
  });

  test("every configured hook runs, with its id, its receipt and its log lines", async () => {
    const say = (word: string) => `(d) => { console.log("${word}"); return d }`;
    await using endpoint = await runtime.deploy(
      [
        { model: same(), pre: say("a") },
        { model: same() },
        { model: same(), post: say("b") },
        { model: same(), pre: say("c"), post: say("d") },
      ],
      "words",
    );
    const { stages } = await endpoint.run([1]);
    const lines = stages.map(({ hooks }) => hooks.map(({ logs }) => logs.map(({ text }) => text)));
    expect(lines).toEqual([[["a"]], [], [["b"]], [["c"], ["d"]]]);
    const ids = endpoint.stages.flatMap(({ pre, post }) => [pre?.id, post?.id]).filter(Boolean);
    expect(stages.flatMap(({ hooks }) => hooks.map(({ id }) => id))).toEqual(ids);
    // sha-256 of the text, worked out by sha256sum.
    expect(ids[0]).toBe("632f6c9f273e15dc99055c4812a338ee2fcf190e112998835351b0af33b740af");
  });

  test("the first stage's data and files reach every post, whatever hooks do to them", async () => {
    const spoil = `(d, files) => {
      const seen = [JSON.stringify(d), files.map((f) => [f.name ?? null, [...f]])];
      d.list.push("spoilt"); d.more = 1; files[0].fill(9); files.pop();
      return { list: ["made by pre"], seen };
    }`;
    const look = `(r, d, files) => {
      const seen = [JSON.stringify(d), files.map((f) => [f.name ?? null, [...f]])];
      d.list.length = 0; files[0].fill(7); files.length = 0;
      return { list: [], seen: [...(Array.isArray(r.seen[0]) ? r.seen : [r.seen]), seen] };
    }`;
    const model = fn((value) => {
      (value as { list: unknown[] }).list.push("spoilt by a model");
      return value;
    });
    await using endpoint = await runtime.deploy(
      [
        { model, pre: spoil, post: look },
        { model, post: look },
        { model, pre: "(d) => d", post: look },
      ],
      "originals",
    );
    const data = { list: [1, { deep: true }] };
    const files = [{ data: new Uint8Array([1, 2]), name: "a.bin" }, new Uint8Array([3])];
    const { result } = await endpoint.run(data, files);
    const original = [
      JSON.stringify({ list: [1, { deep: true }] }),
      [
        ["a.bin", [1, 2]],
        [null, [3]],
      ],
    ];
    expect((result as { seen: unknown }).seen).toEqual([original, original, original, original]);
    expect(data).toEqual({ list: [1, { deep: true }] });
    expect([...(files[1] as Uint8Array)]).toEqual([3]);
  });

  test("what the caller changes after run() was called is not seen", async () => {
    await using endpoint = await runtime.deploy(
      [{ model: same(), post: "(r, d, files) => [r, d, files[0][0]]" }],
      "snapshot",
    );
    const [data, file] = [{ n: 1 }, new Uint8Array([5])];
    const run = endpoint.run(data, [file]);
    data.n = 2;
    file[0] = 6;
    expect((await run).result).toEqual([{ n: 1 }, { n: 1 }, 5]);
  });

  test("without a pre the data goes to the model as it came", async () => {
    const seen: unknown[] = [];
    const model = fn((value) => {
      seen.push(value);
      return [];
    });
    await using endpoint = await runtime.deploy([{ model }], "as-it-came");
    const tensorGiven = Tensor.from([[1.5]], "float32");
    for (const data of [[1, "a", null, 2n], { a: new Uint8Array([1]) }, tensorGiven, "text", 7]) {
      await endpoint.run(data);
      expect(seen.at(-1)).toEqual(data);
    }
  });

  test("hooks of one name in different stages are different hooks", async () => {
    const stage = (n: number): Stage => ({
      model: same(),
      pre: { source: `function shared(d) { return [...d, "pre ${n}"] }`, name: "shared" },
      post: { source: `function shared(r) { return [...r, "post ${n}"] }`, name: "shared" },
    });
    await using endpoint = await runtime.deploy([stage(1), stage(2), stage(3)], "names");
    const { result } = await endpoint.run([]);
    expect(result).toEqual(["pre 1", "post 1", "pre 2", "post 2", "pre 3", "post 3"]);
  });

  test("two flows, and a flow of one hook twice, share no state", async () => {
    const count = "(d) => { globalThis.n = (globalThis.n ?? 0) + 1; return [globalThis.n] }";
    const stages = [{ model: same(), pre: count, post: count }];
    await using one = await runtime.deploy(stages, "one");
    await using two = await runtime.deploy(stages, "two", { tenant: "other" });
    for (let i = 1; i <= 3; i++) await one.run(0);
    expect((await two.run(0)).result).toEqual([1]);
  });

  const TERMINALS: readonly [name: string, post: string, result: unknown][] = [
    ["a list", "() => []".replace("()", "(r)"), []],
    ["a dict", "(r) => ({})", {}],
    [
      "a tensor",
      "(r) => new Tensor('int8', [], new Int8Array([3]))",
      new Tensor("int8", [], new Int8Array([3])),
    ],
  ];
  test.each(TERMINALS)("a flow may end with %s", async (_name, post, result) => {
    await using endpoint = await runtime.deploy([{ model: same(), post }], "ends");
    expect((await endpoint.run(0)).result).toEqual(result);
  });

  const NO_TERMINALS: readonly [name: string, value: string, got: string][] = [
    ["a number", "7", "got number 7"],
    ["a string", "'yes'", 'got string "yes"'],
    ["null", "null", "got null"],
    ["a boolean", "true", "got boolean true"],
    ["bytes", "new Uint8Array(3)", "got bytes of length 3"],
    ["a bigint", "1n", "got int64 1"],
  ];
  test.each(NO_TERMINALS)("a flow may not end with %s", async (_name, value, got) => {
    await using hook = await runtime.deploy([{ model: same(), post: `(r) => ${value}` }], "ends");
    const wants = "wants a list, a dict or a tensor at the end of the flow, got";
    const error = await faultOf(hook.run(0));
    expect(error).toMatchObject({ code: "OUTPUT_MISMATCH", stage: 1, hook: { kind: "post" } });
    expect(error.detail).toContain(wants);
    expect(error.detail).toContain(got);
    expect(error.message).toContain("stage 1 post: $ wants a list");
    // The same when it is the model that the flow ends with.
    await using bare = await runtime.deploy([{ model: same(), pre: `(r) => ${value}` }], "ends");
    expect((await faultOf(bare.run(0))).message).toContain("stage 1 model: $ wants a list");
  });
});

describe("what does not fit ends the run, with its stage", () => {
  const scores = tensor("float32", ["batch", 10]);
  const ROWS: readonly [name: string, stages: readonly Stage[], code: string, message: string][] = [
    [
      "a pre against its own model",
      [{ model: fn(() => [], { input: scores }), pre: "(d) => Tensor.from([[1, 2]])" }],
      "OUTPUT_MISMATCH",
      "stage 1 pre: $ wants float32 [batch, 10], got float64 [1, 2]",
    ],
    [
      "a post against the model of the next stage",
      [
        { model: same(), post: { source: "(r) => ({ scores: [1] })", name: "norm" } },
        {
          model: fn(() => [], {
            input: dict({ scores: { type: "array", items: { type: "string" } } }),
          }),
        },
      ],
      "OUTPUT_MISMATCH",
      "stage 1 post norm: $.scores[0] wants string, got number 1",
    ],
    [
      "a post against what the next pre accepts",
      [
        { model: same(), post: "(r) => 5" },
        { model: same(), pre: { source: "(d) => d", accepts: { type: "array" } } },
      ],
      "OUTPUT_MISMATCH",
      "stage 1 post: $ wants list, got number 5",
    ],
    [
      "a post against what it declares itself",
      [{ model: same(), post: { source: "(r) => [1]", returns: { type: "object" } } }],
      "OUTPUT_MISMATCH",
      "stage 1 post: $ wants dict, got list",
    ],
    [
      "the caller's data against a model without a pre",
      [{ model: fn(() => [], { input: scores }) }],
      "INPUT_MISMATCH",
      "stage 1 model: $ wants float32 [batch, 10], got null",
    ],
    [
      "the caller's data against what the first pre accepts",
      [{ model: same(), pre: { source: "(d) => d", accepts: { type: "object" } } }],
      "INPUT_MISMATCH",
      "stage 1 pre: $ wants dict, got null",
    ],
    [
      "a model against its own output",
      [{ model: fn(() => 3, { output: { type: "string" } }), post: "(r) => [r]" }],
      "MODEL_FAILED",
      "stage 1 model: $ wants string, got number 3",
    ],
    [
      "a model against the next model",
      [{ model: fn(() => 3) }, { model: fn(() => [], { input: { type: "string" } }) }],
      "MODEL_FAILED",
      "stage 1 gave it to the model of stage 2",
    ],
    [
      "an axis of a model's input and output by one name",
      [
        {
          model: fn(() => new Tensor("float32", [3], new Float32Array(3)), {
            input: tensor("float32", ["batch"]),
            output: tensor("float32", ["batch"]),
          }),
          pre: "(d) => new Tensor('float32', [2], new Float32Array(2))",
        },
      ],
      "MODEL_FAILED",
      "batch",
    ],
    [
      "what a model gives and cannot travel",
      [{ model: fn(() => new Date(0)), post: "(r) => [r]" }],
      "MODEL_FAILED",
      "stage 1 post: $ wants",
    ],
  ];
  test.each(ROWS)("%s", async (_name, stages, code, message) => {
    await using endpoint = await runtime.deploy(stages, "misfits");
    const error = await faultOf(endpoint.run(null));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
    expect(error.runId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("a fault says what had run by then, and what the hook logged", async () => {
    const post = "(r) => { console.log('before'); throw new Error('no') }";
    const stages = [
      { model: same(), pre: "(d) => { console.log('fine'); return d }" },
      { model: same(), post },
    ];
    await using endpoint = await runtime.deploy(stages, "half");
    const error = await faultOf(endpoint.run(1));
    expect(error).toMatchObject({ code: "HOOK_THREW", stage: 2, at: { line: 1, column: 39 } });
    expect(error.logs.map(({ text }) => text)).toEqual(["before"]);
    expect(error.receipt?.wallMs).toBeGreaterThan(0);
    const ran = error.stages.map(({ stage, hooks, model }) => [stage, hooks.length, model?.name]);
    expect(ran).toEqual([
      [1, 1, "fn"],
      [2, 0, "fn"],
    ]);
    expect(error.message).toContain("stage 2 post, line 1, column 39: Error: no");
  });

  test("a model that fails ends the run, and nothing is fed on", async () => {
    let isFed = false;
    const fails = fn(() => {
      throw new Error("no GPU");
    });
    const next = fn(() => {
      isFed = true;
      return [];
    });
    await using endpoint = await runtime.deploy([{ model: fails }, { model: next }], "fails");
    const error = await faultOf(endpoint.run(1));
    expect(error).toMatchObject({ code: "MODEL_FAILED", stage: 1, hook: undefined });
    expect(error.message).toContain("no GPU");
    expect(error.cause).toMatchObject({ message: "no GPU" });
    expect(isFed).toBe(false);
  });

  test("files that no hook reads are refused, not dropped in silence", async () => {
    await using endpoint = await runtime.deploy([{ model: same(), pre: "(d) => d" }], "no-files");
    expect(endpoint.takesFiles).toBe(false);
    const error = await faultOf(endpoint.run([1], [new Uint8Array(1)]));
    expect(error).toMatchObject({ code: "INPUT_MISMATCH", path: "files" });
    expect(error.detail).toContain("no hook of this flow takes them");
    expect((await endpoint.run([1])).result).toEqual([1]);
  });

  const INPUTS: readonly [
    name: string,
    data: unknown,
    files: unknown,
    code: string,
    path: string,
  ][] = [
    ["a function in the data", { a: [() => 1] }, [], "INPUT_MISMATCH", "data.a[0]"],
    ["a file that is a path", [], ["a.png"], "INPUT_MISMATCH", "files[0]"],
    ["too many files", [], Array(17).fill(new Uint8Array(0)), "INPUT_TOO_LARGE", "files"],
  ];
  test.each(INPUTS)("%s", async (_name, data, files, code, path) => {
    const stages = [{ model: same(), pre: "(d, files) => [d]" }];
    await using endpoint = await runtime.deploy(stages, "inputs");
    await expectFault(endpoint.run(data, files as never), { code: code as never, path });
  });
});

describe("checked before traffic", () => {
  const scores = tensor("float32", ["batch", 10]);

  async function problems(stages: readonly unknown[], example?: object): Promise<string[]> {
    const options = example ? { example: example as { data: unknown } } : {};
    const report = await runtime.check(stages as Stage[], options);
    const list = (all: readonly Problem[]) => all.map(({ code, message }) => `${code} ${message}`);
    const error = await faultOf(runtime.deploy(stages as Stage[], "checked", options));
    expect(error.code).toBe("FLOW_INVALID");
    expect(list(error.problems)).toEqual(list(report.problems));
    for (const { message } of report.problems) expect(error.message).toContain(message);
    expect(report.ok).toBe(false);
    return list(report.problems);
  }

  const ROWS: readonly [name: string, stages: readonly unknown[], found: readonly RegExp[]][] = [
    [
      "the wrong number of parameters, in each hook",
      [{ model: same(), pre: "() => 1", post: "(a, b, c, d) => 1" }],
      [
        /^SIGNATURE_INVALID stage 1 pre, line 1.*got none/,
        /^SIGNATURE_INVALID stage 1 post.*got 4/,
      ],
    ],
    [
      "a library that is not allowed, a name that is not there, a text that does not parse",
      [
        { model: same(), pre: "(d) => require('fs')" },
        { model: same(), post: { source: "(r) => outer + r", name: "adds" } },
        { model: same(), pre: "(d => d" },
      ],
      [
        /^LIBRARY_REFUSED stage 1 pre, line 1, column 16/,
        /^NAME_UNDEFINED stage 2 post adds, line 1, column 8.*outer/,
        /^SYNTAX_INVALID stage 3 pre/,
      ],
    ],
    [
      "what a pre returns against its model",
      [
        {
          model: fn(() => [], { input: scores }),
          pre: { source: "(d) => d", returns: tensor("float64", [8, 9]) },
        },
      ],
      [
        /^OUTPUT_MISMATCH stage 1 pre: \$ wants float32 \[batch, 10\], gets float64 \[8, 9\].*goes to the model of stage 1/,
      ],
    ],
    [
      "what a model gives against what its post accepts",
      [
        {
          model: fn(() => [], { output: scores }),
          post: { source: "(r) => [r]", accepts: { type: "array" } },
        },
      ],
      [/^OUTPUT_MISMATCH stage 1 model: \$ wants list, gets float32 \[batch, 10\]/],
    ],
    [
      "what a model gives against the next model, and the next pre",
      [
        { model: fn(() => [], { output: scores }) },
        { model: fn(() => [], { input: { type: "string" }, output: { type: "integer" } }) },
        { model: same(), pre: { source: "(d) => d", accepts: { type: "object" } } },
      ],
      [
        /^OUTPUT_MISMATCH stage 1 model: \$ wants string, gets float32.*the model of stage 2/,
        /^OUTPUT_MISMATCH stage 2 model: \$ wants dict, gets integer.*the pre of stage 3/,
      ],
    ],
    [
      "what the last part gives, as the end of a flow",
      [{ model: same(), post: { source: "(r) => 1", returns: { type: "number" } } }],
      [/^OUTPUT_MISMATCH stage 1 post: \$ wants .*gets number.*the end of the flow/],
    ],
    [
      "a stage that is none, a model that is none, a part that nobody knows",
      [7, { model: {} }, { model: same(), prae: "(d) => d" }, { model: same(), pre: 3 }],
      [
        /^BAD_REQUEST stage 1: wants \{ model, pre, post \}, got a number/,
        /^BAD_REQUEST stage 2: model wants a model.*got an object/,
        /^BAD_REQUEST stage 3: prae is no part of a stage/,
        /^BAD_REQUEST stage 4: pre wants a function, its text/,
      ],
    ],
    [
      "a schema that is none",
      [{ model: same(), pre: { source: "(d) => d", returns: { type: "strnig" } } }],
      [/^BAD_REQUEST stage 1 pre: returns/],
    ],
    [
      "a model that cannot be had",
      [{ model: { name: "broken", open: async () => Promise.reject(refused()) } }],
      [/^MODEL_FAILED stage 1 model broken: wants a file, got none/],
    ],
  ];
  test.each(ROWS)("%s", async (_name, stages, found) => {
    const list = await problems(stages);
    expect(list).toHaveLength(found.length);
    for (const [i, pattern] of found.entries()) expect(list[i]).toMatch(pattern);
  });

  test("an example tries every hook and finds every misfit, not only the first", async () => {
    const stages = [
      {
        model: fn((x) => x, { input: scores, output: scores }),
        pre: "(d) => Tensor.from(d)",
        post: "(r) => r.tolist().map((row) => row.missing.length)",
      },
      {
        model: fn((x) => x, { input: { type: "array" } }),
        post: "(r) => require('numjs').array(r).nothing()",
      },
      { model: fn(() => 1, { input: { type: "array" }, output: { type: "string" } }) },
    ];
    const found = await problems(stages, { data: [[1, 2]] });
    expect(found).toEqual([
      // By their schemas alone: a flow may not end with a string.
      expect.stringMatching(/^OUTPUT_MISMATCH stage 3 model: \$ wants .*gets string/),
      expect.stringMatching(
        /^OUTPUT_MISMATCH stage 1 pre: \$ wants float32 .*got float64 \[1, 2\]/,
      ),
      expect.stringMatching(/^HOOK_THREW stage 1 post, line 1, column 44: TypeError/),
      expect.stringMatching(/^HOOK_THREW stage 2 post, line 1, .*is not a function$/),
      expect.stringMatching(
        /^MODEL_FAILED stage 3 model fn: \$ wants string, got number 1.*made up from what the model of stage 3 takes/,
      ),
    ]);
  });

  test("an example that fits deploys, and says that it was tried", async () => {
    const stages = [{ model: sum(), pre: "(d, files) => [...files[0]]", post: "(r) => [r]" }];
    const example = { data: null, files: [new Uint8Array([1, 2, 3])] };
    const report = await runtime.check(stages, { example });
    expect(report).toMatchObject({ ok: true, problems: [], isTried: true });
    await using endpoint = await runtime.deploy(stages, "fits", { example });
    expect((await endpoint.run(null, [new Uint8Array([4, 5])])).result).toEqual([9]);
  });

  test("files in the example that no hook reads", async () => {
    const example = { data: [1], files: [new Uint8Array(1)] };
    const found = await problems([{ model: same(), pre: "(d) => d" }], example);
    expect(found).toEqual([expect.stringMatching(/^INPUT_MISMATCH flow: files wants no files/)]);
  });

  test("an example that cannot travel is a problem of its own", async () => {
    const found = await problems([{ model: same() }], { data: { when: new Date(0) } });
    expect(found).toEqual([expect.stringMatching(/^INPUT_MISMATCH flow: data.when wants/)]);
  });

  const REFUSED: readonly [name: string, stages: unknown, options: object, path: string][] = [
    ["stages that are no list", { model: same() }, {}, "stages"],
    ["no stages", [], {}, "stages"],
    ["an option that nobody knows", [{ model: same() }], { exmaple: 1 }, "exmaple"],
    ["a tenant that is no name", [{ model: same() }], { tenant: "a b" }, "tenant"],
  ];
  test.each(REFUSED)("%s is BAD_REQUEST", async (_name, stages, options, path) => {
    await expectFault(runtime.deploy(stages as never, "bad", options), {
      code: "BAD_REQUEST",
      path,
    });
    await expectFault(runtime.check(stages as never, options), { code: "BAD_REQUEST", path });
  });

  test("a flow that is refused leaves no model open and no hook behind", async () => {
    let open = 0;
    const model: Model = {
      name: "counted",
      open: async () => {
        open += 1;
        return { run: async (v) => v, [Symbol.asyncDispose]: async () => void (open -= 1) };
      },
    };
    await faultOf(runtime.deploy([{ model }, { model, pre: "() => 1" }], "refused"));
    await runtime.check([{ model }]);
    expect(open).toBe(0);
  });
});

describe("many runs of one endpoint", () => {
  test("runs overlap: models and hooks of different runs interleave", async () => {
    const [order, gates] = [[] as string[], new Map<number, () => void>()];
    const model = fn(async (value) => {
      const n = value as number;
      order.push(`in ${n}`);
      await new Promise<void>((resolve) => gates.set(n, resolve));
      order.push(`out ${n}`);
      return [n];
    });
    await using endpoint = await runtime.deploy(
      [{ model, pre: "(d) => d", post: "(r) => r" }],
      "many",
    );
    const runs = [0, 1, 2].map((n) => endpoint.run(n));
    while (gates.size < 3) await new Promise((resolve) => setTimeout(resolve, 1));
    for (const n of [2, 0, 1]) gates.get(n)?.();
    expect((await Promise.all(runs)).map(({ result }) => result)).toEqual([[0], [1], [2]]);
    expect(order.slice(0, 3).sort()).toEqual(["in 0", "in 1", "in 2"]);
    expect(order.slice(3)).toEqual(["out 2", "out 0", "out 1"]);
  });

  test("a hundred runs at once each get their own answer", async () => {
    const stages = [
      { model: fn(async (v) => (v as number) * 2), pre: "(d) => d + 1" },
      { model: fn((v) => [v]), post: "(r, d, files) => [...r, d, files[0][0]]" },
    ];
    await using endpoint = await runtime.deploy(stages, "hundred");
    const runs = Array.from({ length: 100 }, (_, n) => endpoint.run(n, [new Uint8Array([n])]));
    const results = (await Promise.all(runs)).map(({ result }) => result);
    expect(results).toEqual(Array.from({ length: 100 }, (_, n) => [(n + 1) * 2, n, n]));
  });

  test("cancelling one run leaves the others alone", async () => {
    const model = fn(async (value, { signal }) => {
      if (value !== "wait") return [value];
      return new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(new Error("gone"))),
      );
    });
    await using endpoint = await runtime.deploy([{ model, post: "(r) => r" }], "cancel");
    const controller = new AbortController();
    const waits = endpoint.run("wait", [], { signal: controller.signal });
    const others = [1, 2, 3].map((n) => endpoint.run(n));
    controller.abort();
    expect(await faultOf(waits)).toMatchObject({ code: "CANCELLED", stage: 1 });
    expect((await Promise.all(others)).map(({ result }) => result)).toEqual([[1], [2], [3]]);
    const late = endpoint.run(1, [], { signal: AbortSignal.abort() });
    await expectFault(late, { code: "CANCELLED" });
  });

  test("remove() waits for what runs, and takes no more", async () => {
    let [isDisposed, release] = [false, () => undefined as void];
    const model: Model = {
      name: "slow",
      open: async () => ({
        run: () => new Promise((resolve) => (release = () => resolve([1]))),
        [Symbol.asyncDispose]: async () => void (isDisposed = true),
      }),
    };
    const endpoint = await runtime.deploy([{ model, pre: "(d) => d" }], "removed");
    const run = endpoint.run(0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const removed = endpoint.remove();
    await expectFault(endpoint.run(0), { code: "UNKNOWN_FLOW" });
    expect(isDisposed).toBe(false);
    release();
    expect((await run).result).toEqual([1]);
    await removed;
    expect(isDisposed).toBe(true);
    await endpoint.remove();
  });

  test("a runtime that closes lets the runs of its flows come to their end", async () => {
    const own = await createRuntime({ workers: 1 });
    const slow = fn(async (v) => new Promise((resolve) => setTimeout(resolve, 50, v)));
    const endpoint = await own.deploy(
      [{ model: slow, pre: "(d) => d", post: "(r) => [r]" }],
      "closing",
    );
    const hook = await own.register({ kind: "pre", source: "(d) => d" });
    const run = endpoint.run(4);
    const closed = own.close();
    await expectFault(hook.call(1), { code: "CLOSED" });
    await expectFault(own.deploy([{ model: slow }], "late"), { code: "CLOSED" });
    await closed;
    expect((await run).result).toEqual([4]);
    await expectFault(endpoint.run(4), { code: "UNKNOWN_FLOW" });
  });
});

function refused(): HookError {
  return new HookError({ code: "MODEL_FAILED", path: "", detail: "wants a file, got none" });
}
