/**
 * Goal: an ONNX model opens or says why not, keeps to itself while it computes, and comes to its
 * end in good order. Method: small models made by the `onnx` package, threads that really die, and
 * processes of their own for what is seen only from outside.
 */

import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { Tensor } from "../../src/contract/tensor.ts";
import { OnnxHost } from "../../src/flow/models/onnx/host.ts";
import { onnx, type OnnxOptions, OpenOnnx } from "../../src/flow/models/onnx.ts";
import { DIGITS, f32, failure, faultOf, i64, INSTALLED, made } from "./onnx-models.ts";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

// One side of the identity matrix of 64 by 64, multiplied with itself so often, is a long run: a
// second for 20,000 times, and for ENDLESS some days.
const MATRIX = new Tensor("float32", [64, 64], new Float32Array(4096));
const products = (times: number) => ({ times: i64(times), x: MATRIX });
const ENDLESS = 1e10;

// Fields of a tensor in onnx.proto.
const [RAW_DATA, DOCUMENTATION] = [9, 12];

describe("onnx() refuses", () => {
  const ROWS: readonly [what: string, model: unknown, options: unknown, path: string][] = [
    ["no model", undefined, {}, "model"],
    ["an empty path", "", {}, "model"],
    ["a path with a NUL", "a\0b", {}, "model"],
    ["a URL of the web", new URL("https://example.com/digits.onnx"), {}, "model"],
    ["an option that is none", "a.onnx", { thread: 2 }, "options.thread"],
    ["a runtime that is none", "a.onnx", { runtime: "onnxruntime" }, "options.runtime"],
    ["no threads", "a.onnx", { threads: 0 }, "options.threads"],
    ["half a thread", "a.onnx", { threads: 1.5 }, "options.threads"],
    ["a bound above ours", "a.onnx", { modelBytesMax: 2 ** 31 }, "options.modelBytesMax"],
    ["options that are none", "a.onnx", null, "options"],
  ];
  test.each(ROWS)("%s", (_what, model, options, path) => {
    const make = () => onnx(model as string, options as OnnxOptions);
    expect(make).toThrow(expect.objectContaining({ code: "BAD_REQUEST", path }) as Error);
  });
});

describe.each(INSTALLED)("with %s", (runtime) => {
  const digits = async () => new Uint8Array(await readFile(DIGITS));
  const refused = (model: string | URL | Uint8Array, options: OnnxOptions = {}) =>
    faultOf(onnx(model, { runtime, ...options }).open());
  const opened = (name: string, options: OnnxOptions = {}) =>
    onnx(made(name), { runtime, ...options }).open();

  describe("open() refuses", () => {
    const FILES: readonly [what: string, path: string | URL, says: RegExp][] = [
      ["a file that is not there", "/tmp/none/digits.onnx", /^onnx digits\.onnx .*no such file$/],
      ["a folder", new URL(".", DIGITS), /^onnx models is a folder/],
      ["what is no file", "/dev/null", /^onnx null is no regular file$/],
      ["a file of another kind", join(ROOT, "package.json"), /^onnx package\.json .*no ONNX model/],
    ];
    test.each(FILES)("%s", async (_what, path, says) => {
      expect(await refused(path)).toEqual(failure(says));
    });

    const MADE: readonly [model: string, says: RegExp][] = [
      ["unknown operator", /^onnx of \d+ bytes was refused by ONNX Runtime: .*Frobnicate/],
      ["identity bfloat16", /input x is of bfloat16/],
      ["identity complex64", /input x is of complex64/],
      ["a sequence", /output y wants the type tensor, got sequence/],
      ["zipmap", /output y .*zipmap=False$/],
      ["an optional input", /input x wants the type tensor, got optional$/],
      ["an input called __proto__", /input "__proto__" wants another name/],
      ["weights outside", /"w" in another file/],
      ["weights outside, in a branch", /"c" in another file/],
    ];
    test.each(MADE)("the model %j", async (name, says) => {
      expect(await refused(made(name))).toEqual(failure(says));
    });

    test("bytes that are no model, or part of one, or too many", async () => {
      const whole = await digits();
      expect(await refused(new Uint8Array(0))).toEqual(failure(/^onnx of 0 bytes has no graph/));
      expect(await refused(whole.subarray(0, 40_000))).toEqual(failure(/only part of one/));
      expect(await refused(whole.map((_, i) => i * 7))).toEqual(failure(/no ONNX model/));
      const bound = { modelBytesMax: 1_000 };
      expect(await refused(whole, bound)).toEqual(failure(/\d bytes, of at most 1000$/));
      expect(await refused(DIGITS, bound)).toEqual(failure(/\d bytes, of at most 1000$/));
    });

    test("a model whose weights are not there", async () => {
      // Other fields of a tensor are skipped, so for whoever looks at fields only, all is well.
      const bytes = await digits();
      const at = bytes.findIndex((_, i) => isRawDataOf(bytes, i, 576));
      expect(at).toBeGreaterThan(0);
      bytes[at] = DOCUMENTATION * 8 + 2;
      expect(await refused(bytes)).toEqual(failure(/was refused by ONNX Runtime: \w/));
    });
  });

  test("run() says on one line what the runtime says when the model fails", async () => {
    await using model = await opened("pick");
    const fault = await faultOf(model.run(i64([7])));
    expect(fault).toEqual(failure(/^onnx of \d+ bytes failed in ONNX Runtime: .*out of.* bounds/));
    expect((fault as { detail: string }).detail).not.toMatch(/[\n]|\/\w+\/\w+/);
    expect(((await model.run(i64([1]))) as Tensor).tolist()).toEqual([20]);
  });

  test("run() refuses outputs beyond their bound, and goes on", async () => {
    await using model = await opened("zeros of a shape", { outputBytesMax: 4_000 });
    const fault = await faultOf(model.run(i64([1_001])));
    expect(fault).toEqual(failure(/gave 4004 bytes, of at most 4000; set outputBytesMax/));
    expect(((await model.run(i64([10, 100]))) as Tensor).shape).toEqual([10, 100]);
  });

  test("run() says so when there is no memory for an output, and goes on", async () => {
    await using model = await opened("zeros of a shape");
    const fault = await faultOf(model.run(i64([2 ** 20, 2 ** 20])));
    expect(fault).toEqual(failure(/out of memory|failed in ONNX Runtime/));
    expect(((await model.run(i64([2]))) as Tensor).tolist()).toEqual([0, 0]);
  });

  test("run() refuses strings that would come to the model as others", async () => {
    await using model = await opened("identity string");
    for (const word of ["a\0b", "\ud800"]) {
      const fault = await faultOf(model.run([["a", "b", word]]));
      expect(fault).toEqual(failure(/wants a string at \$\[0\]\[2\] with no NUL/));
    }
    expect(await faultOf(model.run([["a", "b"], ["c"]]))).toEqual(failure(/wants a list of 2 at/));
    expect(await faultOf(model.run([["a", "b", 3]]))).toEqual(
      failure(/string at \$\[0\]\[2\], got/),
    );
  });

  test("run() leaves the host's thread free, and computes on as many as it is told", async () => {
    await using model = await opened("many products", { threads: 2 });
    let isOver = false;
    const running = model.run(products(20_000)).finally(() => (isOver = true));
    // Turns of the host's loop that come while the model computes.
    for (let turn = 0; turn < 5; turn++) await sleep(1);
    expect(isOver).toBe(false);
    expect(((await running) as Tensor).shape).toEqual([64, 64]);
  });

  test("a run that is aborted ends at once, and one that waits never begins", async () => {
    await using model = await opened("many products");
    const first = model.run(products(10_000));
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = [1, 2, 3].map(() => faultOf(model.run(products(ENDLESS), { signal })));
    const last = model.run(products(1));
    // By then they are in the thread, behind the first.
    await sleep(20);
    controller.abort();
    const cancelled = failure(/^onnx of \d+ bytes was cancelled by its signal$/, "CANCELLED");
    expect(await Promise.all(waiting)).toEqual([cancelled, cancelled, cancelled]);
    expect(await faultOf(model.run(products(1), { signal }))).toEqual(cancelled);
    // Had one of them begun, these would not come before the test is long over.
    expect(((await first) as Tensor).shape).toEqual([64, 64]);
    expect(((await last) as Tensor).shape).toEqual([64, 64]);
  });

  test("an abort ends what has begun for its caller, before it is over", async () => {
    await using model = await opened("many products");
    const controller = new AbortController();
    const running = model.run(products(20_000), { signal: controller.signal });
    const next = model.run(products(1));
    await sleep(20);
    const order: string[] = [];
    const both = [
      faultOf(running).then((fault) => (order.push("aborted"), fault)),
      next.then(() => order.push("next")),
    ];
    controller.abort();
    expect((await Promise.all(both))[0]).toEqual(failure(/cancelled/, "CANCELLED"));
    expect(order).toEqual(["aborted", "next"]);
  });

  test("open() can be given up before and during", async () => {
    const cancelled = failure(/^onnx digits\.onnx was cancelled by its signal$/, "CANCELLED");
    const model = onnx(DIGITS, { runtime });
    expect(await faultOf(model.open({ signal: AbortSignal.abort() }))).toEqual(cancelled);
    const controller = new AbortController();
    const opening = faultOf(model.open({ signal: controller.signal }));
    await sleep(20);
    controller.abort();
    expect(await opening).toEqual(cancelled);
  });

  test("disposing ends what runs and what waits with CLOSED, and then nothing runs", async () => {
    const model = await opened("many products");
    // Native code cannot be stopped in its middle: with it, disposing takes as long as the run.
    const times = runtime === "onnxruntime-web" ? ENDLESS : 10_000;
    const runs = [faultOf(model.run(products(times))), faultOf(model.run(products(times)))];
    await sleep(20);
    const closed = failure(/was disposed of/, "CLOSED");
    await Promise.all([model[Symbol.asyncDispose](), model[Symbol.asyncDispose]()]);
    expect(await Promise.all(runs)).toEqual([closed, closed]);
    expect(await faultOf(model.run(products(1)))).toEqual(closed);
  });

  test("over a thousand runs that wait are too many", async () => {
    await using model = await opened("identity uint8");
    const x = new Tensor("uint8", [1, 3], new Uint8Array(3));
    const runs = Array.from({ length: 1_001 }, () => faultOf(model.run(x)));
    const given = await Promise.all(runs);
    const full = failure(/has 1000 runs waiting/, "POOL_FULL");
    expect(given.filter((one) => (one as { value?: unknown }).value)).toHaveLength(1_000);
    expect(given.at(-1)).toEqual(full);
  });

  describe("a thread that dies", () => {
    const DEATHS: readonly [how: string, input: number, says: RegExp][] = [
      ["exits", -1, /^onnx rankless its thread ended$/],
      ["throws", -2, /^onnx rankless its thread broke off$/],
    ];
    test.each(DEATHS)("that %s fails its runs, and the next have another", async (...row) => {
      const [, input, says] = row;
      const setup = {
        name: "onnx rankless",
        model: sharedFrom(made("rankless")),
        program: new URL("onnx-dying-thread.ts", import.meta.url),
        threads: 1,
        runtime,
        outputBytesMax: 1_000,
      };
      const host = await OnnxHost.open(setup);
      await using model = new OpenOnnx(setup, host, await host.slots);
      expect(await faultOf(model.run(f32([1])))).toEqual({ value: f32([1]) });
      // The second pair asks for a thread at the same time, and dies in one and the same.
      for (let pair = 0; pair < 2; pair++) {
        const deaths = [model.run(f32([input])), model.run(f32([2]))].map(faultOf);
        expect(await Promise.all(deaths)).toEqual([failure(says), failure(says)]);
      }
      const next = [model.run(f32([3])), model.run(f32([4]))];
      expect(await Promise.all(next)).toEqual([f32([3]), f32([4])]);
    });
  });
});

function sharedFrom(bytes: Uint8Array): SharedArrayBuffer {
  const shared = new SharedArrayBuffer(bytes.length);
  new Uint8Array(shared).set(bytes);
  return shared;
}

/** Whether a tensor's raw data of so many bytes begin at `i`. */
function isRawDataOf(bytes: Uint8Array, i: number, length: number): boolean {
  return (
    bytes[i] === RAW_DATA * 8 + 2 &&
    bytes[i + 1] === (length % 128) + 128 &&
    bytes[i + 2] === Math.floor(length / 128)
  );
}

describe("seen from outside", () => {
  let folder: string;
  const PROGRAM = `
    import { onnx } from "./dist/flow/models/onnx.js";
    const options = JSON.parse(process.argv[2]);
    const opening = onnx(process.argv[3], options).open();
    console.log(await opening.then((model) => JSON.stringify(model.input), (e) => e.detail));
  `;

  // An installation as a user has it: what was built, and of packages only what is linked to it.
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "bookend-onnx-"));
    await cp(join(ROOT, "dist"), join(folder, "dist"), { recursive: true });
    await mkdir(join(folder, "node_modules"));
    await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    await writeFile(join(folder, "program.js"), PROGRAM);
    await link("ajv");
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const link = (name: string) =>
    symlink(join(ROOT, "node_modules", name), join(folder, "node_modules", name));

  /** Puts a package there that is no more than its first line. */
  async function put(name: string, line: string): Promise<void> {
    const place = join(folder, "node_modules", name);
    await mkdir(place, { recursive: true });
    await writeFile(join(place, "package.json"), JSON.stringify({ name, type: "module" }));
    await writeFile(join(place, "index.js"), line);
  }

  async function output(options: OnnxOptions): Promise<string> {
    const words = ["program.js", JSON.stringify(options), fileURLToPath(DIGITS)];
    const { stdout, stderr } = await run(process.execPath, words, { cwd: folder, timeout: 20_000 });
    expect(stderr).toBe("");
    return stdout.trim();
  }

  test("a run that fails prints nothing", async () => {
    await writeFile(join(folder, "pick.onnx"), made("pick"));
    const program = `
      import { onnx } from ${JSON.stringify(join(ROOT, "dist/flow/models/onnx.js"))};
      import { Tensor } from ${JSON.stringify(join(ROOT, "dist/contract/tensor.js"))};
      await using model = await onnx("pick.onnx").open();
      await model.run(Tensor.from([7], "int64")).catch((error) => console.log(error.code));
    `;
    const words = ["--input-type=module", "--eval", program];
    const { stdout, stderr } = await run(process.execPath, words, { cwd: folder, timeout: 20_000 });
    expect([stdout, stderr]).toEqual(["MODEL_FAILED\n", ""]);
  });

  test("without a runtime it says what to install; with one it opens, and lets go", async () => {
    expect(await output({})).toMatch(
      /^onnx digits\.onnx wants onnxruntime-node or onnxruntime-web, .* `npm install onnxruntime-/,
    );
    expect(await output({ runtime: "onnxruntime-web" })).toMatch(
      /^onnx digits\.onnx wants onnxruntime-web, which is not installed; run `npm install onnx/,
    );
    await link("onnxruntime-web");
    // The model is not disposed of, and the process ends all the same.
    expect(await output({})).toBe('{"tensor":{"dtype":"float32","shape":["batch",1,8,8]}}');

    await put("onnxruntime-node", `throw new Error("cannot open ${folder}/lib/libonnx.so");`);
    expect(await output({})).toBe(
      "onnx digits.onnx wants onnxruntime-node, which is installed but does not load: " +
        "cannot open libonnx.so",
    );
    await put("onnxruntime-node", `import "onnxruntime-common-of-another-world";`);
    expect(await output({})).toMatch(/onnxruntime-node, which is installed but does not load: /);
    expect(await output({ runtime: "onnxruntime-web" })).toMatch(/^\{"tensor"/);
  });
});
