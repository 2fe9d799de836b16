/**
 * The record of a name as it is on the disk: its sha-256, and then MessagePack of the name, the
 * version that it stands for, and what there is to know of each version without its declaration.
 *
 * @module
 */

import { createHash } from "node:crypto";

import { isDict } from "../contract/schema/misfit-words.ts";
import { declarationIn, kept } from "./declarations.ts";
import type { Named, Version } from "./registry.ts";
import type { Entry, Slot } from "./registry-index.ts";

/** A version whose declaration is elsewhere. */
export interface KeptSlot extends Slot {
  /** Of the declaration. */
  readonly sha256: string;
  /** What the declaration refers to. */
  readonly blobs: readonly string[];
}

export type KeptEntry = Entry<KeptSlot>;

/** All of a slot that its record holds. */
export type AboutSlot = Omit<KeptSlot, "version"> & Omit<Version, "declaration">;

/** A record as it is written. */
interface Written {
  readonly named: Named;
  readonly current: string;
  readonly slots: readonly (Omit<AboutSlot, "id"> & { readonly id: string | null })[];
}

const DIGEST_BYTES = 32;
const HASH = /^[0-9a-f]{64}$/;

/** Returns the record of an entry. */
export function recordOf({ named, current, slots }: KeptEntry): Buffer {
  const written: Written = {
    ...{ named, current },
    slots: slots.map(({ sequence, sha256, blobs, version: { version, id = null, sinceMs } }) => ({
      ...{ sequence, sha256, blobs, version, id, sinceMs },
    })),
  };
  const { bytes, version: digest } = kept(written);
  return Buffer.concat([Buffer.from(digest, "hex"), bytes]);
}

/**
 * Returns the entry of a record.
 *
 * @param slotOf Makes a slot of what is known of it.
 * @throws {Error} When the record is not one that {@link recordOf} gave.
 */
export function entryFrom(
  record: Uint8Array,
  slotOf: (named: Named, about: AboutSlot) => KeptSlot,
): KeptEntry {
  const bytes = record.subarray(DIGEST_BYTES);
  const digest = Buffer.from(record.subarray(0, DIGEST_BYTES)).toString("hex");
  if (digestOf(bytes) !== digest) throw new Error("it is not what was written");
  // What has its sha-256 in front was written by us.
  const { named, current, slots } = declarationIn<Written>(bytes);
  const about = slots.map(({ id, ...rest }) => ({ ...rest, id: id ?? undefined }));
  return { named, current, slots: about.map((one) => slotOf(named, one)) };
}

/** Returns the sha-256 of bytes, in hexadecimal digits. */
export function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Returns the blobs that a declaration refers to: each `{ sha256 }`, wherever it stands. */
export function referredIn(declaration: Uint8Array): string[] {
  const found = new Set<string>();
  const open: unknown[] = [declarationIn(declaration)];
  while (open.length > 0) {
    const value = open.pop();
    if (Array.isArray(value)) for (const one of value) open.push(one);
    if (!isDict(value)) continue;
    const { sha256 } = value;
    if (typeof sha256 === "string" && HASH.test(sha256)) found.add(sha256);
    for (const one of Object.values(value)) open.push(one);
  }
  return [...found];
}
