// Registries: one suite over both, a model that knows nothing of either, and what only the one in a
// folder has to hold: restarts, a second process, damage on the disk, and a process that is killed.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import fc from "fast-check";
import { open } from "lmdb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { kept } from "../../src/server/declarations.ts";
import { openRegistry } from "../../src/server/lmdb-registry.ts";
import { MemoryRegistry } from "../../src/server/memory-registry.ts";
import type { Named, Registry, Version } from "../../src/server/registry.ts";
import { until } from "../runtime/processes.ts";

const HOOK: Named = { kind: "hook", tenant: "acme", name: "resize" };
const KEEP = 10;
const sha256 = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest("hex");

/** A version of something that is declared; what is declared decides it. */
function version(declared: unknown, more: Partial<Version> = {}): Version {
  const { bytes, version: digest } = kept(declared);
  return { version: digest, sinceMs: 1_700_000_000_000, declaration: bytes, ...more };
}

/** All of it that can be compared. */
const plain = (one: Version | undefined) =>
  one && { version: one.version, id: one.id, since: one.sinceMs, is: [...one.declaration] };

let folders = "";
beforeAll(() => (folders = mkdtempSync(join(tmpdir(), "bookend-registry-"))));
afterAll(() => rmSync(folders, { recursive: true, force: true }));
let made = 0;
const newFolder = () => join(folders, String(made++));

const MAKERS: readonly [name: string, make: () => Promise<Registry>][] = [
  ["MemoryRegistry", async () => new MemoryRegistry()],
  ["openRegistry()", () => openRegistry(newFolder())],
];

describe.each(MAKERS)("%s", (_name, make) => {
  test("put() keeps a version as it is, and lets the name stand for it", async () => {
    await using registry = await make();
    const [one, two] = [version({ a: 1 }, { id: "f".repeat(64) }), version({ a: 2 })];
    await registry.put(HOOK, one, KEEP);
    await registry.put(HOOK, two, KEEP);
    expect(registry.versions(HOOK).map(plain)).toEqual([plain(one), plain(two)]);
    expect(plain(registry.current(HOOK))).toEqual(plain(two));
  });

  test("put() of a version that is there moves the name to it and changes nothing of it", async () => {
    await using registry = await make();
    const [one, two] = [version(1), version(2)];
    await registry.put(HOOK, one, KEEP);
    await registry.put(HOOK, two, KEEP);
    await registry.put(HOOK, { ...one, sinceMs: 1_800_000_000_000 }, KEEP);
    expect(registry.versions(HOOK).map(plain)).toEqual([plain(one), plain(two)]);
    expect(registry.current(HOOK)?.version).toBe(one.version);
  });

  test.each([
    [3, [2, 3, 4], 4],
    [1, [4], 4],
    [0, [4], 4],
    [9, [0, 1, 2, 3, 4], 4],
  ])("put() with room for %i keeps the youngest", async (keep, left, current) => {
    await using registry = await make();
    for (let i = 0; i < 5; i++) await registry.put(HOOK, version(i), keep);
    const is = (i: number) => version(i).version;
    expect(registry.versions(HOOK).map((one) => one.version)).toEqual(left.map(is));
    expect(registry.current(HOOK)?.version).toBe(is(current));
  });

  test("put() never lets the version go that the name stands for", async () => {
    await using registry = await make();
    for (let i = 0; i < 3; i++) await registry.put(HOOK, version(i), 3);
    await registry.put(HOOK, version(0), 2);
    const left = registry.versions(HOOK).map((one) => one.version);
    expect(left).toEqual([version(0).version, version(2).version]);
    expect(registry.current(HOOK)?.version).toBe(version(0).version);
  });

  test("puts of one turn are all there, in their order", async () => {
    await using registry = await make();
    const all = Array.from({ length: 20 }, (_, i) => version(i));
    await Promise.all(all.map((one) => registry.put(HOOK, one, 7)));
    expect(registry.versions(HOOK).map(plain)).toEqual(all.slice(-7).map(plain));
    await Promise.all([registry.remove(HOOK), registry.put(HOOK, version("last"), 7)]);
    expect(registry.versions(HOOK).map(plain)).toEqual([plain(version("last"))]);
  });

  test("move() lets a name stand for a version that it has, and for no other", async () => {
    await using registry = await make();
    for (const i of [1, 2]) await registry.put(HOOK, version(i), KEEP);
    await registry.move(HOOK, version(1).version);
    expect(registry.current(HOOK)?.version).toBe(version(1).version);
    await registry.move(HOOK, version(3).version);
    expect(registry.current(HOOK)?.version).toBe(version(1).version);
    await registry.move({ ...HOOK, name: "none" }, version(1).version);
    expect(registry.names("hook", "acme")).toEqual(["resize"]);
  });

  test("remove() takes a version, then the name stands for the youngest; or all", async () => {
    await using registry = await make();
    for (const i of [1, 2, 3]) await registry.put(HOOK, version(i), KEEP);
    await registry.move(HOOK, version(1).version);
    await registry.remove(HOOK, version(2).version);
    expect(registry.current(HOOK)?.version).toBe(version(1).version);
    await registry.remove(HOOK, version(1).version);
    expect(registry.current(HOOK)?.version).toBe(version(3).version);
    await registry.remove(HOOK);
    expect([registry.versions(HOOK), registry.current(HOOK)]).toEqual([[], undefined]);
    expect([registry.names("hook", "acme"), registry.tenants()]).toEqual([[], []]);
  });

  test("find() takes a version and an id, the last that was put, of the kind and tenant", async () => {
    await using registry = await make();
    const id = "e".repeat(64);
    const [one, two] = [version(1, { id }), version(2, { id, sinceMs: 1_600_000_000_000 })];
    await registry.put(HOOK, one, KEEP);
    await registry.put({ ...HOOK, name: "other" }, two, KEEP);
    expect(registry.find("hook", "acme", one.version)).toMatchObject({ ...HOOK, id });
    expect(registry.find("hook", "acme", id)).toMatchObject({ name: "other" });
    await registry.remove({ ...HOOK, name: "other" });
    expect(registry.find("hook", "acme", id)).toMatchObject({ name: "resize" });
    expect(registry.find("flow", "acme", id)).toBeUndefined();
    expect(registry.find("hook", "acm", id)).toBeUndefined();
  });

  test("names() and tenants() are in order, and of their own kind", async () => {
    await using registry = await make();
    for (const name of ["b", "a-1", "a", "B"]) {
      await registry.put({ ...HOOK, name }, version(name), KEEP);
    }
    await registry.put({ kind: "flow", tenant: "zeta", name: "b" }, version(1), KEEP);
    expect(registry.names("hook", "acme")).toEqual(["B", "a", "a-1", "b"]);
    expect(registry.names("flow", "acme")).toEqual([]);
    expect(registry.tenants()).toEqual(["acme", "zeta"]);
  });

  test("blob() gives what putBlob() kept under its sha-256", async () => {
    await using registry = await make();
    const bytes = new Uint8Array([1, 2, 3]);
    const hash = await registry.putBlob(bytes);
    // The digest of 01 02 03, from another program.
    expect(hash).toBe("039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81");
    bytes[0] = 9;
    expect(await registry.blob(hash)).toEqual(new Uint8Array([1, 2, 3]));
    expect(await registry.putBlob(new Uint8Array([1, 2, 3]))).toBe(hash);
    expect(await registry.blob("0".repeat(64))).toBeUndefined();
  });
});

// What is done to a registry, and what of it any reader can see.
type Step =
  | { readonly do: "put"; readonly name: string; readonly is: number; readonly keep: number }
  | { readonly do: "move" | "remove"; readonly name: string; readonly is: number }
  | { readonly do: "clear"; readonly name: string }
  | { readonly do: "reopen" };

/** Lists of numbers, and which of each is current: nothing else. */
class Model {
  readonly names = new Map<string, { all: number[]; current: number }>();

  step(step: Step): void {
    if (step.do === "reopen") return;
    const now = this.names.get(step.name);
    if (step.do === "put") {
      const all = now?.all.includes(step.is) ? [...now.all] : [...(now?.all ?? []), step.is];
      while (all.length > step.keep) all.splice(all[0] === step.is ? 1 : 0, 1);
      this.names.set(step.name, { all, current: step.is });
    } else if (now && step.do === "move") {
      if (now.all.includes(step.is)) now.current = step.is;
    } else if (now) {
      now.all = step.do === "clear" ? [] : now.all.filter((one) => one !== step.is);
      if (!now.all.includes(now.current)) now.current = now.all.at(-1) ?? -1;
      if (now.all.length === 0) this.names.delete(step.name);
    }
  }

  seen(): object {
    return Object.fromEntries([...this.names].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }
}

const VERSIONS = Array.from({ length: 6 }, (_, i) => version({ i, text: "x".repeat(50 * i) }));

function seenOf(registry: Registry): object {
  const numberOf = (one: Version | undefined) =>
    VERSIONS.findIndex(({ version: digest }) => digest === one?.version);
  const rows = registry.names("hook", "acme").map((name) => {
    const all = registry.versions({ ...HOOK, name });
    for (const one of all) expect(plain(one)).toEqual(plain(VERSIONS[numberOf(one)]));
    const current = numberOf(registry.current({ ...HOOK, name }));
    return [name, { all: all.map(numberOf), current }];
  });
  return Object.fromEntries(rows);
}

const name = fc.constantFrom("a", "b");
const is = fc.nat(VERSIONS.length - 1);
const steps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant("put"),
        name,
        is,
        keep: fc.integer({ min: 1, max: 4 }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("move", "remove"), name, is }) },
    fc.record({ do: fc.constant("clear"), name }),
    fc.record({ do: fc.constant("reopen") }),
  ) as fc.Arbitrary<Step>,
  { maxLength: 25 },
);

describe.each(["memory", "folder"])("a registry in %s", (where) => {
  test("has what a list of numbers has, whatever is done, and however often it is opened", async () => {
    const property = fc.asyncProperty(steps, async (all) => {
      const folder = newFolder();
      const make = async () => (where === "memory" ? new MemoryRegistry() : openRegistry(folder));
      let registry: Registry = await make();
      const model = new Model();
      for (const step of all) {
        model.step(step);
        if (step.do === "put") {
          const put = VERSIONS[step.is] as Version;
          await registry.put({ ...HOOK, name: step.name }, put, step.keep);
        } else if (step.do === "move") {
          await registry.move({ ...HOOK, name: step.name }, VERSIONS[step.is]?.version ?? "");
        } else if (step.do === "remove") {
          await registry.remove({ ...HOOK, name: step.name }, VERSIONS[step.is]?.version);
        } else if (step.do === "clear") {
          await registry.remove({ ...HOOK, name: step.name });
        } else if (where === "folder") {
          await registry[Symbol.asyncDispose]();
          registry = await make();
        }
        expect(seenOf(registry)).toEqual(model.seen());
      }
      await registry[Symbol.asyncDispose]();
    });
    await fc.assert(property, { numRuns: where === "folder" ? 40 : 100 });
  }, 60_000);
});

describe("openRegistry()", () => {
  test("finds after a restart what was kept, in the order in which it was put", async () => {
    const folder = newFolder();
    const id = "d".repeat(64);
    const all = Array.from({ length: 12 }, (_, i) => version({ i }, { id, sinceMs: 1_000 - i }));
    {
      await using registry = await openRegistry(folder);
      for (const [i, one] of all.entries()) {
        await registry.put({ ...HOOK, name: `n${i % 3}` }, one, KEEP);
      }
      await registry.move({ ...HOOK, name: "n0" }, all[3]?.version ?? "");
    }
    await using registry = await openRegistry(folder);
    const of0 = all.filter((_, i) => i % 3 === 0);
    expect(registry.versions({ ...HOOK, name: "n0" }).map(plain)).toEqual(of0.map(plain));
    expect(plain(registry.current({ ...HOOK, name: "n0" }))).toEqual(plain(all[3]));
    expect(registry.find("hook", "acme", id)?.version).toBe(all[11]?.version);
    await registry.put({ ...HOOK, name: "n0" }, version("later", { id, sinceMs: 1 }), KEEP);
    expect(registry.find("hook", "acme", id)?.version).toBe(version("later").version);
  });

  test("refuses a folder that is open, here and in another process, until its process is gone", async () => {
    const folder = newFolder();
    const refused = {
      code: "BAD_REQUEST",
      path: "data",
      detail: expect.stringContaining("that no other process has open"),
    };
    {
      await using _ = await openRegistry(folder);
      await expect(openRegistry(folder)).rejects.toMatchObject(refused);
    }
    const writer = startWriter(folder);
    expect(await until(() => writer.said.length > 0, 20)).toBe(true);
    await expect(openRegistry(folder)).rejects.toMatchObject(refused);
    writer.child.kill("SIGKILL");
    await writer.ended;
    await using registry = await openRegistry(folder);
    expect(registry.names("hook", "acme").length).toBeGreaterThan(0);
  });

  test.each([
    [
      "text",
      (file: Buffer) => Buffer.from("this is no database".repeat(1_000)).subarray(0, file.length),
    ],
    ["a piece of a page", (file: Buffer) => file.subarray(0, 1_000)],
    ["one page", (file: Buffer) => file.subarray(0, 4_096)],
    ["a second page that is none", (file: Buffer) => file.fill(0, 4_096, 8_192)],
  ])("says what to do about a file of %s, and does not open it", async (_what, change) => {
    const folder = newFolder();
    await (await openRegistry(folder))[Symbol.asyncDispose]();
    const path = join(folder, "registry/data.mdb");
    writeFileSync(path, change(readFileSync(path)));
    const detail = expect.stringMatching(/does not open: .* is no file of LMDB; choose another/);
    await expect(openRegistry(folder)).rejects.toMatchObject({ code: "BAD_REQUEST", detail });
  });

  test("says what to do about a folder that is none", async () => {
    const file = newFolder();
    writeFileSync(file, "a file");
    await expect(openRegistry(file)).rejects.toMatchObject({ code: "BAD_REQUEST", path: "data" });
  });

  test("refuses what another version has written", async () => {
    const folder = newFolder();
    await (await openRegistry(folder))[Symbol.asyncDispose]();
    await damage(folder, "about", (file) => file.putSync("format", Buffer.from("2")));
    const detail = expect.stringContaining("it is of format 2");
    await expect(openRegistry(folder)).rejects.toMatchObject({ code: "BAD_REQUEST", detail });
  });

  test("reports a record that does not read, loads all others, and takes it anew", async () => {
    const folder = newFolder();
    const blob = new Uint8Array([7]);
    {
      await using registry = await openRegistry(folder);
      const model = await registry.putBlob(blob);
      for (const one of ["a", "b", "c"]) {
        await registry.put({ ...HOOK, name: one }, version({ one, sha256: model }), KEEP);
      }
    }
    await damage(folder, "entries", (file) => {
      const record = Buffer.from(file.getBinary(["hook", "acme", "b"]) ?? []);
      record[40] = (record[40] ?? 0) ^ 1;
      file.putSync(["hook", "acme", "b"], record);
      file.putSync(["hook", "acme", "short"], Buffer.from([1]));
    });
    const problems: string[] = [];
    const report = (one: string) => void problems.push(one);
    await using registry = await openRegistry(folder, { report });
    expect(problems).toEqual([
      expect.stringMatching(/^the record of hook\/acme\/b does not read .*: register it again$/),
      expect.stringContaining("hook/acme/short"),
    ]);
    expect(registry.names("hook", "acme")).toEqual(["a", "c"]);
    // Nobody knows what the lost records referred to.
    await registry.remove({ ...HOOK, name: "a" });
    await registry.remove({ ...HOOK, name: "c" });
    expect(await registry.blob(sha256(blob))).toEqual(blob);
    await registry.put({ ...HOOK, name: "b" }, version("anew"), KEEP);
    expect(registry.versions({ ...HOOK, name: "b" }).map(plain)).toEqual([plain(version("anew"))]);
  });

  test.each([
    ["changed", Buffer.from([0xa1, 0x41]), "changed on the disk: register it again"],
    ["gone", undefined, "is gone: register it again"],
  ])(
    "says of a declaration that is %s what to do, and heals when it is put again",
    async (_what, bytes, says) => {
      const folder = newFolder();
      const [one, two] = [version(1), version(2)];
      {
        await using registry = await openRegistry(folder);
        await registry.put(HOOK, one, KEEP);
        await registry.put(HOOK, two, KEEP);
      }
      await damage(folder, "declarations", (file) => {
        const key = ["hook", "acme", "resize", one.version];
        if (bytes) file.putSync(key, bytes);
        else file.removeSync(key);
      });
      await using registry = await openRegistry(folder);
      expect(plain(registry.current(HOOK))).toEqual(plain(two));
      const found = registry.find("hook", "acme", one.version);
      expect(() => found?.declaration).toThrow(says);
      await registry.put(HOOK, one, KEEP);
      expect(plain(registry.find("hook", "acme", one.version))).toEqual(plain(one));
    },
  );

  test("keeps the folder from others: nobody else may look into it", async () => {
    const folder = newFolder();
    await using _ = await openRegistry(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  test("takes nothing more when it is closed; what was asked before is kept", async () => {
    const folder = newFolder();
    const registry = await openRegistry(folder);
    const last = registry.put(HOOK, version("last"), KEEP);
    await registry[Symbol.asyncDispose]();
    await last;
    await expect(registry.put(HOOK, version(2), KEEP)).rejects.toMatchObject({ code: "CLOSED" });
    await using again = await openRegistry(folder);
    expect(again.versions(HOOK).map(plain)).toEqual([plain(version("last"))]);
  });
});

describe("blobs of a folder", () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const hash = sha256(bytes);
  const names = (folder: string) => readdirSync(join(folder, "blobs"));
  const flow = (one: unknown) => version({ stages: [{ model: { onnx: { sha256: one } } }] });

  test("one that no version refers to is removed with the last that did", async () => {
    const folder = newFolder();
    await using registry = await openRegistry(folder);
    await registry.putBlob(bytes);
    await registry.put(HOOK, flow(hash), KEEP);
    await registry.put({ ...HOOK, name: "other" }, flow(hash), KEEP);
    await registry.remove(HOOK);
    expect(names(folder)).toEqual([hash]);
    await registry.remove({ ...HOOK, name: "other" });
    expect(names(folder)).toEqual([]);
    expect(await registry.blob(hash)).toBeUndefined();
  });

  test("one that makes room for younger versions is removed, too", async () => {
    const folder = newFolder();
    await using registry = await openRegistry(folder);
    await registry.putBlob(bytes);
    await registry.put(HOOK, flow(hash), 1);
    await registry.put(HOOK, version("without"), 1);
    expect(names(folder)).toEqual([]);
  });

  test("one that was put and is not referred to yet is spared, for ten minutes", async () => {
    const folder = newFolder();
    let now = 0;
    await using registry = await openRegistry(folder, { clock: () => now });
    await registry.putBlob(bytes);
    await registry.put(HOOK, flow(hash), KEEP);
    await registry.putBlob(bytes);
    await registry.remove(HOOK);
    now = 599_999;
    await registry.put(HOOK, version(1), KEEP);
    expect(names(folder)).toEqual([hash]);
    now = 600_000;
    await registry.put(HOOK, version(2), KEEP);
    expect(names(folder)).toEqual([]);
  });

  test("what nothing refers to is removed at the next start, and so is half of a file", async () => {
    const folder = newFolder();
    const mine = sha256("kept");
    {
      await using registry = await openRegistry(folder);
      await registry.putBlob(bytes);
      await registry.putBlob(Buffer.from("kept"));
      await registry.put(HOOK, flow(mine), KEEP);
    }
    writeFileSync(join(folder, `blobs/.${hash}.0123456789ab.part`), "half");
    await using registry = await openRegistry(folder);
    expect(names(folder)).toEqual([mine]);
    expect(await registry.blob(mine)).toEqual(new Uint8Array(Buffer.from("kept")));
  });

  test("one that changed on the disk is refused, reported, and kept anew", async () => {
    const folder = newFolder();
    const problems: string[] = [];
    await using registry = await openRegistry(folder, { report: (one) => void problems.push(one) });
    await registry.putBlob(bytes);
    await registry.put(HOOK, flow(hash), KEEP);
    writeFileSync(join(folder, "blobs", hash), new Uint8Array([1, 2, 4]));
    const detail = expect.stringContaining("deploy the flow again with the model");
    await expect(registry.blob(hash)).rejects.toMatchObject({ code: "MODEL_FAILED", detail });
    expect(problems).toEqual([detail]);
    expect(await registry.blob(hash)).toBeUndefined();
    await registry.putBlob(bytes);
    expect(await registry.blob(hash)).toEqual(bytes);
  });
});

describe("a process that registers and is killed", () => {
  test("whatever it said was kept is there afterwards, and nothing is half there", async () => {
    const folder = newFolder();
    const said = new Set<string>();
    for (let round = 0; round < 6; round++) {
      const writer = startWriter(folder, round);
      expect(await until(() => writer.said.length > 0, 20)).toBe(true);
      // Any moment will do: within a transaction, between two, in the middle of a blob.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 150));
      writer.child.kill("SIGKILL");
      await writer.ended;
      for (const line of writer.said) said.add(line);
      const problems: string[] = [];
      await using registry = await openRegistry(folder, {
        report: (one) => void problems.push(one),
      });
      for (const line of said) {
        const [called = "", digest, blob = ""] = line.split(" ");
        const named: Named = { ...HOOK, name: called };
        const there = registry.versions(named).find((one) => one.version === digest);
        expect(there && sha256(there.declaration), line).toBe(digest);
        expect(sha256((await registry.blob(blob)) ?? ""), line).toBe(blob);
      }
      // Also what it could not say any more is whole: a version has its text, a name a version.
      for (const called of registry.names("hook", "acme")) {
        const named = { ...HOOK, name: called };
        for (const one of registry.versions(named))
          expect(sha256(one.declaration)).toBe(one.version);
        expect(registry.current(named)?.version).toBe(registry.versions(named).at(-1)?.version);
      }
      expect(readdirSync(join(folder, "blobs")).filter((file) => file.startsWith("."))).toEqual([]);
      expect(problems).toEqual([]);
    }
    expect(said.size).toBeGreaterThan(6);
  }, 120_000);
});

interface Writer {
  readonly child: ReturnType<typeof spawn>;
  /** Each line: a name, a version, a blob that it refers to. */
  readonly said: string[];
  readonly ended: Promise<void>;
}

/** A process that registers for as long as it lives. */
function startWriter(folder: string, round = 0): Writer {
  const program = join(import.meta.dirname, "registry-writer.ts");
  const args = ["--no-warnings", program, folder, String(round)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const said: string[] = [];
  let rest = "";
  child.stdout.on("data", (part: Buffer) => {
    const lines = `${rest}${part.toString()}`.split("\n");
    rest = lines.pop() ?? "";
    said.push(...lines);
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return { child, said, ended };
}

/** Changes a file behind the back of the registry. */
async function damage(
  folder: string,
  database: string,
  change: (file: ReturnType<ReturnType<typeof open<Buffer>>["openDB"]>) => void,
): Promise<void> {
  const root = open<Buffer>({ path: join(folder, "registry"), encoding: "binary", maxDbs: 4 });
  change(root.openDB({ name: database, encoding: "binary" }) as never);
  await root.close();
}
