/**
 * Values as JSON that any program can read.
 *
 * A tensor becomes nested lists, bytes base64, an int64 a number where one holds it and else its
 * digits, and what JSON has no number for (NaN, the infinities) null.
 *
 * @module
 */

import { Tensor } from "../contract/tensor.ts";

/** Returns `value` as JSON. */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(plain(value), undefined, indent) ?? "null";
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") {
    return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  }
  if (typeof value !== "object" || value === null) return value;
  if (Tensor.is(value)) return plain(value.tolist());
  if (value instanceof Uint8Array) {
    const { buffer, byteOffset, byteLength } = value;
    return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
  }
  if (Array.isArray(value)) return value.map(plain);
  const entries = Object.entries(value).map(([key, one]) => [key, plain(one)] as const);
  return Object.fromEntries(entries);
}
