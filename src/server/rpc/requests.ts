/**
 * Params of a message to what the service is asked: values stay bytes, which are scanned; what is
 * said about them is plain data.
 *
 * @module
 */

import { type FaultCode, Refusal } from "../../faults.ts";
import type { TraceContext } from "../../flow/model.ts";
import { traceFrom } from "../../flow/trace-context.ts";
import type { Limits } from "../../limits.ts";
import type { FileInput } from "../../runtime/arguments.ts";
import { optionsFrom } from "../../runtime/options.ts";
import { decode } from "../../wire/decode.ts";
import { Packed } from "../../wire/packed.ts";
import { scan, type ScanRules } from "../../wire/scan.ts";
import { readText } from "../../wire/text.ts";
import { fromNumpy } from "../numpy.ts";
import type { CallRequest, RunRequest } from "../service.ts";
import type { Params } from "./message.ts";
import type { SkipBounds } from "./skip.ts";

/** What values are held to. */
export interface Bounds {
  readonly limits: Limits;
  readonly message: SkipBounds;
}

/** What one request may be told beside what it asks for. */
export interface Options {
  /** Whether tensors of the answer are to be arrays as Python's msgpack-numpy has them. */
  readonly numpy: boolean | undefined;
  readonly deadlineMs: number | undefined;
  readonly trace: TraceContext | undefined;
}

/** A ref, as `server/refs.ts` takes it, has at most 200 characters. */
const REF_BYTES = 800;
/** What a file is called goes into the record of its call. */
const NAME_BYTES = 4096;
const KEY_BYTES = 4096;

const VALUE_NAMES = ["args[0]", "args[1]"] as const;
const FILE_KEYS = ["data", "name", "type"];
const OPTIONS = ["numpy", "deadlineMs", "traceparent", "tracestate"];
const NO_OPTIONS: Options = { numpy: undefined, deadlineMs: undefined, trace: undefined };

/**
 * Reads the params of a call: `hook, args, files?`.
 *
 * @throws {Refusal} `BAD_REQUEST`, `INPUT_TOO_LARGE`.
 */
export function callFrom(params: Params, bounds: Bounds): CallRequest {
  wanted(params, "hook");
  const hook = params.text("hook", REF_BYTES);
  wanted(params, "args");
  const count = params.list("args");
  if (count > VALUE_NAMES.length) {
    const wants = `wants at most ${VALUE_NAMES.length} values in front of the files`;
    throw new Refusal("BAD_REQUEST", "args", `${wants}, got ${count}`);
  }
  const values: Packed[] = [];
  for (let i = 0; i < count; i++) values.push(packedFrom(params, VALUE_NAMES[i] as string, bounds));
  return { hook, values, files: params.next() ? filesFrom(params, bounds.limits) : [] };
}

/**
 * Reads the params of a run: `flow, data, files?`.
 *
 * @throws {Refusal} `BAD_REQUEST`, `INPUT_TOO_LARGE`.
 */
export function runFrom(params: Params, bounds: Bounds): RunRequest {
  wanted(params, "flow");
  const flow = params.text("flow", REF_BYTES);
  const data = params.next() ? packedFrom(params, "data", bounds) : nil(bounds.limits);
  return { flow, data, files: params.next() ? filesFrom(params, bounds.limits) : [] };
}

/**
 * Reads what a request is about, or what it declares: plain data.
 *
 * @throws {Refusal} `BAD_REQUEST`, `INPUT_TOO_LARGE`.
 */
export function plainFrom(params: Params, what: string, bounds: Bounds): unknown {
  wanted(params, what);
  return decode(scanned(params, what, bounds), readText);
}

/** Reads an integer by which a message is known. */
export function idFrom(params: Params): number {
  wanted(params, "msgid");
  return params.uint32("msgid");
}

/** Reads a key; `undefined` where null stands for it. */
export function keyFrom(params: Params): string | undefined {
  return params.next() ? params.text("key", KEY_BYTES) : undefined;
}

/**
 * Reads options, where there are any.
 *
 * @param known Those that there are.
 * @throws {Refusal} `BAD_REQUEST` that names the option.
 */
export function optionsIn(params: Params, bounds: Bounds, known = OPTIONS): Options {
  if (!params.next()) return NO_OPTIONS;
  const plain = decode(scanned(params, "options", bounds), readText);
  const { numpy, deadlineMs, traceparent, tracestate } = optionsFrom(plain, known, "options");
  return {
    numpy: given(numpy, "boolean", "options.numpy"),
    deadlineMs: deadlineFrom(given(deadlineMs, "number", "options.deadlineMs")),
    trace: traceFrom(
      given(traceparent, "string", "options.traceparent"),
      given(tracestate, "string", "options.tracestate"),
    ),
  };
}

function deadlineFrom(deadlineMs: number | undefined): number | undefined {
  if (deadlineMs === undefined || deadlineMs >= 0) return deadlineMs;
  const detail = `wants a number of milliseconds from 0 on, got ${deadlineMs}`;
  throw new Refusal("BAD_REQUEST", "options.deadlineMs", detail);
}

interface Kinds {
  readonly boolean: boolean;
  readonly number: number;
  readonly string: string;
}

function given<K extends keyof Kinds>(value: unknown, kind: K, path: string): Kinds[K] | undefined {
  if (value === undefined || value === null) return undefined;
  if (isKind(value, kind)) return value;
  throw new Refusal("BAD_REQUEST", path, `wants a ${kind}, got a ${typeof value}`);
}

function isKind<K extends keyof Kinds>(value: unknown, kind: K): value is Kinds[K] {
  return typeof value === kind;
}

/** Goes on to a param that must be there. */
function wanted(params: Params, what: string): void {
  if (params.next()) return;
  throw new Refusal("BAD_REQUEST", what, `wants ${what}, got null or nothing`);
}

function packedFrom(params: Params, what: string, bounds: Bounds): Packed {
  const { nodes, depth } = bounds.limits;
  return new Packed(scanned(params, what, bounds), { nodes, depth });
}

function nil({ nodes, depth }: Limits): Packed {
  return new Packed(Uint8Array.of(0xc0), { nodes, depth });
}

const CODES = { malformed: "BAD_REQUEST", tooLarge: "INPUT_TOO_LARGE" } as const satisfies Record<
  string,
  FaultCode
>;

/** Takes a value and holds it to be what {@link decode} takes. */
function scanned(params: Params, what: string, bounds: Bounds): Uint8Array<ArrayBuffer> {
  const slice = params.value(what, bounds.message);
  const { nodes: nodesMax, depth: depthMax } = bounds.limits;
  const rules: ScanRules = { nodesMax, depthMax, ...CODES };
  try {
    const bytes = fromNumpy(slice, nodesMax);
    scan(bytes, rules);
    return bytes;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Refusal(error.code, what, `${error.path}: ${error.detail}`);
  }
}

function filesFrom(params: Params, limits: Limits): FileInput[] {
  const count = params.list("files");
  if (count > limits.files) {
    const detail = `wants at most ${limits.files} files (limits.files), got ${count}`;
    throw new Refusal("INPUT_TOO_LARGE", "files", detail);
  }
  const files: FileInput[] = [];
  for (let i = 0; i < count; i++) {
    const path = `files[${i}]`;
    files.push(params.isBytes ? params.bytes(path) : fileFrom(params, path));
  }
  return files;
}

/** Reads `{ data, name?, type? }`; of a key that comes twice the last one wins. */
function fileFrom(params: Params, path: string): FileInput {
  const file: { data?: Uint8Array<ArrayBuffer>; name?: string; type?: string } = {};
  for (let left = params.dict(path); left > 0; left--) {
    const key = params.text(path, NAME_BYTES);
    if (key === "data") file.data = params.bytes(`${path}.data`);
    else if (key !== "name" && key !== "type") {
      const detail = `is not of a file; there are ${FILE_KEYS.join(", ")}`;
      throw new Refusal("BAD_REQUEST", `${path}.${key}`, detail);
    } else if (!params.takeNull()) file[key] = params.text(`${path}.${key}`, NAME_BYTES);
  }
  const { data, ...about } = file;
  if (data) return { data, ...about };
  throw new Refusal("BAD_REQUEST", path, "wants bytes, or { data, name?, type? } with bytes");
}
