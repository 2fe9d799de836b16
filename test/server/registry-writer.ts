// A process that registers for as long as it lives, and says of each version that it is kept. It is
// for tests that kill it.

import { randomBytes } from "node:crypto";
import { writeSync } from "node:fs";

import { kept } from "../../src/server/declarations.ts";
import { openRegistry } from "../../src/server/lmdb-registry.ts";

const [, , folder = "", round = "0"] = process.argv;
const registry = await openRegistry(folder);

for (let i = 0; ; i++) {
  // Each name gets two versions; one in three models is large enough to be caught in the middle.
  const name = `n${round}-${Math.floor(i / 2)}`;
  const blob = await registry.putBlob(randomBytes(i % 3 === 0 ? 2_000_000 : 1_000));
  const { bytes, version } = kept({ i, round, text: "x".repeat(i * 100), model: { sha256: blob } });
  const entry = { version, sinceMs: Date.now(), declaration: bytes };
  await registry.put({ kind: "hook", tenant: "acme", name }, entry, 10);
  writeSync(1, `${name} ${version} ${blob}\n`);
}
