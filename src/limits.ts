/**
 * Every number that bounds us, as one table: unit, default, largest, why, and what it does not
 * guard.
 *
 * A limit is set per runtime (`createRuntime({limits})`) and, where `scope` is "hook", per hook
 * (`register({limits})`). Nobody can set one above `max`; `max` is what the machinery is tested
 * for.
 *
 * @module
 */

import { Refusal } from "./faults.ts";

/** One bound. `min`, `default` and `max` are in `unit`; all are whole numbers. */
export interface Limit {
  readonly unit: string;
  readonly min: number;
  readonly default: number;
  readonly max: number;
  /**
   * Who may set it: a hook for itself, or only the runtime as a whole. Those of "server" say
   * nothing where there is none.
   */
  readonly scope: "hook" | "runtime" | "server";
  readonly why: string;
  readonly guardsNot: string;
}

const KIB = 1024;
const MIB = 1024 * KIB;

export const LIMITS = {
  wallMs: {
    unit: "milliseconds",
    min: 1,
    default: 1_000,
    max: 10_000,
    scope: "hook",
    why: "A hook stands between a caller and a model; whoever waits longer has gone.",
    guardsNot: "Time in the queue (queueMs), time to load a library into a cold isolate (loadMs).",
  },
  loadMs: {
    unit: "milliseconds",
    min: 100,
    default: 5_000,
    max: 60_000,
    scope: "runtime",
    why: "Compiling a hook and its libraries takes 2 to 200 ms; a source bomb more.",
    guardsNot: "The hook's own time, which wallMs counts from the first line of the hook.",
  },
  heapMiB: {
    unit: "MiB",
    min: 8,
    default: 64,
    max: 512,
    scope: "hook",
    why: "Decodes a JPEG of about 5 million pixels; one of 16 million takes 256 MiB.",
    guardsNot: "What V8 does not count; the process as a whole is bounded by its own watchdog.",
  },
  sourceBytes: {
    unit: "bytes of UTF-8",
    min: 1,
    default: 256 * KIB,
    max: 1 * MIB,
    scope: "runtime",
    why: "A hook is a page of code; parse and compile time grow with it.",
    guardsNot: "A short source that is slow to run: wallMs does.",
  },
  frameBytes: {
    unit: "bytes",
    min: 1 * KIB,
    default: 64 * MIB,
    max: 256 * MIB,
    scope: "runtime",
    why: "Arguments of one call, files included, as they travel to the sandbox.",
    guardsNot: "What they grow to once decoded: nodes and heapMiB do.",
  },
  files: {
    unit: "files",
    min: 0,
    default: 16,
    max: 256,
    scope: "runtime",
    why: "Binary files that one call may bring.",
    guardsNot: "Their size: frameBytes counts it.",
  },
  nodes: {
    unit: "values",
    min: 1,
    default: 1_000_000,
    max: 10_000_000,
    scope: "hook",
    why: "Lists, dicts, keys and leaves of one value, each way; a tensor is one.",
    guardsNot: "Bytes in strings and tensors: frameBytes and outputBytes do.",
  },
  depth: {
    unit: "levels",
    min: 1,
    default: 64,
    max: 256,
    scope: "hook",
    why: "Nothing that a model takes is nested deeper; the stack stays far from its end.",
    guardsNot: "Breadth: nodes does.",
  },
  outputBytes: {
    unit: "bytes",
    min: 1,
    default: 16 * MIB,
    max: 128 * MIB,
    scope: "hook",
    why: "One answer, encoded; a float32 batch of 26 images of 3x224x224.",
    guardsNot: "Logs, which have their own bounds.",
  },
  logBytes: {
    unit: "bytes of UTF-8",
    min: 0,
    default: 64 * KIB,
    max: 1 * MIB,
    scope: "hook",
    why: "All log lines of one call; what is over is dropped and counted.",
    guardsNot: "Time spent in logging: wallMs does.",
  },
  logLines: {
    unit: "lines",
    min: 0,
    default: 200,
    max: 10_000,
    scope: "hook",
    why: "A person reads no more; the rest is dropped and counted.",
    guardsNot: "The length of a line: logLineBytes does.",
  },
  logLineBytes: {
    unit: "bytes of UTF-8",
    min: 16,
    default: 4 * KIB,
    max: 64 * KIB,
    scope: "hook",
    why: "A longer line is cut inside the isolate.",
    guardsNot: "The number of lines: logLines does.",
  },
  errorBytes: {
    unit: "bytes of UTF-8",
    min: 64,
    default: 1 * KIB,
    max: 16 * KIB,
    scope: "runtime",
    why: "Text of an error that a hook threw; a longer one is cut inside the isolate.",
    guardsNot: "The stack beside it, which has at most 10 frames of 256 characters.",
  },
  queueCalls: {
    unit: "calls",
    min: 1,
    default: 1_000,
    max: 100_000,
    scope: "runtime",
    why: "Calls that wait for a worker; one more is POOL_FULL at once rather than late.",
    guardsNot: "Their bytes: queueBytes does.",
  },
  queueCallsTenant: {
    unit: "calls",
    min: 1,
    default: 100,
    max: 100_000,
    scope: "runtime",
    why: "One tenant's share of the queue.",
    guardsNot: "Calls that already run.",
  },
  queueBytes: {
    unit: "bytes",
    min: 1 * KIB,
    default: 512 * MIB,
    max: 8192 * MIB,
    scope: "runtime",
    why: "Arguments that wait for a worker, all tenants together.",
    guardsNot: "Arguments already at a worker: at most frameBytes for each.",
  },
  queueMs: {
    unit: "milliseconds",
    min: 1,
    default: 10_000,
    max: 600_000,
    scope: "runtime",
    why: "A call that waited longer gets QUEUE_TIMEOUT, which says that the machine is too small.",
    guardsNot: "Time after the call began.",
  },
  pixels: {
    unit: "pixels",
    min: 1,
    default: 16_000_000,
    max: 100_000_000,
    scope: "hook",
    why: "Width times height times frames, read from the header before a decoder sees the image.",
    guardsNot: "A picture that lies in its data: heapMiB and wallMs do.",
  },
  isolates: {
    unit: "isolates for each sandbox process",
    min: 1,
    default: 32,
    max: 256,
    scope: "runtime",
    why: "Warm hooks kept, least recently used dropped first; a bare one takes 1.3 MB, numjs 5 MB.",
    guardsNot: "Memory of the sandbox process as a whole: residentMiB does.",
  },
  residentMiB: {
    unit: "MiB",
    min: 128,
    default: 1_024,
    max: 16_384,
    scope: "runtime",
    why: "Resident memory of one sandbox process: over it, the process is replaced.",
    guardsNot: "The memory of the host process.",
  },
  kills: {
    unit: "sandbox processes",
    min: 1,
    default: 5,
    max: 1_000,
    scope: "runtime",
    why: "A hook that ends so many within killsMs is in quarantine: each costs 50 to 100 ms.",
    guardsNot: "The same doings under another text: its tenant pays for them with his share.",
  },
  killsMs: {
    unit: "milliseconds",
    min: 1_000,
    default: 60_000,
    max: 3_600_000,
    scope: "runtime",
    why: "How long a death is held against the hook that caused it.",
    guardsNot: "A hook that kills more seldom.",
  },
  quarantineMs: {
    unit: "milliseconds",
    min: 100,
    default: 30_000,
    max: 3_600_000,
    scope: "runtime",
    why: "The first quarantine; one call is tried behind it, and each next one is twice as long.",
    guardsNot: "Calls of the hook that run already when it begins.",
  },
  sandboxes: {
    unit: "processes for each worker",
    min: 1,
    default: 4,
    max: 64,
    scope: "runtime",
    why: "Tenants whose process is kept where each has one of his own; 45 MB each, one at work.",
    guardsNot: "How many tenants there are: the process used least recently makes room.",
  },
  hooksTenant: {
    unit: "hooks",
    min: 1,
    default: 1_000,
    max: 100_000,
    scope: "server",
    why: "Names of hooks that one tenant may have registered.",
    guardsNot: "Their versions: versions does.",
  },
  flowsTenant: {
    unit: "flows",
    min: 1,
    default: 100,
    max: 10_000,
    scope: "server",
    why: "Names of flows that one tenant may have deployed; each may hold models in memory.",
    guardsNot: "The size of their models: frameBytes bounds what a client sends.",
  },
  versions: {
    unit: "versions",
    min: 1,
    default: 10,
    max: 1_000,
    scope: "server",
    why: "Versions of a hook or flow that are kept to go back to; the oldest makes room.",
    guardsNot: "What is live of them: that is made when it is asked for.",
  },
  connections: {
    unit: "connections",
    min: 1,
    default: 1_000,
    max: 100_000,
    scope: "server",
    why: "Clients at a time, all doors together; one more is closed at once.",
    guardsNot: "What each of them asks for: connectionCalls and queueCalls do.",
  },
  connectionCalls: {
    unit: "calls",
    min: 1,
    default: 100,
    max: 10_000,
    scope: "server",
    why: "Requests of one connection at work, as many as a tenant may have waiting.",
    guardsNot: "Several connections of one client: keyCalls does.",
  },
  keyCalls: {
    unit: "calls",
    min: 1,
    default: 1_000,
    max: 100_000,
    scope: "server",
    why: "Calls and runs of one key at work, where the key says nothing else.",
    guardsNot: "Several keys of one tenant: queueCallsTenant does.",
  },
  requestMs: {
    unit: "milliseconds",
    min: 100,
    default: 10_000,
    max: 600_000,
    scope: "server",
    why: "From the first byte of a request to its last; who is slower is let go.",
    guardsNot: "Time between requests: idleMs does.",
  },
  idleMs: {
    unit: "milliseconds",
    min: 1_000,
    default: 600_000,
    max: 86_400_000,
    scope: "server",
    why: "A connection over which nothing came for so long, and of which nothing runs, is closed.",
    guardsNot: "Connections that ping: connections bounds how many there are.",
  },
  drainMs: {
    unit: "milliseconds",
    min: 0,
    default: 30_000,
    max: 600_000,
    scope: "server",
    why: "What runs when a server is told to end may take so long; the rest is given up.",
    guardsNot: "A second signal: that is at once.",
  },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof LIMITS;

/** A value for every limit. */
export type Limits = { readonly [name in LimitName]: number };

/** What a caller may say: any of the limits. */
export type LimitOptions = { readonly [name in LimitName]?: number | undefined };

/**
 * Returns `base` with `options` laid over it, each held to its row of the table.
 *
 * @param options What somebody asked for; `unknown`, because it may come from a file or a socket.
 * @param base What holds where `options` says nothing: the defaults, or the runtime's own limits.
 * @param scope "hook" refuses the rows that only a runtime may set.
 * @throws {Refusal} `BAD_REQUEST` with the limit's name in `path`.
 *
 * @example
 * ```ts
 * const limits = limitsFrom({ wallMs: 250 });
 * // limits.wallMs is 250 and limits.depth is 64.
 * ```
 */
export function limitsFrom(
  options: unknown,
  base: Limits = DEFAULTS,
  scope: Limit["scope"] = "runtime",
): Limits {
  if (options === undefined) return base;
  if (typeof options !== "object" || options === null) {
    throw new Refusal("BAD_REQUEST", "limits", `wants an object, got ${String(options)}`);
  }
  const limits: Record<string, number> = { ...base };
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) limits[name] = limitFrom(name, value, scope);
  }
  return limits as Limits;
}

function limitFrom(name: string, value: unknown, scope: Limit["scope"]): number {
  const path = `limits.${name}`;
  if (!Object.hasOwn(LIMITS, name)) {
    const known = Object.keys(LIMITS).join(", ");
    throw new Refusal("BAD_REQUEST", path, `is not a limit; there are ${known}`);
  }
  const row: Limit = LIMITS[name as LimitName];
  if (scope === "hook" && row.scope !== "hook") {
    throw new Refusal("BAD_REQUEST", path, "is set for the whole runtime, not for one hook");
  }
  const fits = Number.isSafeInteger(value) && Number(value) >= row.min && Number(value) <= row.max;
  if (!fits) {
    const want = `wants a whole number of ${row.unit} from ${row.min} to ${row.max}`;
    throw new Refusal("BAD_REQUEST", path, `${want}, got ${String(value)}`);
  }
  return Number(value);
}

/** The default of every limit. */
export const DEFAULTS: Limits = Object.freeze(
  Object.fromEntries(Object.entries(LIMITS).map(([name, row]) => [name, row.default])) as {
    [name in LimitName]: number;
  },
);
