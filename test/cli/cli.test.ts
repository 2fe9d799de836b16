// The command line as a script uses it: what it prints where, and how it exits.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

const CLI = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));
const INDEX = new URL("../../src/index.ts", import.meta.url).href;
const DIGITS = fileURLToPath(new URL("../../examples/digits.ts", import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function bookend(args: readonly string[], stdin = ""): Promise<Ended> {
  const child = spawn(process.execPath, [CLI, ...args], { env: { NO_COLOR: "1" } });
  let [out, err] = ["", ""];
  child.stdout.on("data", (part: Buffer) => (out += part.toString()));
  child.stderr.on("data", (part: Buffer) => (err += part.toString()));
  child.stdin.end(stdin);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, out, err };
}

const FLOWS: Readonly<Record<string, string>> = {
  // Twice each number; with files, their bytes are added.
  "sums.ts": `export const stages = [{
    model: fn((rows: number[]) => rows.map((x) => 2 * x)),
    pre: (data: number[], files: Uint8Array[]) => { console.log("pre ran"); return [...data, ...files.flatMap((f) => [...f])]; },
    post: (result: number[]) => ({ doubled: result }),
  }];`,
  "with-example.js": `export default [{ model: fn((v) => v), pre: (d) => [d] }];
    export const name = "named";
    export const example = { data: 5 };`,
  "broken.js": `export default [
    { model: fn((v) => v), pre: (d) => outer + d },
    { model: fn((v) => v), post: () => 1 },
  ];`,
  "throws.js": `export default [{ model: fn((v) => v), post: function label(r) {
    console.log("on the way"); throw new Error("no label") } }];`,
  "model-fails.js": `export default [{ model: fn(() => { throw new Error("no GPU") }) }];`,
  "wants-list.js": `export default [{ model: fn((v) => v, { input: { type: "array" } }) }];`,
  "values.js": `export default [{ model: fn((v) => v), post: (r) => ({
    tensor: Tensor.from([[1, 2]], "float32"), big: 9007199254740993n, small: 5n,
    bytes: new Uint8Array([104, 105]), not: NaN }) }];`,
  "steers.js": `export default [{ model: fn((v) => v), post: (r) => {
    console.log("\\u001b[2J\\u0007wiped"); return [1] } }];`,
  "empty.js": "export const other = 1;",
  "syntax.js": "export default [",
};

describe("bookend", () => {
  let folder = "";
  const path = (name: string) => join(folder, name);
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "bookend-cli-"));
    writeFileSync(path("package.json"), '{ "type": "module" }');
    for (const [name, text] of Object.entries(FLOWS)) {
      writeFileSync(path(name), `import { fn } from ${JSON.stringify(INDEX)};\n${text}`);
    }
    writeFileSync(path("data.json"), "[1, 2]");
    writeFileSync(path("bad.json"), "[1, ");
    writeFileSync(path("a.bin"), new Uint8Array([3, 4]));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** `@` stands for the folder. */
  const args = (line: string) => line.split(" ").map((one) => one.replace("@", `${folder}/`));

  const ROWS: readonly [
    line: string,
    code: number,
    out: readonly string[],
    err: readonly string[],
  ][] = [
    ["", 0, ["Usage: bookend <command> [options]", "Exit codes"], []],
    ["--help", 0, ["Usage: bookend"], []],
    ["--version", 0, ["0."], []],
    ["run @sums.ts --data @data.json", 0, ["sums: ok", "pre ran", '"doubled"', "stage 1"], []],
    ["run @sums.ts --data @data.json --file @a.bin", 0, ["6,\n    8\n"], []],
    ["run @with-example.js", 0, ["named: ok", "[\n  5\n]"], []],
    ["run @steers.js --data @data.json", 0, ["log   �wiped"], []],
    ["check @with-example.js", 0, ["named: ok, tried with the example", "pre → fn"], []],
    ["check @sums.ts", 0, ["sums: ok\n"], []],
    [
      "check @broken.js",
      1,
      [
        "not valid",
        "✗ stage 1 pre, line 1, column 8: `outer` is not defined",
        "✗ stage 2 post, line 1, column 1: wants 1 to 3 parameters",
        "(SIGNATURE_INVALID)",
      ],
      [],
    ],
    ["run @broken.js --data @data.json", 1, [], ["✗ stage 1 pre", "✗ stage 2 post"]],
    ["run @sums.ts", 2, [], ["run wants --data <file>"]],
    ["run @none.js --data @data.json", 2, [], ["none.js does not load"]],
    ["run @syntax.js --data @data.json", 2, [], ["syntax.js does not load"]],
    ["run @empty.js --data @data.json", 2, [], ["list of stages", "it exports other"]],
    ["run @sums.ts --data @none.json", 2, [], ["none.json cannot be read: there is no such file"]],
    ["run @sums.ts --data @bad.json", 2, [], ["bad.json wants JSON"]],
    ["run @sums.ts --data @data.json --file @none.bin", 2, [], ["none.bin cannot be read"]],
    ["run @sums.ts @a.bin", 2, [], ["files go behind --file"]],
    [
      "jump @sums.ts",
      2,
      [],
      ["There is no command jump; there are check, run, libraries, doctor, serve, keys and help"],
    ],
    ["run", 2, [], ["run wants the path of a flow module"]],
    ["run @sums.ts --dta x", 2, [], ["--dta"]],
    ["libraries", 0, ["numjs", "also numpy, np", "stands in for"], []],
    ["libraries --config @none.json", 3, [], ["wants a JSON file at", "none.json, got none"]],
    ["libraries drop x", 2, [], ["libraries has no drop; there is libraries add"]],
    ["libraries add", 2, [], ["libraries add wants the name of an npm package"]],
    ["libraries add a b", 2, [], ["libraries add wants one package, got b too"]],
    ["run @sums.ts --data @data.json --config @data.json", 3, [], ["wants options as an object"]],
    ["check @sums.ts --workers none", 2, [], ["--workers wants a number from 1 to 256, got none"]],
    ["run @wants-list.js --data - ", 3, [], ["INPUT_MISMATCH", "stage 1 model: $ wants list"]],
    [
      "run @throws.js --data @data.json",
      4,
      [],
      ["HOOK_THREW", "post label", "on the way", "no label"],
    ],
    ["run @model-fails.js --data @data.json", 5, [], ["MODEL_FAILED", "no GPU", "stage 1"]],
  ];
  test.concurrent.each(ROWS)("bookend %s exits %d", async (line, code, out, err) => {
    const ended = await bookend(args(line).filter(Boolean), "7");
    expect(ended).toMatchObject({ code });
    for (const text of out) expect(ended.out).toContain(text);
    for (const text of err) expect(ended.err).toContain(text);
    if (out.length === 0) expect(ended.out).toBe("");
    if (err.length === 0) expect(ended.err).toBe("");
    // No stack and no path of ours in what people read.
    expect(ended.err).not.toMatch(/node:internal|src\/flow/);
  });

  test("--json prints one object: the result, and what ran", async () => {
    const { code, out } = await bookend(args("run @values.js --data - --json"), "null");
    expect(code).toBe(0);
    const { ok, result, runId, stages } = JSON.parse(out) as Record<string, never>;
    expect([ok, result]).toEqual([
      true,
      { tensor: [[1, 2]], big: "9007199254740993", small: 5, bytes: "aGk=", not: null },
    ]);
    expect(runId).toMatch(/^[0-9a-f-]{36}$/);
    expect(stages).toMatchObject([{ stage: 1, hooks: [{ kind: "post" }], model: { name: "fn" } }]);
  });

  const JSON_FAULTS: readonly [line: string, code: number, error: object][] = [
    ["run @throws.js --data @data.json --json", 4, { code: "HOOK_THREW", stage: 1 }],
    [
      "run @broken.js --data @data.json --json",
      1,
      { code: "FLOW_INVALID", problems: [{ stage: 1 }, { stage: 2 }] },
    ],
    ["run @none.js --data @data.json --json", 2, { code: "USAGE" }],
  ];
  test.each(JSON_FAULTS)("bookend %s says the fault as JSON", async (line, code, error) => {
    const ended = await bookend(args(line));
    expect(ended).toMatchObject({ code, err: "" });
    expect(JSON.parse(ended.out)).toMatchObject({ ok: false, error });
  });

  test("check --json lists problems", async () => {
    const { code, out } = await bookend(args("check @broken.js --json"));
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      isTried: false,
      problems: [{ code: "NAME_UNDEFINED", stage: 1, part: "pre" }, { code: "SIGNATURE_INVALID" }],
    });
  });

  test("runs the digits flow on real pictures and prints the right labels", async () => {
    const { code, out } = await bookend(["run", DIGITS, "--json"]);
    expect(code).toBe(0);
    const { result } = JSON.parse(out) as { result: Record<string, number> };
    // The names of the files begin with the digit that is written in them.
    expect(Object.keys(result)).toHaveLength(10);
    for (const [name, label] of Object.entries(result)) expect(`${label}`).toBe(name[0]);
  });
});
