/**
 * A registry in a folder, which outlives its process.
 *
 * ```
 * registry/   LMDB: a record for each name (its versions and the one it stands for), and one for
 *             each declaration
 * blobs/      models, each under its sha-256
 * lock        of the process that has the folder
 * ```
 *
 * What is asked for is answered from an index in memory. It holds no declarations: those are read
 * when a hook or a flow is made live, so a tenant's texts take no memory of the server.
 *
 * All writes of one turn of the event loop are one transaction, which is on the disk before the
 * index knows of it and before anybody is told. The transaction is a synchronous one: of LMDB's
 * transactions in the background, those with a callback do not end under this Node, and the others
 * reject promises that nobody can get at when the disk is full, which would end the server.
 *
 * Every record carries its sha-256. One that does not read is reported and left as it is; all
 * others are loaded.
 *
 * @module
 */

import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { type Database, open, type RootDatabase } from "lmdb";

import { Refusal } from "../faults.ts";
import { Blobs } from "./blobs.ts";
import { lockFile } from "./file-lock.ts";
import { lookAt } from "./lmdb-file.ts";
import type { Named, Registered, Registry, Version } from "./registry.ts";
import { type Change, moving, putting, RegistryIndex, removing } from "./registry-index.ts";
import {
  digestOf,
  entryFrom,
  type KeptEntry,
  type KeptSlot,
  recordOf,
  referredIn,
} from "./registry-records.ts";

/** How a registry is opened. */
export interface RegistryOptions {
  /** Told of what does not read, in a sentence that says what to do. */
  readonly report?: ((problem: string) => void) | undefined;
  /** Milliseconds, from anywhere on. */
  readonly clock?: (() => number) | undefined;
}

/** What this version writes and reads. */
const FORMAT = "1";

/**
 * Opens the registry in a folder, which is made if it is not there.
 *
 * @throws {Refusal} `BAD_REQUEST` when another process has the folder, or what is in it is of
 * another version or cannot be read at all.
 *
 * @example
 * ```ts
 * await using registry = await openRegistry("bookend-data", { report: console.error });
 * ```
 */
export async function openRegistry(
  folder: string,
  options: RegistryOptions = {},
): Promise<Registry> {
  const { report = () => undefined, clock = () => performance.now() } = options;
  await using held = new AsyncDisposableStack();
  const file = tried(folder, () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    held.use(lockFolder(folder));
    const problem = lookAt(join(folder, "registry", "data.mdb"));
    if (problem !== undefined) report(problem);
    return held.adopt(openRoot(folder), (root) => root.close());
  });
  const blobs = tried(folder, () => new Blobs(join(folder, "blobs"), clock));
  return new LmdbRegistry({ file, blobs, report, held: held.move() });
}

interface Parts {
  readonly file: RootDatabase<Buffer>;
  readonly blobs: Blobs;
  readonly report: (problem: string) => void;
  /** What is given back at the end. */
  readonly held: AsyncDisposable;
}

/** A change that waits for the end of the turn. */
interface Write {
  readonly named: Named;
  readonly change: Change<KeptSlot>;
  readonly put?: { readonly slot: KeptSlot; readonly declaration: Uint8Array } | undefined;
  readonly settled: PromiseWithResolvers<void>;
}

/** What the writes of a turn make of a name. */
interface Draft {
  readonly named: Named;
  readonly before: KeptEntry | undefined;
  after: KeptEntry | undefined;
}

/** Keeps all in a folder. */
class LmdbRegistry implements Registry {
  readonly #parts: Parts;
  readonly #entries: Database<Buffer>;
  readonly #declarations: Database<Buffer>;
  readonly #index = new RegistryIndex<KeptSlot>();
  readonly #isWhole: boolean;
  #sequence = 0;
  #waiting: Write[] = [];
  #isClosed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#entries = parts.file.openDB({ name: "entries", encoding: "binary" });
    this.#declarations = parts.file.openDB({ name: "declarations", encoding: "binary" });
    this.#isWhole = this.#load();
    this.#sweep();
  }

  versions(named: Named): readonly Version[] {
    return this.#index.versions(named);
  }

  current(named: Named): Version | undefined {
    return this.#index.current(named);
  }

  names(kind: Registered, tenant: string): readonly string[] {
    return this.#index.names(kind, tenant);
  }

  find(kind: Registered, tenant: string, version: string): (Named & Version) | undefined {
    return this.#index.find(kind, tenant, version);
  }

  tenants(): readonly string[] {
    return this.#index.tenants();
  }

  async put({ kind, tenant, name }: Named, version: Version, keep: number): Promise<void> {
    const { declaration, ...rest } = version;
    const named: Named = { kind, tenant, name };
    const about = { sha256: digestOf(declaration), blobs: referredIn(declaration) };
    const slot = this.#slot(named, { ...rest, ...about, sequence: this.#sequence++ });
    await this.#write(named, putting(named, slot, keep), { slot, declaration });
  }

  async move(named: Named, version: string): Promise<void> {
    await this.#write(named, moving(version));
  }

  async remove(named: Named, version?: string): Promise<void> {
    await this.#write(named, removing(version));
  }

  putBlob(bytes: Uint8Array): Promise<string> {
    return this.#parts.blobs.put(bytes);
  }

  async blob(hash: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      return await this.#parts.blobs.get(hash);
    } catch (error) {
      if (error instanceof Refusal) this.#parts.report(error.detail);
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#commit();
    this.#isClosed = true;
    this.#index.clear();
    await this.#parts.held[Symbol.asyncDispose]();
  }

  /** Returns whether every record was read. */
  #load(): boolean {
    let isWhole = true;
    for (const { key, value } of this.#entries.getRange()) {
      const place = Array.isArray(key) ? key.join("/") : String(key);
      try {
        const entry = entryFrom(value, (named, about) => this.#slot(named, about));
        this.#index.set(entry.named, entry);
        for (const { sequence } of entry.slots) {
          this.#sequence = Math.max(this.#sequence, sequence + 1);
        }
      } catch (error) {
        isWhole = false;
        const why = (error as Error).message;
        this.#parts.report(`the record of ${place} does not read (${why}): register it again`);
      }
    }
    return isWhole;
  }

  #slot(named: Named, about: Omit<KeptSlot, "version"> & Omit<Version, "declaration">): KeptSlot {
    const { sequence, sha256, blobs, version, id, sinceMs } = about;
    const read = () => this.#declaration(named, version, sha256);
    const lazy: Version = {
      ...{ version, id, sinceMs },
      get declaration() {
        return read();
      },
    };
    return { sequence, sha256, blobs, version: lazy };
  }

  #declaration(named: Named, version: string, sha256: string): Uint8Array {
    const bytes = this.#declarations.getBinary([...keyOf(named), version]);
    if (bytes && digestOf(bytes) === sha256) return bytes;
    const { kind, tenant, name } = named;
    const what = `the declaration of ${kind} ${name} of tenant ${tenant}, version ${version}`;
    const detail = `${what}, ${bytes ? "changed on the disk" : "is gone"}: register it again`;
    this.#parts.report(detail);
    throw new Refusal("INTERNAL", kind, detail);
  }

  #write(named: Named, change: Change<KeptSlot>, put?: Write["put"]): Promise<void> {
    if (this.#isClosed) throw new Refusal("CLOSED", "", "the registry is closed");
    if (this.#waiting.length === 0) setImmediate(() => this.#commit());
    const settled = Promise.withResolvers<void>();
    this.#waiting.push({ named, change, put, settled });
    return settled.promise;
  }

  #commit(): void {
    const writes = this.#waiting;
    this.#waiting = [];
    if (writes.length === 0) return;
    const drafts = new Map<string, Draft>();
    for (const { named, change } of writes) {
      const key = keyOf(named).join("/");
      const before = this.#index.get(named);
      const draft = drafts.get(key) ?? { named, before, after: before };
      draft.after = change(draft.after);
      drafts.set(key, draft);
    }
    try {
      this.#parts.file.transactionSync(() => {
        for (const draft of drafts.values()) this.#store(draft);
        for (const { named, put } of writes) {
          if (put && this.#isKept(put.slot, drafts.get(keyOf(named).join("/"))?.after)) {
            const key = [...keyOf(named), put.slot.version.version];
            this.#declarations.putSync(key, asBuffer(put.declaration));
          }
        }
      });
    } catch (error) {
      const detail = `could not keep it: ${(error as Error).message}; is there room on the disk?`;
      const refusal = new Refusal("INTERNAL", "", detail, undefined, { cause: error });
      for (const { settled } of writes) settled.reject(refusal);
      return;
    }
    for (const { named, after } of drafts.values()) this.#index.set(named, after);
    for (const { put } of writes) this.#parts.blobs.referred(put?.slot.blobs ?? []);
    this.#sweep();
    for (const { settled } of writes) settled.resolve();
  }

  #store({ named, before, after }: Draft): void {
    const key = keyOf(named);
    if (after) this.#entries.putSync(key, recordOf(after));
    else this.#entries.removeSync(key);
    const left = new Set(after?.slots.map(({ version }) => version.version));
    for (const { version } of before?.slots ?? []) {
      if (!left.has(version.version)) this.#declarations.removeSync([...key, version.version]);
    }
  }

  /** Also of a version that is there already: its declaration may be what does not read. */
  #isKept({ sha256, version }: KeptSlot, after: KeptEntry | undefined): boolean {
    const slot = after?.slots.find((one) => one.version.version === version.version);
    return slot?.sha256 === sha256;
  }

  /** What a record refers to that did not read, nobody knows: then all blobs are left. */
  #sweep(): void {
    if (!this.#isWhole) return;
    this.#parts.blobs.sweep(() => {
      const slots = [...this.#index.entries()].flatMap((entry) => entry.slots);
      return new Set(slots.flatMap(({ blobs }) => blobs));
    });
  }
}

function lockFolder(folder: string): Disposable {
  const lock = lockFile(join(folder, "lock"));
  if (lock) return lock;
  const wants = `wants a folder that no other process has open, got ${folder}, which one has`;
  throw new Refusal("BAD_REQUEST", "data", `${wants}: end that process, or choose another folder`);
}

function openRoot(folder: string): RootDatabase<Buffer> {
  const root = open<Buffer>({
    path: join(folder, "registry"),
    ...{ encoding: "binary", maxDbs: 4 },
    // A transaction that has ended is on the disk: nothing of it is written in the background.
    overlappingSync: false,
  });
  const about = root.openDB<string>({ name: "about", encoding: "string" });
  const format = about.get("format");
  if (format === undefined) about.putSync("format", FORMAT);
  if (format === undefined || format === FORMAT) return root;
  void root.close();
  throw new Error(`it is of format ${format}, and this version of Bookend reads ${FORMAT}`);
}

function tried<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const wants = `wants a folder of a registry, got ${folder}, which does not open`;
    const detail = `${wants}: ${(error as Error).message}; choose another, or put its backup back`;
    throw new Refusal("BAD_REQUEST", "data", detail, undefined, { cause: error });
  }
}

function keyOf({ kind, tenant, name }: Named): string[] {
  return [kind, tenant, name];
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
