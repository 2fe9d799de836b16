// A library of the operator's own, from `bookend libraries add` to a hook that uses it: what is
// written, what is refused and in which words, and that a bundle which somebody changed is not
// loaded.

import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { configFrom, createRuntime, type LibraryEntry } from "../../src/index.ts";

const CLI = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));

/** Packages of an operator's project: their files by path. */
const PACKAGES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  plain: {
    "package.json":
      '{"version": "1.2.3", "license": "MIT", "description": "Adds\\u001b[2J and counts"}',
    LICENSE: "Do what you like.",
    "index.js": `
      let count = 0;
      module.exports = { add: (a, b) => a + b, count: () => ++count, numbers: require("./more") };`,
    "more.js": "module.exports = [1, 2];",
  },
  "@scope/modern": {
    "package.json":
      '{"version": "2.0.0", "license": "ISC", "type": "module", "exports": "./main.js"}',
    "LICENSE.md": "ISC, in full.",
    "main.js": "export default function twice(x) { return 2 * x }",
  },
  // One function works; what the others use fails when they are called.
  lacking: {
    "package.json": '{"version": "1.0.0", "license": "MIT"}',
    "index.js": `
      const fs = require("fs");
      exports.works = () => "yes";
      exports.reads = () => fs.readFileSync("/etc/passwd");
      exports.waits = () => new Promise((done) => setTimeout(done, 5));
      exports.asks = typeof document === "undefined" ? "no page" : document.title;`,
  },
  breaking: {
    "package.json": '{"version": "1.0.0", "license": "MIT"}',
    "index.js":
      'const { connect } = require("node:net"); module.exports = connect(process.env.PORT);',
  },
  native: {
    "package.json": '{"version": "1.0.0", "license": "MIT"}',
    "index.js": 'module.exports = require("./build/Release/addon.node");',
    "build/Release/addon.node": "\u007fELF",
  },
  compiled: {
    "package.json": '{"version": "1.0.0", "license": "MIT", "gypfile": true}',
    "index.js": "module.exports = 1;",
  },
  finds: {
    "package.json": '{"version": "1.0.0", "license": "MIT"}',
    "index.js":
      'try { module.exports = require("bindings")("addon") } catch { module.exports = {} }',
  },
  unlicensed: { "package.json": '{"version": "1.0.0"}', "index.js": "exports.one = 1;" },
  missing: {
    "package.json": '{"version": "1.0.0", "license": "MIT"}',
    "index.js": 'module.exports = require("not-installed-anywhere");',
  },
  endless: {
    "package.json": '{"version": "1.0.0", "license": "MIT"}',
    "index.js": "exports.all = []; for (;;) exports.all.push(new Array(1e6).fill(7));",
  },
};

const ENTRY = `export default {
  name: "points",
  aliases: ["pts"],
  standsIn: "shapely",
  notes: "Points.",
  packages: ["plain"],
  bundle: {},
  load({ Tensor }) {
    const { add } = require("plain");
    class Point { constructor(x, y) { this.x = x; this.y = y } plus(o) { return new Point(add(this.x, o.x), add(this.y, o.y)) } }
    globalThis.bookendPoint = Point;
    return { Point, of: (x, y) => new Point(x, y), Tensor };
  },
  toTensor(value, { Tensor }) {
    return "plus" in value ? new Tensor("float64", [2], Float64Array.of(value.x, value.y)) : undefined;
  },
};`;

let project = "";
let folder = "";

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "bookend-operator-"));
  folder = join(project, "libraries");
  writeFileSync(join(project, "package.json"), '{"private": true}');
  writeFileSync(join(project, "points.mjs"), ENTRY);
  writeFileSync(join(project, "other.mjs"), "export const nothing = 1;");
  for (const [name, files] of Object.entries(PACKAGES)) {
    for (const [path, text] of Object.entries(files)) {
      const file = join(project, "node_modules", name, path);
      mkdirSync(dirname(file), { recursive: true });
      const manifest = path === "package.json";
      writeFileSync(file, manifest ? JSON.stringify({ name, ...JSON.parse(text) }) : text);
    }
  }
});
afterAll(() => rmSync(project, { recursive: true }));

function bookend(...args: readonly string[]) {
  const env = { ...process.env, NO_COLOR: "1" };
  const options = { cwd: project, encoding: "utf8", env } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], options);
  return { status, stdout, stderr };
}

const lock = () =>
  JSON.parse(readFileSync(join(folder, "lock.json"), "utf8")) as { libraries: LibraryEntry[] };

describe("bookend libraries add", () => {
  test("writes the bundle, the licences and the row of the lock file", () => {
    const { status, stdout } = bookend("libraries", "add", "plain", "--alias", "plus");
    expect(status).toBe(0);
    expect(stdout).toContain("plain 1.2.3 (MIT), 1 KiB, is in libraries");
    expect(stdout).toContain("gives add, count, numbers");
    expect(readdirSync(folder).toSorted()).toEqual(["lock.json", "plain.js", "plain.licences.txt"]);
    expect(readFileSync(join(folder, "plain.licences.txt"), "utf8")).toContain("Do what you like.");
    const [entry] = lock().libraries;
    expect(entry).toMatchObject({
      name: "plain",
      aliases: ["plus"],
      version: "1.2.3",
      notes: "Adds\u001b[2J and counts",
      packages: { "plain@1.2.3": "MIT" },
      load: { evaluateMs: expect.any(Number), wakeMs: expect.any(Number) },
    });
  });

  test("says in words what of a library will fail", () => {
    const { status, stdout } = bookend("libraries", "add", "lacking", "--json");
    expect(status).toBe(0);
    const { lacks, exports } = JSON.parse(stdout) as Record<string, string[]>;
    expect(exports).toEqual(["asks", "reads", "waits", "works"]);
    expect(lacks).toEqual([
      "fs: there are no modules of Node (asked for by node_modules/lacking/index.js)",
      "setTimeout: there are no timers: a hook runs to its end on promises alone",
    ]);
  });

  test("takes a scoped package, one that ships no licence, and a file with doors of its own", () => {
    expect(bookend("libraries", "add", "@scope/modern").status).toBe(0);
    const { status, stdout } = bookend("libraries", "add", "unlicensed");
    expect(status).toBe(0);
    expect(stdout).toContain("! unlicensed@1.0.0 ships no text of its licence");
    const own = bookend("libraries", "add", "./points.mjs");
    expect(own).toMatchObject({ status: 0, stderr: "" });
    expect(lock().libraries.map(({ name }) => name)).toEqual([
      "@scope/modern",
      "lacking",
      "plain",
      "points",
      "unlicensed",
    ]);
  });

  test("gets a package by npm that is not installed", () => {
    const { status, stdout, stderr } = bookend(
      "libraries",
      "add",
      "left-pad@1.3.0",
      "--folder",
      "got",
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("left-pad 1.3.0 (WTFPL)");
    expect(readdirSync(join(project, "node_modules"))).not.toContain("left-pad");
  }, 60_000);

  const REFUSED: readonly [what: readonly string[], says: readonly string[]][] = [
    [["native"], ["native has a native addon, ./build/Release/addon.node"]],
    [["compiled"], ["compiled has a native addon, compiled@1.0.0 (its manifest says so)"]],
    [["finds"], ["finds has a native addon, bindings (node_modules/finds/index.js)"]],
    [
      ["breaking"],
      [
        "breaking does not load in an isolate",
        "net: there are no modules of Node (asked for by node_modules/breaking/index.js)",
        "process: there is no process and no environment",
      ],
    ],
    [["missing"], ['missing cannot be bundled: Could not resolve "not-installed-anywhere"']],
    [["endless"], ["endless does not load in an isolate"]],
    [["./none.js"], ["none.js does not load"]],
    [["./other.mjs"], ["other.mjs wants a default export with a name and a function load(world)"]],
    [["A B"], ["A B is neither the name of an npm package nor a path"]],
    [["@scope/modern", "--alias", "plain"], ["@scope/modern is not added: plain in"]],
  ];
  test.each(REFUSED)(
    "refuses %j",
    (what, says) => {
      const before = readFileSync(join(folder, "lock.json"), "utf8");
      const files = readdirSync(folder);
      const { status, stdout, stderr } = bookend("libraries", "add", ...what);
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      for (const text of says) expect(stderr).toContain(text);
      expect(readFileSync(join(folder, "lock.json"), "utf8")).toBe(before);
      expect(readdirSync(folder)).toEqual(files);
    },
    90_000,
  );

  test("adding the same again changes nothing but what it costs", () => {
    const before = readFileSync(join(folder, "plain.js"), "utf8");
    bookend("libraries", "add", "plain", "--alias", "plus");
    expect(readFileSync(join(folder, "plain.js"), "utf8")).toBe(before);
    expect(lock().libraries.filter(({ name }) => name === "plain")).toHaveLength(1);
  });
});

describe("a runtime with an operator's folder", () => {
  const post = async (source: string, tenant?: string) => {
    await using runtime = await createRuntime({ workers: 1, allowlist: { folder } });
    const hook = await runtime.register({ kind: "post", source, tenant });
    return (await hook.call(1)).value;
  };

  const ROWS: readonly [source: string, value: unknown][] = [
    ["(x) => require('plain').add(x, 2)", 3],
    ["(x) => require('plus@1').numbers", [1, 2]],
    ["async (x) => [(await import('@scope/modern')).default(4)]", [8]],
    ["(x) => require('points').of(1, 2).plus(require('pts').of(3, 4))", "tensor"],
    ["(x) => require('lacking').works()", "yes"],
    ["(x) => { try { require('lacking').reads() } catch (e) { return e.message } }", "words"],
    ["(x) => require('numpy').array([1, 2]).sum()", 3],
  ];
  test.each(ROWS)("runs %s", async (source, value) => {
    const got = await post(source);
    if (value === "tensor") {
      expect(got).toMatchObject({ dtype: "float64", shape: [2], data: Float64Array.of(4, 6) });
    } else if (value === "words") {
      expect(got).toBe(
        "fs is a module of Node, and there is none in a hook: readFileSync was asked for",
      );
    } else expect(got).toEqual(value);
  });

  test("refuses a version that is not there, and says what is", async () => {
    await expect(post("(x) => require('plus@2').add(x, 1)")).rejects.toMatchObject({
      code: "LIBRARY_REFUSED",
      at: { line: 1, column: 16 },
      detail: expect.stringContaining("plus, which is plain, is here as 1.2.3"),
    });
  });

  test("puts the operator's library in the place of one that is built in, by any of its names", async () => {
    expect(
      bookend("libraries", "add", "plain", "--alias", "pandas", "--folder", "mine").status,
    ).toBe(0);
    const allowlist = { folder: join(project, "mine") };
    await using runtime = await createRuntime({ workers: 1, allowlist });
    const source = "(x) => [require('pandas').add(x, 1), typeof require('pd').DataFrame]";
    const hook = await runtime.register({ kind: "post", source });
    expect((await hook.call(1)).value).toEqual([2, "function"]);
    const arquero = runtime.describe().libraries.find(({ name }) => name === "arquero");
    expect(arquero?.aliases).not.toContain("pandas");
  });

  test("does not load a bundle that was changed, says which, and runs the others", async () => {
    const config = join(project, "bookend.json");
    writeFileSync(config, JSON.stringify({ workers: 1, allowlist: { folder: "libraries" } }));
    appendFileSync(join(folder, "plain.js"), "\n");
    for (const isolation of ["process", "thread"] as const) {
      await using runtime = await createRuntime({ ...configFrom(config), isolation });
      const bad = runtime.register({ kind: "post", source: "(x) => require('plus').add(x, 1)" });
      const { integrity } = lock().libraries.find(({ name }) => name === "plain") ?? {};
      await expect(bad).rejects.toMatchObject({
        code: "INTERNAL",
        detail: expect.stringContaining(
          `The bundle of plain is not the one of the lock file, and was not loaded: wants ${integrity}`,
        ),
      });
      const source = "(x) => require('@scope/modern')(x)";
      const good = await runtime.register({ kind: "post", source });
      expect((await good.call(21)).value).toBe(42);
    }
  });

  test("says which bundle is not there", async () => {
    rmSync(join(folder, "unlicensed.js"));
    await expect(post("(x) => require('unlicensed').one")).rejects.toMatchObject({
      code: "INTERNAL",
      detail: expect.stringContaining("The bundle of unlicensed is not there"),
    });
  });
});

describe("who may use what", () => {
  const source = (name: string) => `(x) => typeof require("${name}")`;

  test("a list narrows what all may use, and a tenant's own list stands in its place", async () => {
    const allowlist = { libraries: ["numpy", "dayjs"], tenants: { acme: ["lodash"], none: [] } };
    await using runtime = await createRuntime({ workers: 1, allowlist });
    expect(runtime.describe()).toMatchObject({
      libraries: [{ name: "dayjs" }, { name: "numjs" }],
      tenants: { acme: ["lodash"], none: [] },
    });
    const ROWS: readonly [tenant: string | undefined, name: string, detail?: string][] = [
      [undefined, "numjs"],
      ["other", "dayjs"],
      ["acme", "_"],
      [undefined, "lodash", "allowed are dayjs, numjs (or numpy, np)"],
      ["acme", "numjs", "allowed are lodash (or _)"],
      ["none", "numjs", "no library is allowed here"],
    ];
    for (const [tenant, name, detail] of ROWS) {
      const taken = runtime.register({ kind: "post", source: source(name), tenant });
      if (detail === undefined) await (await taken)[Symbol.asyncDispose]();
      else {
        const refused = { code: "LIBRARY_REFUSED", detail: expect.stringContaining(detail) };
        await expect(taken, `${tenant} ${name}`).rejects.toMatchObject(refused);
      }
    }
  });

  const BAD: readonly [allowlist: object, path: string, detail: string][] = [
    [{ libraries: "numjs" }, "allowlist.libraries", "wants a list of names, got numjs"],
    [{ libraries: ["numjs", "left-pad"] }, "allowlist.libraries[1]", "got left-pad"],
    [{ tenants: { acme: ["nope"] } }, "allowlist.tenants.acme[0]", "got nope"],
    [{ tenants: { "a b": [] } }, "allowlist.tenants.a b", "letters, digits"],
    [{ tenants: [] }, "allowlist.tenants", "wants lists by the names of tenants"],
    [{ folder: 7 }, "allowlist.folder", "wants a path, got 7"],
    [{ folder: "no/such/folder" }, "allowlist.folder", "there is no lock.json in"],
    [{ names: [] }, "allowlist.names", "is not an option; there are libraries, tenants, folder"],
  ];
  test.each(BAD)("createRuntime() refuses allowlist %j", async (allowlist, path, detail) => {
    const refused = { code: "BAD_REQUEST", path, detail: expect.stringContaining(detail) };
    await expect(createRuntime({ allowlist })).rejects.toMatchObject(refused);
  });

  test("bookend libraries lists what a tenant may use, as a table and as JSON", () => {
    const config = join(project, "tenants.json");
    const allowlist = { libraries: ["numpy", "dayjs"], tenants: { acme: ["lodash"] } };
    writeFileSync(config, JSON.stringify({ allowlist }));
    const table = bookend("libraries", "--config", config).stdout;
    expect(table).toMatch(/^name +stands in for +version +licence +size +evaluated +woken +heap\n/);
    expect(table).toMatch(
      /^numjs +numpy +0\.16\.1 +MIT +\d+ KiB +[\d.]+ ms +[\d.]+ ms +[\d.]+ MiB$/m,
    );
    expect(table).toContain("    also numpy, np\n");
    const own = join(project, "own.json");
    writeFileSync(own, JSON.stringify({ allowlist: { folder: "libraries" } }));
    const notes = bookend("libraries", "--config", own).stdout;
    expect(notes).toContain("    Adds and counts\n");
    expect(notes).not.toContain("\u001b");
    expect(table).not.toContain("lodash");
    const json = bookend("libraries", "--config", config, "--tenant", "acme", "--json").stdout;
    expect(JSON.parse(json)).toMatchObject({ ok: true, libraries: [{ name: "lodash" }] });
  });

  test("configFrom() refuses what is no file of options", () => {
    const bad = join(project, "bad.json");
    const ROWS: readonly [text: string | undefined, path: string, detail: string][] = [
      [undefined, "", "bad.json, got none"],
      ["{", "", "wants a JSON file at"],
      ["[]", "", "wants options as an object"],
      [
        '{"signal": 1}',
        "signal",
        "is not an option; there are workers, isolation, tenancy, limits, queue",
      ],
    ];
    for (const [text, path, detail] of ROWS) {
      if (text !== undefined) writeFileSync(bad, text);
      const refused = { code: "BAD_REQUEST", path, detail: expect.stringContaining(detail) };
      expect(() => configFrom(bad)).toThrow(expect.objectContaining(refused));
    }
  });
});
