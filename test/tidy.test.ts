// Holds the layout: who may import whom, who holds which power, and how large a thing may grow.

import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";

import { describe, expect, test } from "vitest";

// Which room may import which, bottom room first. A folder of `contract/` is a room of its own.
const MAY_IMPORT: Record<string, readonly string[]> = {
  faults: [],
  limits: ["faults"],
  contract: ["faults", "limits"],
  wire: ["faults", "limits", "contract"],
  guest: ["faults", "limits", "contract", "wire"],
  sandbox: ["faults", "limits", "contract", "wire", "guest"],
  pool: ["faults", "limits", "contract", "wire", "sandbox"],
  library: ["contract", "pool"],
  runtime: ["faults", "limits", "contract", "wire", "pool"],
  hook: ["contract"],
  flow: ["faults", "limits", "contract", "wire", "runtime"],
  doctor: ["faults", "limits", "contract", "wire", "runtime", "flow"],
  server: ["faults", "limits", "contract", "wire", "runtime", "flow"],
  client: ["faults", "limits", "contract", "wire", "runtime", "flow"],
  index: ["faults", "limits", "contract", "runtime", "flow"],
  cli: ["faults", "limits", "contract", "wire", "library", "runtime", "flow", "doctor", "server"],
};

// One keyholder for each power: the files that may import a module, from `src/`.
const KEYHOLDERS: readonly [module: RegExp, holders: RegExp][] = [
  [/^isolated-vm$/, /^sandbox\/isolate\.ts$/],
  [/^piscina$/, /^pool\//],
  // Packages are installed by npm.
  [/^node:child_process$/, /^(pool\/|library\/add\.ts$)/],
  // What a runtime for models blocks, it blocks in a thread of its own.
  [/^node:worker_threads$/, /^(pool\/|flow\/models\/onnx\/(host|thread)\.ts$)/],
  [/^(node:https?|fastify|@fastify\/busboy)$/, /^(server\/http\/|client\/http\.ts$)/],
  [/^node:(net|tls)$/, /^(server\/rpc\/|client\/socket\.ts$)/],
  [/^node:(http2|dgram|dns)$/, /^never$/],
  [/^(pino|prom-client|@opentelemetry\/api)$/, /^server\/telemetry\//],
  [/^node:(vm|v8|inspector|repl)$/, /^never$/],
  [
    /^node:fs(\/promises)?$/,
    /^(sandbox\/(bundles|process|snapshot-process|trial-process)|pool\/(sandbox-process|journal|launch|snapshots)|library\/(add|notices)|runtime\/(allowlist|config)|flow\/models\/(onnx\/file|xgboost\/bytes)|doctor\/processes|server\/(lmdb-file|lmdb-registry|blobs|durable-file|keys|config|serve|rpc\/server)|cli|cli\/input)\.ts$/,
  ],
  [/^lmdb$/, /^server\/lmdb-registry\.ts$/],
  [/^node:sqlite$/, /^server\/file-lock\.ts$/],
  [/^(ajv|ajv\/.*)$/, /^contract\/schema\//],
  [/^(acorn|eslint-scope)$/, /^contract\/source\//],
  [/^onnxruntime-(node|web)$/, /^flow\/models\/onnx\/session\.ts$/],
  [/^esbuild$/, /^library\/bundle\.ts$/],
];

const IMPORT = /(?:from|import)\s*\(?\s*"([^"]+)"/g;
const FILES = globSync("src/**/*.ts", { exclude: ["src/hook.ts"] }).map((path) => ({
  path,
  text: readFileSync(path, "utf8"),
}));

/** The room of `src/pool/worker.ts` is `pool`; the room of `src/faults.ts` is `faults`. */
function roomOf(path: string): string {
  return path.split("/")[1]?.replace(/\.ts$/, "") ?? "";
}

function importsOf(text: string): string[] {
  // Examples in comments import what users import.
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, "");
  return [...code.matchAll(IMPORT)].map(([, target = ""]) => target);
}

/** Lists each import from one room into another that the table does not have. */
function wrongImports(files: readonly { path: string; text: string }[]): string[] {
  return files.flatMap(({ path, text }) =>
    importsOf(text)
      .filter((target) => target.startsWith("."))
      .filter((target) => {
        const [from, to] = [roomOf(path), roomOf(join(dirname(path), target))];
        return from !== to && !MAY_IMPORT[from]?.includes(to);
      })
      .map((target) => `${path} imports ${target}`),
  );
}

function wrongPowers(files: readonly { path: string; text: string }[]): string[] {
  return files.flatMap(({ path, text }) =>
    importsOf(text)
      .filter((target) =>
        KEYHOLDERS.some(
          ([module, holders]) => module.test(target) && !holders.test(path.replace("src/", "")),
        ),
      )
      .map((target) => `${path} imports ${target}`),
  );
}

/** Returns each function with the number of its lines, found by its indentation. */
function functionsOf(text: string): { name: string; lines: number }[] {
  const lines = text.split("\n");
  const found: { name: string; lines: number }[] = [];
  const head =
    /^( *)(?:export )?(?:default )?(?:static )?(?:async )?(?:function\*? |get |set )?(#?[\w$]+)(?:<.*>)?\(.*\{$|^( *)(?:export )?(?:async )?function (\w+).*\($/;
  for (const [start, line] of lines.entries()) {
    const match = head.exec(line);
    const name = match?.[2] ?? match?.[4] ?? "";
    if (!match || /^(if|for|while|switch|catch|describe|test)$/.test(name)) continue;
    const indent = match[1] ?? match[3] ?? "";
    const end = lines.findIndex((one, i) => i > start && one === `${indent}}`);
    if (end > 0) found.push({ name, lines: end - start + 1 });
  }
  return found;
}

describe("rooms", () => {
  test("the table names only rooms above the row, so it has no cycle", () => {
    const above = new Set<string>();
    for (const [room, others] of Object.entries(MAY_IMPORT)) {
      for (const other of others) expect(above, `${room} names ${other}`).toContain(other);
      above.add(room);
    }
  });

  test("every file lies in a room of the table, and imports only what its row names", () => {
    expect(FILES.map(({ path }) => roomOf(path)).filter((room) => !(room in MAY_IMPORT))).toEqual(
      [],
    );
    expect(wrongImports(FILES)).toEqual([]);
  });

  test("each power has its keyholder, and nobody else imports it", () => {
    expect(wrongPowers(FILES)).toEqual([]);
  });

  test("one file speaks HTTP by fetch: that of the models that a server has", () => {
    const speakers = FILES.filter(({ text }) =>
      /\bfetch\(/.test(text.replaceAll(/\/\*[\s\S]*?\*\//g, "")),
    );
    expect(speakers.map(({ path }) => path)).toEqual(["src/flow/models/open-inference/http.ts"]);
  });

  test("nobody reads the environment, and only whole programs a command line", () => {
    const programs = ["process", "snapshot-process", "trial-process"].map(
      (name) => `src/sandbox/${name}.ts`,
    );
    const readersOf = (what: RegExp) =>
      FILES.filter(({ text }) => what.test(text)).map(({ path }) => path);
    expect(readersOf(/process\.argv\b/)).toEqual(["src/cli.ts", ...programs]);
    expect(readersOf(/process\.env\b/)).toEqual([]);
  });

  test("the checks find what they are for", () => {
    const bad = [{ path: "src/wire/x.ts", text: 'import { a } from "../pool/pool.ts";' }];
    expect(wrongImports(bad)).toEqual(["src/wire/x.ts imports ../pool/pool.ts"]);
    const power = [{ path: "src/wire/x.ts", text: 'import ivm from "isolated-vm";' }];
    expect(wrongPowers(power)).toEqual(["src/wire/x.ts imports isolated-vm"]);
    const long = `export function f(): void {\n${"  x();\n".repeat(80)}}`;
    expect(functionsOf(long)).toEqual([{ name: "f", lines: 82 }]);
  });
});

describe("size", () => {
  const functions = FILES.flatMap(({ path, text }) =>
    functionsOf(text).map(({ name, lines }) => ({ name: `${path} ${name}`, lines })),
  );

  test("no function has over 70 lines, and 9 of 10 have at most 30", () => {
    expect(functions.length).toBeGreaterThan(300);
    expect(functions.filter(({ lines }) => lines > 70)).toEqual([]);
    const short = functions.filter(({ lines }) => lines <= 30).length;
    expect(short / functions.length).toBeGreaterThan(0.9);
  });

  test("no file has over 400 lines or a line over 100 columns", () => {
    const long = FILES.filter(({ text }) => text.split("\n").length > 401).map(({ path }) => path);
    expect(long).toEqual([]);
    const wide = FILES.flatMap(({ path, text }) =>
      text.split("\n").flatMap((line, i) => (line.length > 100 ? [`${path}:${i + 1}`] : [])),
    );
    expect(wide).toEqual([]);
  });
});

describe("words", () => {
  const BANNED: readonly [what: string, pattern: RegExp][] = [
    ["any", /\bas any\b|: any[;,)=[]|<any>/],
    ["a suppressed check", /@ts-ignore|@ts-nocheck|oxlint-disable|eslint-disable/],
    ["what was left over", /\b(TODO|FIXME|XXX|HACK)\b/],
    ["TypeScript's private", /^\s*private /m],
    ["an enum or a namespace", /^\s*(export )?(const )?(enum|namespace) /m],
  ];
  test.each(BANNED)("no file holds %s", (_what, pattern) => {
    const code = FILES.filter(({ path }) => path !== "src/hook.ts");
    expect(code.filter(({ text }) => pattern.test(text)).map(({ path }) => path)).toEqual([]);
  });

  test("every file opens with a comment that says what it is", () => {
    const bare = FILES.filter(({ text }) => !/^(#!.*\n)?\/\*\*\n[\s\S]*?@module\n \*\//.test(text));
    expect(bare.map(({ path }) => path)).toEqual([]);
  });
});
