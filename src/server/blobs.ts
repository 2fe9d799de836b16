/**
 * Large bytes, which is models, as files that are named by their sha-256.
 *
 * A blob is kept as long as something refers to it. It is put before what refers to it is, so
 * between the two it has to be spared: for each time that it was put, until it is referred to or
 * {@link SPARED_MS} have passed.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";

import { Refusal } from "../faults.ts";
import { isPart, writeDurably } from "./durable-file.ts";

/** Longer than a flow takes to be deployed, however large its models are. */
const SPARED_MS = 600_000;
/** A slice of this takes a few milliseconds to hash. */
const SLICE_BYTES = 4 * 2 ** 20;
const HASH = /^[0-9a-f]{64}$/;

interface Spared {
  readonly puts: number;
  readonly untilMs: number;
}

/** A folder of blobs. */
export class Blobs {
  readonly #folder: string;
  readonly #clock: () => number;
  readonly #known: Set<string>;
  readonly #spared = new Map<string, Spared>();

  /**
   * Opens a folder, which is made if it is not there, and clears away what was half written.
   *
   * @param clock Milliseconds, from anywhere on.
   */
  constructor(folder: string, clock: () => number) {
    this.#folder = folder;
    this.#clock = clock;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const names = readdirSync(folder);
    for (const name of names.filter(isPart)) rmSync(join(folder, name), { force: true });
    this.#known = new Set(names.filter((name) => HASH.test(name)));
  }

  /** Keeps bytes, which are lent until it settles; then they are on the disk. */
  async put(bytes: Uint8Array): Promise<string> {
    const hash = await digestOf(bytes);
    const puts = (this.#spared.get(hash)?.puts ?? 0) + 1;
    this.#spared.set(hash, { puts, untilMs: this.#clock() + SPARED_MS });
    if (this.#known.has(hash)) return hash;
    await writeDurably(this.#path(hash), bytes, 0o600);
    this.#known.add(hash);
    return hash;
  }

  /**
   * Returns the bytes of a sha-256, the caller's own, or nothing when there are none.
   *
   * @throws {Refusal} `MODEL_FAILED` when they are not any more what was kept.
   */
  async get(hash: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (!this.#known.has(hash)) return undefined;
    const path = this.#path(hash);
    const bytes = new Uint8Array(await readFile(path));
    const got = await digestOf(bytes);
    if (got === hash) return bytes;
    // Put aside, so that whoever deploys the same model again writes it anew.
    this.#known.delete(hash);
    await rename(path, `${path}.bad`);
    const detail = `its file changed on the disk (blobs/${hash}, now of sha-256 ${got})`;
    throw new Refusal("MODEL_FAILED", "", `${detail}: deploy the flow again with the model`);
  }

  /** Something refers to these now. */
  referred(hashes: readonly string[]): void {
    for (const hash of hashes) {
      const spared = this.#spared.get(hash);
      if (!spared) continue;
      if (spared.puts > 1) this.#spared.set(hash, { ...spared, puts: spared.puts - 1 });
      else this.#spared.delete(hash);
    }
  }

  /** Takes away what nothing refers to, and what is not spared. */
  sweep(referred: () => ReadonlySet<string>): void {
    const now = this.#clock();
    for (const [hash, { untilMs }] of this.#spared) {
      if (untilMs <= now) this.#spared.delete(hash);
    }
    if (this.#known.size === 0) return;
    const kept = referred();
    for (const hash of this.#known) {
      if (kept.has(hash) || this.#spared.has(hash)) continue;
      this.#known.delete(hash);
      // In the same turn as the look at what is spared: nobody can put it in between.
      rmSync(this.#path(hash), { force: true });
    }
  }

  #path(hash: string): string {
    return join(this.#folder, hash);
  }
}

/** In slices: a large model does not hold up the calls of others. */
async function digestOf(bytes: Uint8Array): Promise<string> {
  const hash = createHash("sha256");
  for (let at = 0; at < bytes.byteLength; at += SLICE_BYTES) {
    if (at > 0) await setImmediate();
    hash.update(bytes.subarray(at, at + SLICE_BYTES));
  }
  return hash.digest("hex");
}
