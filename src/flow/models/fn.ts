/**
 * `fn(...)`: a function of the application as a model of a flow.
 *
 * For a model that the application has in its own process, or calls by a client of its own. The
 * function is trusted code and runs in the thread of the application: no limit stops it. What it
 * throws may hold anything, so of that one bounded line gets into the fault; the thing itself is
 * its `cause`, which crosses no border.
 *
 * @module
 */

import type { SchemaInput } from "../../contract/schema/foreign.ts";
import { show } from "../../contract/schema/misfit-words.ts";
import { plainSchema, type Schema } from "../../contract/schema/plain.ts";
import { Refusal } from "../../faults.ts";
import { optionsFrom } from "../../runtime/options.ts";
import type { Model, ModelOptions, OpenModel, TraceContext } from "../model.ts";
import { atTheDoor } from "./door.ts";

/** What may be said of a function. */
export interface FnOptions {
  /** What it takes: values are held to it before the function sees them. */
  readonly input?: SchemaInput;
  /** What it gives: its results are held to it. */
  readonly output?: SchemaInput;
  /** What messages call it; without it the name of the function. */
  readonly name?: string;
}

/**
 * The function: it gets a value that keeps to `input`, and returns data that travels, at once or
 * later. It must change neither the value nor, once it has returned it, the result.
 *
 * The signal is aborted when the call is given up; its caller has been told then, and what the
 * function still does is for nobody. The trace, where the run belongs to one, is for what the
 * function calls elsewhere.
 */
export type FnCallback<Value> = (
  value: Value,
  options: { readonly signal: AbortSignal; readonly trace?: TraceContext | undefined },
) => unknown;

/** The longest line of what a function threw that gets into a fault, in UTF-8. */
const TEXT_BYTES_MAX = 1024;

/** No name in messages is longer. */
const NAME_LENGTH_MAX = 100;

/**
 * Returns a function as a model.
 *
 * @typeParam Value What the function says it takes; nothing but `input` holds anybody to it.
 * @throws {HookError} `BAD_REQUEST` for what is no function, an option that is none, or a schema
 * that is none.
 *
 * @example
 * ```ts
 * const sum = fn(async (digits: number[]) => ({ sum: digits.reduce((a, b) => a + b, 0) }), {
 *   input: { type: "array", items: { type: "number" } },
 * });
 * ```
 */
export function fn<Value = unknown>(callback: FnCallback<Value>, options: FnOptions = {}): Model {
  return atTheDoor(() => {
    if (typeof callback !== "function") {
      throw new Refusal("BAD_REQUEST", "callback", `wants a function, got ${show(callback)}`);
    }
    const { input, output, name } = optionsFrom(options, ["input", "output", "name"]);
    const schemas = { input: schemaFrom(input, "input"), output: schemaFrom(output, "output") };
    const title = nameFrom(name, callback.name);
    return {
      name: title,
      open: async () =>
        new OpenFn({ ...schemas, title, callback: callback as FnCallback<unknown> }),
    };
  });
}

function schemaFrom(schema: unknown, name: string): Schema | undefined {
  return schema === undefined ? undefined : plainSchema(schema, name);
}

function nameFrom(said: unknown, own: unknown): string {
  if (said === undefined) {
    return typeof own === "string" && own !== "" ? `fn ${own.slice(0, NAME_LENGTH_MAX)}` : "fn";
  }
  if (typeof said === "string" && said !== "" && said.length <= NAME_LENGTH_MAX) return said;
  const want = `wants a string of 1 to ${NAME_LENGTH_MAX} characters`;
  throw new Refusal("BAD_REQUEST", "name", `${want}, got ${show(said)}`);
}

interface Parts {
  readonly title: string;
  readonly callback: FnCallback<unknown>;
  readonly input: Schema | undefined;
  readonly output: Schema | undefined;
}

class OpenFn implements OpenModel {
  readonly input: Schema | undefined;
  readonly output: Schema | undefined;
  readonly #title: string;
  #callback: FnCallback<unknown> | undefined;

  constructor({ title, callback, input, output }: Parts) {
    this.#title = title;
    this.#callback = callback;
    this.input = input;
    this.output = output;
  }

  async run(value: unknown, { signal, trace }: ModelOptions = {}): Promise<unknown> {
    const callback = this.#callback;
    if (!callback) throw new Refusal("CLOSED", "", `${this.#title} was disposed of; open it again`);
    if (signal?.aborted) throw cancelled();
    const given = { signal: signal ?? new AbortController().signal, trace };
    try {
      return await unlessAborted(begun(callback, value, given), signal);
    } catch (error) {
      throw signal?.aborted ? cancelled() : failed(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#callback = undefined;
  }
}

/** What the function throws at once is a rejection too. */
async function begun(
  callback: FnCallback<unknown>,
  value: unknown,
  options: Parameters<FnCallback<unknown>>[1],
): Promise<unknown> {
  return callback(value, options);
}

/** Settles as `work` does, or is rejected as soon as `signal` is aborted. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(cancelled());
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function cancelled(): Refusal {
  return new Refusal("CANCELLED", "", "was cancelled by its signal");
}

function failed(error: unknown): Refusal {
  return new Refusal("MODEL_FAILED", "", lineOf(error), undefined, { cause: error });
}

/** Returns what was thrown on one line of at most 1 KiB: never its stack. */
function lineOf(error: unknown): string {
  let text: string;
  try {
    text = error instanceof Error ? `${error.name}: ${error.message}` : `threw ${show(error)}`;
  } catch {
    text = "threw what cannot be shown";
  }
  const line = text
    .slice(0, TEXT_BYTES_MAX)
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .toWellFormed();
  const bytes = Buffer.from(line);
  if (bytes.length <= TEXT_BYTES_MAX && text.length <= TEXT_BYTES_MAX) return line;
  // A character that is cut in two would be decoded to one of another length, so it is dropped.
  const cut = bytes
    .subarray(0, TEXT_BYTES_MAX - 3)
    .toString()
    .replace(/\uFFFD+$/u, "");
  return `${cut}…`;
}
