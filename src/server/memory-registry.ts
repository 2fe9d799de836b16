/**
 * A registry that lasts as long as its process: for tests, and for servers that are told to forget.
 *
 * @module
 */

import { createHash } from "node:crypto";

import type { Named, Registered, Registry, Version } from "./registry.ts";
import {
  type Change,
  moving,
  putting,
  RegistryIndex,
  removing,
  type Slot,
} from "./registry-index.ts";

/** Keeps all in memory. */
export class MemoryRegistry implements Registry {
  readonly #index = new RegistryIndex();
  readonly #blobs = new Map<string, Uint8Array<ArrayBuffer>>();
  #sequence = 0;

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

  async put(named: Named, version: Version, keep: number): Promise<void> {
    const { kind, tenant, name } = named;
    const slot = { sequence: this.#sequence++, version };
    this.#change(named, putting({ kind, tenant, name }, slot, keep));
  }

  async move(named: Named, version: string): Promise<void> {
    this.#change(named, moving(version));
  }

  async remove(named: Named, version?: string): Promise<void> {
    this.#change(named, removing(version));
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
    this.#index.clear();
    this.#blobs.clear();
  }

  #change(named: Named, change: Change<Slot>): void {
    this.#index.set(named, change(this.#index.get(named)));
  }
}
