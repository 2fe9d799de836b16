// What the tests of the wire share: bytes from hex, both ways through the codec, and refusals as data.

import { Tensor, type TensorData, DTYPES, type DType } from "../../src/contract/tensor.ts";
import { Refusal } from "../../src/faults.ts";
import { decode } from "../../src/wire/decode.ts";
import { Encoder, type EncodeRules } from "../../src/wire/encode.ts";
import { scan, type ScanRules } from "../../src/wire/scan.ts";
import { readText } from "../../src/wire/text.ts";

export const ENCODE_RULES: EncodeRules = {
  nodesMax: 1_000_000,
  depthMax: 64,
  bytesMax: 2 ** 24,
  unsupported: "OUTPUT_UNSUPPORTED",
  tooLarge: "OUTPUT_TOO_LARGE",
};

export const SCAN_RULES: ScanRules = {
  nodesMax: 1_000_000,
  depthMax: 64,
  malformed: "BAD_REQUEST",
  tooLarge: "INPUT_TOO_LARGE",
};

const ENCODER = new Encoder(ENCODE_RULES);

export function encode(value: unknown): Uint8Array<ArrayBuffer> {
  return ENCODER.encode(value);
}

/** Decodes bytes as the host does and as the isolate does, scanned before. */
export function readings(bytes: Uint8Array): unknown[] {
  scan(bytes, SCAN_RULES);
  return [decode(bytes, readText), decode(bytes)];
}

export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** Returns a tensor of these elements, which are given as its typed array takes them. */
export function tensor(dtype: DType, shape: number[], elements: Iterable<unknown>): Tensor {
  const data = new DTYPES[dtype].array([...elements] as never) as TensorData;
  return new Tensor(dtype, shape, data);
}

/** Returns the refusal that `act` throws; any other end of it is an error. */
export function refusalOf(act: () => unknown): Refusal {
  try {
    act();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw new Error(`threw no Refusal but ${String(error)}`, { cause: error });
  }
  throw new Error("threw nothing");
}

/** Returns whether `scan` takes the bytes; throws when it ends in anything but a refusal. */
export function isTaken(bytes: Uint8Array, rules: ScanRules = SCAN_RULES): boolean {
  try {
    scan(bytes, rules);
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}
