/**
 * A registry that lasts as long as its process: for tests, and for servers that are told to forget.
 *
 * @module
 */

import { createHash } from "node:crypto";

import type { Named, Registered, Registry, Version } from "./registry.ts";

interface Entry {
  readonly named: Named;
  versions: Version[];
  current: string;
}

/** Keeps all in memory. */
export class MemoryRegistry implements Registry {
  readonly #entries = new Map<string, Entry>();
  readonly #blobs = new Map<string, Uint8Array<ArrayBuffer>>();

  versions(named: Named): readonly Version[] {
    return this.#entries.get(keyOf(named))?.versions ?? [];
  }

  current(named: Named): Version | undefined {
    const entry = this.#entries.get(keyOf(named));
    return entry?.versions.find(({ version }) => version === entry.current);
  }

  names(kind: Registered, tenant: string): readonly string[] {
    return this.#of(kind, tenant)
      .map(({ named }) => named.name)
      .toSorted();
  }

  find(kind: Registered, tenant: string, version: string): (Named & Version) | undefined {
    const all = this.#of(kind, tenant).flatMap(({ named, versions }) =>
      versions.map((one) => ({ ...named, ...one })),
    );
    const isIt = (one: Version) => one.version === version || one.id === version;
    return all.toSorted((a, b) => a.sinceMs - b.sinceMs).findLast(isIt);
  }

  tenants(): readonly string[] {
    return [...new Set([...this.#entries.values()].map(({ named }) => named.tenant))].toSorted();
  }

  async put(named: Named, version: Version, keep: number): Promise<void> {
    const key = keyOf(named);
    const entry = this.#entries.get(key) ?? { named, versions: [], current: "" };
    this.#entries.set(key, entry);
    const isThere = entry.versions.some((one) => one.version === version.version);
    if (!isThere) entry.versions = [...entry.versions, version];
    entry.current = version.version;
    while (entry.versions.length > Math.max(1, keep)) {
      const oldest = entry.versions.find((one) => one.version !== entry.current);
      entry.versions = entry.versions.filter((one) => one !== oldest);
    }
  }

  async move(named: Named, version: string): Promise<void> {
    const entry = this.#entries.get(keyOf(named));
    if (entry?.versions.some((one) => one.version === version)) entry.current = version;
  }

  async remove(named: Named, version?: string): Promise<void> {
    const key = keyOf(named);
    const entry = this.#entries.get(key);
    if (!entry) return;
    entry.versions = entry.versions.filter(
      (one) => version !== undefined && one.version !== version,
    );
    const youngest = entry.versions.at(-1);
    if (!youngest) this.#entries.delete(key);
    else if (entry.current === version) entry.current = youngest.version;
  }

  async putBlob(bytes: Uint8Array): Promise<string> {
    const hash = createHash("sha256").update(bytes).digest("hex");
    if (!this.#blobs.has(hash)) this.#blobs.set(hash, new Uint8Array(bytes));
    return hash;
  }

  async blob(hash: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#blobs.get(hash);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#entries.clear();
    this.#blobs.clear();
  }

  #of(kind: Registered, tenant: string): Entry[] {
    return [...this.#entries.values()].filter(
      ({ named }) => named.kind === kind && named.tenant === tenant,
    );
  }
}

function keyOf({ kind, tenant, name }: Named): string {
  return `${kind}/${tenant}/${name}`;
}
