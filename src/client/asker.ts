/**
 * One question with all that goes with it: its deadline, its caller's signal, how often it is asked
 * again.
 *
 * @module
 */

import { Refusal } from "../faults.ts";
import { traceFrom } from "../flow/trace-context.ts";
import { HookError, type HookName } from "../runtime/hook-error.ts";
import { optionsFrom } from "../runtime/options.ts";
import { pause } from "./backoff.ts";
import type { AskOptions } from "./interface.ts";
import { deadlineFrom, type Settings } from "./options.ts";
import type { Packing } from "./packing.ts";
import { givenUp, isPassing, type Question, type Transport } from "./transport.ts";

/** Asks, for handles and for the client itself. */
export class Asker {
  readonly packing: Packing;
  readonly #transport: Transport;
  readonly #settings: Settings;

  constructor(transport: Transport, settings: Settings, packing: Packing) {
    this.packing = packing;
    this.#transport = transport;
    this.#settings = settings;
  }

  /**
   * Returns what the server answers: decoded, and not believed yet.
   *
   * @throws {HookError} The fault that it answered with.
   * @throws {Refusal} Where it did not, or an option is none.
   */
  async ask(question: Question, options: AskOptions = {}): Promise<unknown> {
    this.#checkSize(question);
    const { signal, deadlineMs, trace } = optionsOf(options);
    const ms = deadlineMs ?? this.#settings.deadlineMs;
    const late = new AbortController();
    const timer = ms === undefined ? undefined : setTimeout(() => late.abort(tooLate(ms)), ms);
    const both = signal ? AbortSignal.any([late.signal, signal]) : late.signal;
    try {
      for (let tries = 1; ; tries += 1) {
        try {
          return await this.#transport.ask(question, { signal: both, deadlineMs: ms, trace });
        } catch (error) {
          if (tries > this.#settings.retries || !isPassing(error)) throw error;
          await pause(tries, both);
          if (both.aborted) throw givenUp(both);
        }
      }
    } finally {
      clearTimeout(timer);
    }
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  #checkSize(question: Question): void {
    if ("declaration" in question) return this.packing.checkSize([question.declaration]);
    if (!("values" in question)) return;
    const { values, files } = question;
    this.packing.checkSize([...values.map(([, value]) => value), ...(files ? [files] : [])]);
  }
}

/**
 * Returns whatever went wrong as what a user catches.
 *
 * @param hook Whose call it was: what a door refuses, no hook has seen, and no server names one.
 */
export function errorOf(error: unknown, hook?: HookName): HookError {
  if (error instanceof HookError) {
    return hook && !error.hook ? new HookError(error.toFault(), { ...error, hook }) : error;
  }
  if (error instanceof Refusal) return new HookError(error.toFault(), { hook });
  const detail = error instanceof Error ? error.message : String(error);
  return new HookError({ code: "INTERNAL", path: "", detail }, { hook }, { cause: error });
}

function optionsOf(options: unknown): AskOptions {
  // An example is a part of what is declared.
  const { signal, deadlineMs, trace } = optionsFrom(options, [
    ...["signal", "deadlineMs", "trace", "example"],
  ]);
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    const detail = `wants an AbortSignal, got ${String(signal)}`;
    throw new Refusal("BAD_REQUEST", "options.signal", detail);
  }
  const { traceparent, tracestate } = Object(trace) as Record<string, unknown>;
  return {
    signal,
    deadlineMs: deadlineFrom(deadlineMs),
    trace: traceFrom(traceparent, tracestate),
  };
}

function tooLate(ms: number): Refusal {
  return new Refusal("CANCELLED", "", `wants an answer within ${ms} ms (deadlineMs), got none`);
}
