/**
 * Every way a call can fail, as one table.
 *
 * A fault crosses four borders (isolate, pipe, thread, socket) and no border keeps a class:
 * structured clone drops `code`, MessagePack drops the prototype. So a fault travels as plain data,
 * `Fault`, and is a `HookError` only where somebody catches it.
 *
 * Imports nothing that runs; every room may import it.
 *
 * @module
 */

/** Whose doing it is, whether the same call may be sent again, and what to tell a person. */
export interface FaultKind {
  readonly blame: "caller" | "hook" | "model" | "host";
  /** True when the very same call may succeed if it is sent once more. */
  readonly retry: boolean;
  /** The HTTP status that a door on HTTP answers with. */
  readonly status: number;
  readonly says: string;
}

export const FAULTS = {
  BAD_REQUEST: { blame: "caller", retry: false, status: 400, says: "Request is not well formed" },
  UNAUTHENTICATED: { blame: "caller", retry: false, status: 401, says: "Caller is not known" },
  UNKNOWN_HOOK: { blame: "caller", retry: false, status: 404, says: "No such hook" },
  UNKNOWN_FLOW: { blame: "caller", retry: false, status: 404, says: "No such flow" },
  INPUT_MISMATCH: {
    blame: "caller",
    retry: false,
    status: 422,
    says: "Input is not what the hook takes",
  },
  INPUT_TOO_LARGE: { blame: "caller", retry: false, status: 413, says: "Input is over its limit" },
  SYNTAX_INVALID: { blame: "hook", retry: false, status: 422, says: "Hook does not parse" },
  SIGNATURE_INVALID: {
    blame: "hook",
    retry: false,
    status: 422,
    says: "Hook takes the wrong parameters",
  },
  NAME_UNDEFINED: {
    blame: "hook",
    retry: false,
    status: 422,
    says: "Hook uses a name it does not have",
  },
  LIBRARY_REFUSED: {
    blame: "hook",
    retry: false,
    status: 422,
    says: "Hook asks for a library that is not allowed",
  },
  SOURCE_TOO_LARGE: {
    blame: "hook",
    retry: false,
    status: 413,
    says: "Hook source is over its limit",
  },
  FLOW_INVALID: { blame: "caller", retry: false, status: 422, says: "Flow does not fit together" },
  HOOK_THREW: { blame: "hook", retry: false, status: 422, says: "Hook threw" },
  HOOK_TIMEOUT: {
    blame: "hook",
    retry: false,
    status: 504,
    says: "Hook ran past its wall-clock limit",
  },
  HOOK_MEMORY: { blame: "hook", retry: false, status: 507, says: "Hook ran past its memory limit" },
  HOOK_CRASHED: { blame: "hook", retry: false, status: 500, says: "Hook took its sandbox down" },
  HOOK_UNSETTLED: {
    blame: "hook",
    retry: false,
    status: 422,
    says: "Hook waits for something that cannot happen",
  },
  HOOK_QUARANTINED: {
    blame: "hook",
    retry: true,
    status: 503,
    says: "Hook is in quarantine after killing its sandbox",
  },
  OUTPUT_MISMATCH: {
    blame: "hook",
    retry: false,
    status: 422,
    says: "Output is not what the hook declares",
  },
  OUTPUT_UNSUPPORTED: {
    blame: "hook",
    retry: false,
    status: 422,
    says: "Output holds a value that cannot travel",
  },
  OUTPUT_TOO_LARGE: { blame: "hook", retry: false, status: 413, says: "Output is over its limit" },
  STORE_LIMIT: { blame: "hook", retry: false, status: 413, says: "Store is over its limit" },
  STORE_MISS: { blame: "hook", retry: false, status: 404, says: "Store has no such name" },
  MODEL_FAILED: { blame: "model", retry: false, status: 502, says: "Model failed" },
  POOL_FULL: { blame: "host", retry: true, status: 503, says: "Queue is full" },
  QUEUE_TIMEOUT: {
    blame: "host",
    retry: true,
    status: 503,
    says: "Call waited too long for a worker",
  },
  CANCELLED: { blame: "caller", retry: true, status: 499, says: "Caller cancelled the call" },
  CLOSED: { blame: "host", retry: true, status: 503, says: "Runtime is closed" },
  INTERNAL: { blame: "host", retry: false, status: 500, says: "Bookend itself failed" },
} as const satisfies Record<string, FaultKind>;

export type FaultCode = keyof typeof FAULTS;

/** One place in a hook's own source. Lines and columns count from 1. */
export interface SourcePlace {
  readonly line: number;
  readonly column: number;
}

/** A fault as it crosses a border: plain data, safe to clone and to encode. */
export interface Fault {
  readonly code: FaultCode;
  /**
   * Where: a path into the value (`$[3].scores`), or an option's name. Empty when there is none.
   */
  readonly path: string;
  /** What was wanted, what came, and what to do. For people; it may change. */
  readonly detail: string;
  /** Where in the hook's own source, when a place there is to blame. */
  readonly at?: SourcePlace;
  /** The hook's own frames, innermost first: its lines and columns, never a path of the host. */
  readonly stack?: string;
}

/** Returns whether `code` is a row of the table: the guard for codes that arrive from outside. */
export function isFaultCode(code: unknown): code is FaultCode {
  return typeof code === "string" && Object.hasOwn(FAULTS, code);
}

/**
 * A refusal inside Bookend: a `Fault` on its way up, before the call it belongs to is known.
 *
 * Thrown by the pure rooms and turned into a `HookError`, with logs and receipt, by `runtime/`.
 */
export class Refusal extends Error implements Fault {
  override readonly name = "Refusal";
  readonly code: FaultCode;
  readonly path: string;
  readonly detail: string;
  readonly at?: SourcePlace;

  /** @param options `cause` is for whoever catches it in this process: it crosses no border. */
  constructor(
    code: FaultCode,
    path: string,
    detail: string,
    at?: SourcePlace,
    options?: ErrorOptions,
  ) {
    super(`${path} ${detail} (${code})`, options);
    this.code = code;
    this.path = path;
    this.detail = detail;
    if (at) this.at = at;
  }

  /** The same as plain data, for a border. */
  toFault(): Fault {
    const { code, path, detail, at } = this;
    return at ? { code, path, detail, at } : { code, path, detail };
  }
}
