/**
 * The file of API keys: who holds a key, and what proves it. The keys themselves are not in it.
 *
 * A key is `bk_ID_SECRET`. The id is public, and stands in logs; the secret has 256 random bits.
 * What is kept of it is its SHA-256: a slow hash is for passwords, which can be guessed; nobody can
 * guess 256 bits, however fast he tries, so a fast hash gives nothing away, and a server that
 * checks one for each request is not held up by it.
 *
 * @module
 */

import { createHash, randomBytes } from "node:crypto";

import { isDict } from "../contract/schema/misfit-words.ts";
import { Refusal } from "../faults.ts";
import { LIMITS } from "../limits.ts";
import { named, optionsFrom } from "../runtime/options.ts";

/** What is kept of a key. */
export interface KeyRow {
  readonly id: string;
  readonly tenant: string;
  /** What it is for, in the operator's words. */
  readonly name: string;
  /** Calls and runs at work at a time, where it is not `limits.keyCalls`. */
  readonly calls?: number | undefined;
  /** When it was made, and when it ends where it does: ISO 8601, UTC. */
  readonly since: string;
  readonly expires?: string | undefined;
  /** Of the secret, in hexadecimal digits. */
  readonly sha256: string;
}

/** A key whose text has the right form. */
export interface KeyText {
  readonly id: string;
  readonly secret: string;
}

const KEY = /^bk_([a-z2-7]{12})_([A-Za-z0-9_-]{43})$/;
const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
const ID_CHARACTERS = 12;
const SECRET_BYTES = 32;
const ROW_KEYS = ["id", "tenant", "name", "calls", "since", "expires", "sha256"];
const ID = /^[a-z2-7]{12}$/;
const HASH = /^[0-9a-f]{64}$/;
const NAME_CHARACTERS = 64;

/** Returns a new key. */
export function newKey(): KeyText {
  const letters = [...randomBytes(ID_CHARACTERS)].map((byte) => ALPHABET[byte % ALPHABET.length]);
  return { id: letters.join(""), secret: randomBytes(SECRET_BYTES).toString("base64url") };
}

/** Returns a key as its holder has it. */
export function keyText({ id, secret }: KeyText): string {
  return `bk_${id}_${secret}`;
}

/** Reads a key that somebody shows; nothing when it has not the form of one. */
export function keyFrom(text: string): KeyText | undefined {
  const [, id, secret] = KEY.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/** Returns what is kept of a secret. */
export function secretDigest(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

/** Returns the text of a file with these keys. */
export function keysText(rows: readonly KeyRow[]): string {
  return `${JSON.stringify({ keys: rows }, undefined, 2)}\n`;
}

/**
 * Reads the text of a file of keys.
 *
 * @throws {Refusal} `BAD_REQUEST` with the place in the file.
 */
export function keysFrom(text: string): KeyRow[] {
  const { keys } = optionsFrom(parsed(text), ["keys"]);
  if (!Array.isArray(keys)) throw refused("keys", "wants a list", keys);
  const rows = keys.map((row: unknown, i) => rowFrom(row, `keys[${i}]`));
  const ids = new Set(rows.map(({ id }) => id));
  if (ids.size === rows.length) return rows;
  throw new Refusal("BAD_REQUEST", "keys", "wants each id once, got one twice");
}

/**
 * Returns how many calls a key may have at work.
 *
 * @throws {Refusal} `BAD_REQUEST`.
 */
export function callsFrom(value: unknown, path: string): number | undefined {
  if (value === undefined) return undefined;
  const { max } = LIMITS.keyCalls;
  if (Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= max) {
    return Number(value);
  }
  throw refused(path, `wants a whole number of calls from 1 to ${max}`, value);
}

/**
 * Returns what a key is for: nothing that could turn a terminal around.
 *
 * @throws {Refusal} `BAD_REQUEST`.
 */
export function keyNameFrom(value: unknown, path: string): string {
  const isShort = typeof value === "string" && value.length <= NAME_CHARACTERS;
  if (isShort && !/[\p{Cc}\p{Cf}]/u.test(value)) return value;
  throw refused(path, `wants at most ${NAME_CHARACTERS} characters without controls`, value);
}

function rowFrom(value: unknown, path: string): KeyRow {
  if (!isDict(value)) throw refused(path, "wants a key", value);
  const row = optionsFrom(value, ROW_KEYS, path);
  const { id, name = "", sha256 } = row;
  if (typeof id !== "string" || !ID.test(id)) {
    throw refused(`${path}.id`, "wants 12 small letters and digits", id);
  }
  if (typeof sha256 !== "string" || !HASH.test(sha256)) {
    throw refused(`${path}.sha256`, "wants 64 hexadecimal digits", sha256);
  }
  const calls = callsFrom(row["calls"], `${path}.calls`);
  const expires = row["expires"] === undefined ? undefined : time(row["expires"], path, "expires");
  return {
    ...{ id, tenant: named(row["tenant"], `${path}.tenant`) },
    name: keyNameFrom(name, `${path}.name`),
    ...(calls !== undefined && { calls }),
    since: time(row["since"], path, "since"),
    ...(expires !== undefined && { expires }),
    sha256,
  };
}

function time(value: unknown, path: string, key: string): string {
  if (typeof value === "string" && !Number.isNaN(Date.parse(value))) return value;
  throw refused(`${path}.${key}`, "wants a time such as 2026-11-25T10:00:00Z", value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Refusal("BAD_REQUEST", "", `wants JSON: ${(error as Error).message}`);
  }
}

function refused(path: string, wants: string, got: unknown): Refusal {
  const shown = typeof got === "string" ? JSON.stringify(got.slice(0, 40)) : String(got);
  return new Refusal("BAD_REQUEST", path, `${wants}, got ${shown}`);
}
