/**
 * Which versions there are and which one each name stands for, in memory: what both registries
 * answer reads from, and the three ways in which a name changes, as functions of what it was.
 *
 * Entries are never changed, only put in each other's place: who holds one may go on reading it.
 *
 * Not here: what lasts (`lmdb-registry.ts`).
 *
 * @module
 */

import type { Named, Registered, Version } from "./registry.ts";

/** A version in its place. */
export interface Slot {
  /** Counts what was put, over all names: it says which of two was put last. */
  readonly sequence: number;
  readonly version: Version;
}

/** A name with its versions, oldest first. */
export interface Entry<S extends Slot = Slot> {
  readonly named: Named;
  readonly slots: readonly S[];
  /** The version that the name stands for. */
  readonly current: string;
}

/** Gives what becomes of an entry; `undefined` is a name that is not, or no more. */
export type Change<S extends Slot> = (entry: Entry<S> | undefined) => Entry<S> | undefined;

/** Puts a version there, if it is not, and lets the name stand for it. */
export function putting<S extends Slot>(named: Named, slot: S, keep: number): Change<S> {
  return (entry) => {
    const { version: current } = slot.version;
    const before = entry?.slots ?? [];
    const isThere = before.some(({ version }) => version.version === current);
    const all = isThere ? before : [...before, slot];
    // Of the others the oldest make room.
    let over = all.length - Math.max(1, keep);
    const slots = all.filter(({ version }) => version.version === current || over-- <= 0);
    return { named, slots, current };
  };
}

/** Lets a name stand for another of its versions. */
export function moving<S extends Slot>(current: string): Change<S> {
  return (entry) =>
    entry?.slots.some(({ version }) => version.version === current) ? { ...entry, current } : entry;
}

/** Takes one version away, or all. */
export function removing<S extends Slot>(version?: string): Change<S> {
  return (entry) => {
    const slots = (entry?.slots ?? []).filter(
      (slot) => version !== undefined && slot.version.version !== version,
    );
    const youngest = slots.at(-1);
    if (!entry || !youngest) return undefined;
    const current = entry.current === version ? youngest.version.version : entry.current;
    return { ...entry, slots, current };
  };
}

/** Returns a version together with where it is; its declaration is read when it is asked for. */
export function placed(named: Named, one: Version): Named & Version {
  const { kind, tenant, name } = named;
  const { version, id, sinceMs } = one;
  return {
    ...{ kind, tenant, name, version, id, sinceMs },
    get declaration() {
      return one.declaration;
    },
  };
}

/** What a tenant has of one kind. */
interface Shelf<S extends Slot> {
  readonly entries: Map<string, Entry<S>>;
  /** By version and by id. */
  readonly places: Map<string, readonly Place<S>[]>;
}

interface Place<S extends Slot> {
  readonly named: Named;
  readonly slot: S;
}

/** Answers what a registry is asked. */
export class RegistryIndex<S extends Slot = Slot> {
  readonly #shelves = new Map<string, Shelf<S>>();

  get(named: Named): Entry<S> | undefined {
    return this.#shelves.get(shelfKey(named))?.entries.get(named.name);
  }

  /** Puts an entry in the place of the one that was; `undefined` takes it away. */
  set(named: Named, entry: Entry<S> | undefined): void {
    const key = shelfKey(named);
    const shelf = this.#shelves.get(key) ?? { entries: new Map(), places: new Map() };
    this.#shelves.set(key, shelf);
    for (const slot of shelf.entries.get(named.name)?.slots ?? []) unplace(shelf, slot);
    shelf.entries.delete(named.name);
    if (entry) shelf.entries.set(named.name, entry);
    for (const slot of entry?.slots ?? []) place(shelf, { named, slot });
    if (shelf.entries.size === 0) this.#shelves.delete(key);
  }

  versions(named: Named): readonly Version[] {
    return (this.get(named)?.slots ?? []).map(({ version }) => version);
  }

  current(named: Named): Version | undefined {
    const entry = this.get(named);
    return entry?.slots.find(({ version }) => version.version === entry.current)?.version;
  }

  names(kind: Registered, tenant: string): readonly string[] {
    return [...(this.#shelves.get(shelfKey({ kind, tenant }))?.entries.keys() ?? [])].toSorted();
  }

  find(kind: Registered, tenant: string, version: string): (Named & Version) | undefined {
    const places = this.#shelves.get(shelfKey({ kind, tenant }))?.places.get(version) ?? [];
    const [first, ...rest] = places;
    if (!first) return undefined;
    const last = rest.reduce((a, b) => (b.slot.sequence > a.slot.sequence ? b : a), first);
    return placed(last.named, last.slot.version);
  }

  tenants(): readonly string[] {
    const tenants = [...this.#shelves.keys()].map((key) => key.slice(key.indexOf("/") + 1));
    return [...new Set(tenants)].toSorted();
  }

  /** Returns all that there is. */
  *entries(): Generator<Entry<S>> {
    for (const { entries } of this.#shelves.values()) yield* entries.values();
  }

  clear(): void {
    this.#shelves.clear();
  }
}

function place<S extends Slot>({ places }: Shelf<S>, one: Place<S>): void {
  for (const hash of hashesOf(one.slot)) places.set(hash, [...(places.get(hash) ?? []), one]);
}

function unplace<S extends Slot>({ places }: Shelf<S>, slot: S): void {
  for (const hash of hashesOf(slot)) {
    const left = (places.get(hash) ?? []).filter((one) => one.slot !== slot);
    if (left.length > 0) places.set(hash, left);
    else places.delete(hash);
  }
}

function hashesOf({ version: { version, id } }: Slot): Set<string> {
  return new Set(id === undefined ? [version] : [version, id]);
}

/** Kinds have no slash in them. */
function shelfKey({ kind, tenant }: Pick<Named, "kind" | "tenant">): string {
  return `${kind}/${tenant}`;
}
