/**
 * A registered hook: called any number of times, at the same time too, until it is removed.
 *
 * @module
 */

import { Refusal } from "../faults.ts";
import type { WorkerHook } from "../pool/jobs.ts";
import { closed } from "../pool/call.ts";
import type { Pool } from "../pool/pool.ts";
import type { Limits } from "../limits.ts";
import { type CallResult, decoded, type PackedResult, resultOf } from "./answer.ts";
import { ArgumentsWriter, type FileInput } from "./arguments.ts";
import { HookError, type HookName } from "./hook-error.ts";

/** What one call may be told beside its arguments. */
export interface CallOptions {
  /** Gives the call up: it ends with `CANCELLED`, and does not begin if it has not begun. */
  readonly signal?: AbortSignal | undefined;
}

/** What both kinds of hook have. */
export interface HookInfo extends HookName, AsyncDisposable {
  /** How many parameters it declares: what is beyond them is not sent. */
  readonly parameters: number;
  /** The libraries it asks for, by their names on the allowlist. */
  readonly libraries: readonly string[];
  /** Forgets the hook. Calls that were taken come to their end; later ones are `UNKNOWN_HOOK`. */
  remove(): Promise<void>;
}

/** A function that is applied to what goes into a model. */
export interface PreHook extends HookInfo {
  readonly kind: "pre";
  /**
   * Runs the hook once.
   *
   * @param data Whatever travels: null, booleans, numbers, bigints, strings, bytes, lists, dicts,
   * tensors. Copied: what the hook does to it the caller does not see.
   * @param files Binary files, copied as well.
   * @throws {HookError} With the fault's code.
   */
  call(data: unknown, files?: readonly FileInput[], options?: CallOptions): Promise<CallResult>;
}

/** A function that is applied to what comes out of a model. */
export interface PostHook extends HookInfo {
  readonly kind: "post";
  /** As {@link PreHook.call}, with the model's result in front. */
  call(
    result: unknown,
    inputData?: unknown,
    files?: readonly FileInput[],
    options?: CallOptions,
  ): Promise<CallResult>;
}

export type Hook = PreHook | PostHook;

/** What a hook is made of, after it was read, checked and tried. */
export interface HookParts {
  readonly name: HookName;
  readonly parameters: number;
  readonly libraries: readonly string[];
  readonly worker: WorkerHook;
  readonly pool: Pool;
}

const NAMES = { pre: ["data"], post: ["result", "inputData"] } as const;

/** The hook behind both interfaces: they differ in how many arguments stand before the files. */
export class RegisteredHook implements HookInfo {
  readonly id: string;
  readonly kind: "pre" | "post";
  readonly name: string;
  readonly tenant: string;
  readonly parameters: number;
  readonly libraries: readonly string[];
  readonly #parts: HookParts;
  readonly #writer: ArgumentsWriter;
  #isRemoved = false;

  constructor(parts: HookParts) {
    const { id, kind, name, tenant } = parts.name;
    this.id = id;
    this.kind = kind;
    this.name = name;
    this.tenant = tenant;
    this.parameters = parts.parameters;
    this.libraries = parts.libraries;
    this.#parts = parts;
    const { hook, limits } = parts.worker.spec;
    this.#writer = new ArgumentsWriter(hook, limits, parts.pool.allocate);
  }

  async call(...given: unknown[]): Promise<CallResult> {
    const { pool, name } = this.#parts;
    if (pool.isClosing) throw hookErrorOf(closed(), name);
    return decoded(await this.callPacked(given));
  }

  /**
   * As `call`, but for the value: it stays the bytes that came. Arguments may be `Packed`. A
   * runtime that is closing still takes it: it is a part of a run that was taken.
   *
   * @throws {HookError} As `call` does.
   */
  async callPacked(given: readonly unknown[]): Promise<PackedResult> {
    const begunMs = performance.now();
    const { pool, worker, name } = this.#parts;
    try {
      const { record, signal } = this.#request(given);
      const bytesIn = record.length;
      const call = { hook: worker, record, signal };
      const answer = await pool.call(call);
      return resultOf(answer, name, { totalMs: performance.now() - begunMs, bytesIn });
    } catch (error) {
      throw hookErrorOf(error, name);
    }
  }

  /** The limits that its calls are held to. */
  get limits(): Limits {
    return this.#parts.worker.spec.limits;
  }

  /** Whether it declares the parameter that the files come in. */
  get takesFiles(): boolean {
    return this.parameters > NAMES[this.kind].length;
  }

  async remove(): Promise<void> {
    if (this.#isRemoved) return;
    this.#isRemoved = true;
    this.#parts.pool.forget(this.#parts.worker.spec.hook);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove();
  }

  /** Puts the arguments that the hook declares into a record; what it does not, stays here. */
  #request(given: readonly unknown[]): {
    record: Uint8Array<ArrayBuffer>;
    signal: AbortSignal | undefined;
  } {
    if (this.#isRemoved) throw new Refusal("UNKNOWN_HOOK", "", "The hook was removed");
    const names = NAMES[this.kind];
    const signal = signalFrom(given[names.length + 1]);
    const values = names
      .slice(0, this.parameters)
      .map((name, i) => [name, given[i] === undefined ? null : given[i]] as const);
    const files = (given[names.length] ?? []) as readonly FileInput[];
    return { record: this.#writer.write(values, this.takesFiles ? files : undefined), signal };
  }
}

/** Returns whatever went wrong as a `HookError`; a bug of ours stays what it is, as its cause. */
export function hookErrorOf(error: unknown, hook?: HookName): HookError {
  if (error instanceof HookError) return error;
  if (error instanceof Refusal) {
    const { cause } = error;
    return new HookError(error.toFault(), { hook }, cause === undefined ? {} : { cause });
  }
  const detail = error instanceof Error ? error.message : String(error);
  return new HookError({ code: "INTERNAL", path: "", detail }, { hook }, { cause: error });
}

/** Returns the signal in the options of a call. */
export function signalFrom(options: unknown): AbortSignal | undefined {
  if (options === undefined) return undefined;
  const { signal } = (options ?? {}) as CallOptions;
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  throw new Refusal("BAD_REQUEST", "options.signal", `wants an AbortSignal, got ${String(signal)}`);
}
