/**
 * What was registered and deployed, so that a restart loses none of it: versions by content hash,
 * and for each name the one that it stands for.
 *
 * Reads are at once, because every call makes one; a write is durable when its promise settles.
 * Two makers (`memory-registry.ts`, `lmdb-registry.ts`) pass one suite.
 *
 * @module
 */

/** Hooks and flows have names of their own. */
export type Registered = "hook" | "flow";

/** Where a name is. */
export interface Named {
  readonly kind: Registered;
  readonly tenant: string;
  readonly name: string;
}

/** One version of a name. */
export interface Version {
  /** 64 hexadecimal digits: what was declared decides them. */
  readonly version: string;
  /** Another name of the same, where it has one: of a hook the sha-256 of its text. */
  readonly id?: string | undefined;
  /** When it was put there first, in milliseconds since 1970. */
  readonly sinceMs: number;
  /** What was declared: plain data, as MessagePack of `wire/PROTOCOL.md`. Not to be changed. */
  readonly declaration: Uint8Array;
}

/** Versions and aliases. */
export interface Registry extends AsyncDisposable {
  /** Returns the versions of a name, oldest first; none when there is no such name. */
  versions(named: Named): readonly Version[];
  /** Returns the version that a name stands for. */
  current(named: Named): Version | undefined;
  /** Returns the names of a tenant, in order. */
  names(kind: Registered, tenant: string): readonly string[];
  /** Returns where a version is, or what has it as its id: the one that was put there last. */
  find(kind: Registered, tenant: string, version: string): (Named & Version) | undefined;
  /** Returns the tenants that have anything. */
  tenants(): readonly string[];
  /**
   * Puts a version there, if it is not, and lets the name stand for it: both or neither.
   *
   * @param keep How many versions of the name are kept: the oldest make room, never the current.
   */
  put(named: Named, version: Version, keep: number): Promise<void>;
  /** Lets a name stand for another of its versions. */
  move(named: Named, version: string): Promise<void>;
  /**
   * Takes one version away, or all with the name. A name that stood for it stands for the youngest
   * that is left.
   */
  remove(named: Named, version?: string): Promise<void>;
  /** Keeps bytes under their sha-256, in hexadecimal digits, which is returned. */
  putBlob(bytes: Uint8Array): Promise<string>;
  /** Returns the bytes of a sha-256. */
  blob(hash: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
}
