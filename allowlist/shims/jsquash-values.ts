/**
 * What hooks hand to codecs and get from them: bytes of a file, tensors, sizes.
 *
 * Errors say what was wanted and what came; they are thrown before a codec sees anything.
 *
 * @module
 */

import type { LibraryWorld } from "../../src/contract/library.ts";
import type { Tensor } from "../../src/contract/tensor.ts";
import type { Picture } from "./jsquash-emscripten.ts";

/** Returns the bytes of a file, without a copy. */
export function bytesFrom(value: unknown, who: string): Uint8Array {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value instanceof Uint8Array || value instanceof Uint8ClampedArray) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  throw new TypeError(`${who} wants the bytes of a file, such as files[0], got ${said(value)}`);
}

/** Returns a tensor as what it is when it is a picture: uint8 [height, width, 3 or 4]. */
export function imageFrom(value: unknown, who: string, world: LibraryWorld): Tensor<"uint8"> {
  const wants = `${who} wants a uint8 tensor [height, width, 3 or 4]`;
  const tensor = tensorOf(value, world);
  if (!tensor) throw new TypeError(`${wants}, got ${said(value)}`);
  const { dtype, shape } = tensor;
  const [height = 0, width = 0, channels = 0] = shape;
  const fits = shape.length === 3 && height > 0 && width > 0 && (channels === 3 || channels === 4);
  if (dtype === "uint8" && fits) return tensor as Tensor<"uint8">;
  throw new TypeError(`${wants}, got ${dtype} [${shape.join(", ")}]`);
}

/** Returns a tensor, or what another library has as one; `undefined` for all else. */
export function tensorOf(value: unknown, world: LibraryWorld): Tensor | undefined {
  if (world.Tensor.is(value)) return value;
  return typeof value === "object" && value !== null ? world.tensorOf(value) : undefined;
}

/** Returns the picture of an image: its own pixels when it has four channels, else copies. */
export function pictureFrom({ shape, data }: Tensor<"uint8">): Picture {
  const [height = 0, width = 0, channels] = shape;
  const bytes = data as Uint8Array<ArrayBuffer>;
  if (channels === 4) return { width, height, data: bytes };
  const four = new Uint8Array(width * height * 4);
  for (let from = 0, to = 0; from < bytes.length; from += 3, to += 4) {
    four[to] = bytes[from] ?? 0;
    four[to + 1] = bytes[from + 1] ?? 0;
    four[to + 2] = bytes[from + 2] ?? 0;
    four[to + 3] = 255;
  }
  return { width, height, data: four };
}

/** Returns a picture as a tensor of its own pixels, or of copies without the alpha. */
export function tensorFrom(
  { width, height, data }: Picture,
  channels: 3 | 4,
  world: LibraryWorld,
): Tensor<"uint8"> {
  if (channels === 4) return new world.Tensor("uint8", [height, width, 4], data);
  return new world.Tensor("uint8", [height, width, 3], withoutAlpha(data));
}

/** Returns the first three of every four bytes. */
export function withoutAlpha(data: Uint8Array): Uint8Array<ArrayBuffer> {
  const three = new Uint8Array((data.length / 4) * 3);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    three[to] = data[from] ?? 0;
    three[to + 1] = data[from + 1] ?? 0;
    three[to + 2] = data[from + 2] ?? 0;
  }
  return three;
}

/** Returns options as an object to read fields of; unknown names are mistakes. */
export function optionsFrom(value: unknown, who: string, names: readonly string[]) {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null) {
    throw new TypeError(`${who} wants options in an object, got ${said(value)}`);
  }
  const unknown = Object.keys(value).find((name) => !names.includes(name));
  if (unknown === undefined) return value as { readonly [name: string]: unknown };
  throw new TypeError(`${who} knows the options ${names.join(", ")}, got ${unknown}`);
}

/** Returns a whole number of pixels, at least one. */
export function pixelsFrom(value: unknown, who: string, name: string): number {
  if (Number.isSafeInteger(value) && Number(value) >= 1) return Number(value);
  throw new TypeError(`${who} wants ${name} as a whole number of at least 1, got ${said(value)}`);
}

/** A value in a few words. */
export function said(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  if (typeof value !== "object" || value === null) return String(value);
  return Array.isArray(value) ? "a list" : `an object of ${value.constructor?.name ?? "no class"}`;
}
