// API keys: what a file of them holds, who is found by one, and what a server sees of a change.

import { createHash } from "node:crypto";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { keyFrom, keysFrom, keyText, newKey } from "../../src/server/key-file.ts";
import { addKey, Keys, readKeys, revokeKey } from "../../src/server/keys.ts";
import { until } from "../runtime/processes.ts";

const NOW = Date.parse("2026-11-25T10:00:00.000Z");
const DAY_MS = 86_400_000;

let folder = "";
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "bookend-keys-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let made = 0;
const newPath = () => join(folder, `keys-${made++}.json`);

describe("addKey()", () => {
  test("gives a key once, and keeps of its secret the SHA-256 alone, for its owner alone", async () => {
    const path = newPath();
    const options = { tenant: "acme", name: "ci", calls: 7, expiresMs: 90 * DAY_MS };
    const { key, row } = await addKey(path, options, NOW);
    expect(key).toMatch(/^bk_[a-z2-7]{12}_[A-Za-z0-9_-]{43}$/);
    const [id, secret] = [key.slice(3, 15), key.slice(16)];
    expect(Buffer.from(secret, "base64url").length).toBe(32);
    const sha256 = createHash("sha256").update(secret).digest("hex");
    const since = "2026-11-25T10:00:00.000Z";
    const expires = "2027-02-23T10:00:00.000Z";
    const wanted = { id, tenant: "acme", name: "ci", calls: 7, since, expires, sha256 };
    expect(row).toEqual(wanted);
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({ keys: [wanted] });
    expect(readFileSync(path, "utf8")).not.toContain(secret);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("keeps all, however many are added at once", async () => {
    const path = newPath();
    const all = await Promise.all(
      Array.from({ length: 8 }, (_, i) => addKey(path, { tenant: `t${i}` }, NOW)),
    );
    const ids = readKeys(path).map(({ id }) => id);
    expect(ids.toSorted()).toEqual(all.map(({ row }) => row.id).toSorted());
    const others = readdirSync(folder).filter((name) => name.includes(".part"));
    expect(others).toEqual([]);
  });

  test.each([
    [{ tenant: "a/b" }, "tenant", "wants 1 to 64 letters"],
    [{ tenant: "a", name: "x".repeat(65) }, "name", "wants at most 64 characters"],
    [{ tenant: "a", name: "\u001b[2J" }, "name", "without controls"],
    [{ tenant: "a", calls: 0 }, "calls", "from 1 to 100000, got 0"],
    [{ tenant: "a", calls: 1.5 }, "calls", "got 1.5"],
  ])("refuses %j", async (options, path, detail) => {
    const refused = { code: "BAD_REQUEST", path, detail: expect.stringContaining(detail) };
    await expect(addKey(newPath(), options, NOW)).rejects.toMatchObject(refused);
  });

  test("leaves a file alone that is none of keys", async () => {
    const path = newPath();
    writeFileSync(path, "{}");
    const detail = expect.stringContaining(`${path}, at keys: wants a list`);
    await expect(addKey(path, { tenant: "a" }, NOW)).rejects.toMatchObject({ detail });
    expect(readFileSync(path, "utf8")).toBe("{}");
  });
});

describe("revokeKey()", () => {
  test("takes one key out, and says which there are when there is no such one", async () => {
    const path = newPath();
    const [a, b] = [
      await addKey(path, { tenant: "a" }, NOW),
      await addKey(path, { tenant: "b" }, NOW),
    ];
    expect(await revokeKey(path, a.row.id)).toEqual(a.row);
    expect(readKeys(path)).toEqual([b.row]);
    const detail = expect.stringContaining(`there are ${b.row.id}; got ${a.row.id}`);
    await expect(revokeKey(path, a.row.id)).rejects.toMatchObject({ path: "id", detail });
  });
});

describe("keysFrom()", () => {
  const row = { id: "a".repeat(12), tenant: "t", since: "2026-11-25", sha256: "0".repeat(64) };
  test.each<[name: string, text: string, path: string]>([
    ["no JSON", "{", ""],
    ["a list", "[]", ""],
    ["another key", '{"keys":[],"more":1}', "more"],
    ["a dict of keys", '{"keys":{}}', "keys"],
    ["a text in the place of a key", '{"keys":["a"]}', "keys[0]"],
    ["an id twice", JSON.stringify({ keys: [row, row] }), "keys"],
    ["a short id", JSON.stringify({ keys: [{ ...row, id: "a" }] }), "keys[0].id"],
    ["no tenant", JSON.stringify({ keys: [{ ...row, tenant: undefined }] }), "keys[0].tenant"],
    ["a short hash", JSON.stringify({ keys: [{ ...row, sha256: "00" }] }), "keys[0].sha256"],
    ["no time", JSON.stringify({ keys: [{ ...row, since: "soon" }] }), "keys[0].since"],
    ["an end that is none", JSON.stringify({ keys: [{ ...row, expires: 5 }] }), "keys[0].expires"],
    ["more fields", JSON.stringify({ keys: [{ ...row, admin: true }] }), "keys[0].admin"],
  ])("refuses %s", (_name, text, path) => {
    expect(() => keysFrom(text)).toThrow(expect.objectContaining({ code: "BAD_REQUEST", path }));
  });
});

describe("Keys", () => {
  async function open(more: object = {}) {
    const path = newPath();
    const { key, row } = await addKey(path, { tenant: "acme", ...more }, NOW);
    let now = NOW;
    const keys = new Keys(path, () => now);
    return { path, key, row, keys, at: (ms: number) => (now = ms) };
  }

  test("finds a key, and nothing that differs from it in one character", async () => {
    const { keys, key, row } = await open();
    using _ = keys;
    expect(keys.find(key)).toEqual(row);
    const property = fc.property(
      fc.nat(key.length - 1),
      fc.constantFrom(..."abcxyzABC0129_- "),
      (at, character) => {
        const other = `${key.slice(0, at)}${character}${key.slice(at + 1)}`;
        expect(keys.find(other)).toEqual(other === key ? row : undefined);
      },
    );
    fc.assert(property, { numRuns: 500 });
  });

  test.each<[name: string, change: (key: string) => string]>([
    ["nothing", () => ""],
    ["the id alone", (key) => key.slice(0, 15)],
    ["no secret", (key) => key.slice(0, 16)],
    ["the key and more", (key) => `${key}A`],
    ["the key twice", (key) => `${key}${key}`],
    ["space around it", (key) => ` ${key} `],
    ["a line feed behind it", (key) => `${key}\n`],
    ["ten megabytes", (key) => key.repeat(180_000)],
    ["a secret of another", (key) => `${key.slice(0, 16)}${newKey().secret}`],
    ["an id of nobody", (key) => keyText({ id: newKey().id, secret: key.slice(16) })],
  ])("finds nobody by %s", async (_name, change) => {
    const { keys, key } = await open();
    using _ = keys;
    expect(keys.find(change(key))).toBeUndefined();
  });

  test("finds nobody by the secret whose hash stands in for those who are not there", async () => {
    const { keys } = await open();
    using _ = keys;
    expect(keys.find("nobody")).toBeUndefined();
    expect(keys.find("bk_aaaaaaaaaaaa_nobody")).toBeUndefined();
  });

  test("a key ends when it is said to, and counts until then", async () => {
    const { keys, key, row, at } = await open({ expiresMs: DAY_MS });
    using _ = keys;
    at(NOW + DAY_MS - 1);
    expect([keys.find(key)?.id, keys.has(row.id), keys.size]).toEqual([row.id, true, 1]);
    at(NOW + DAY_MS);
    expect([keys.find(key), keys.has(row.id), keys.size]).toEqual([undefined, false, 0]);
  });

  test("sees by itself that a key was added, and that one was revoked", async () => {
    const { keys, path, key, row } = await open();
    using _ = keys;
    const { key: later } = await addKey(path, { tenant: "later" }, NOW);
    expect(await until(() => keys.find(later)?.tenant === "later")).toBe(true);
    await revokeKey(path, row.id);
    expect(await until(() => !keys.has(row.id))).toBe(true);
    expect(keys.find(key)).toBeUndefined();
    expect(keys.find(later)?.tenant).toBe("later");
  });

  test("stays as it was when a file does not read any more, and says so", async () => {
    const { keys, path, key, row } = await open();
    using _ = keys;
    const problems: string[] = [];
    keys.tell((problem) => void problems.push(problem));
    const text = readFileSync(path, "utf8");
    writeFileSync(path, "{ half of it");
    keys.look();
    expect(keys.find(key)).toEqual(row);
    expect(problems).toEqual([
      expect.stringContaining(`stay as they were: wants a file of keys at`),
    ]);
    writeFileSync(path, text.replace('"acme"', '"other"'));
    keys.look();
    expect(keys.find(key)?.tenant).toBe("other");
  });

  test("has no keys any more when the file is gone", async () => {
    const { keys, path, key } = await open();
    using _ = keys;
    unlinkSync(path);
    keys.look();
    expect([keys.find(key), keys.size]).toEqual([undefined, 0]);
  });
});

test("newKey() gives keys that keyFrom() reads, none of them twice", () => {
  const all = Array.from({ length: 500 }, newKey);
  for (const one of all) expect(keyFrom(keyText(one))).toEqual(one);
  expect(new Set(all.map(({ id }) => id)).size).toBe(500);
  const letters = new Set(all.flatMap(({ id }) => [...id]));
  expect([...letters].toSorted().join("")).toBe("234567abcdefghijklmnopqrstuvwxyz");
});
