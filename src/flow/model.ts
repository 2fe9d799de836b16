/**
 * What a stage runs: one interface, and an adapter for each kind of model behind it.
 *
 * A {@link Model} is a description that may be used in any number of flows; deploying opens it, and
 * removing the flow disposes of what was opened. Adapters are trusted code: what a model says of
 * itself (a file, a server's metadata, its answers) is not, and is checked before it is believed.
 *
 * @module
 */

import type { Schema } from "../contract/schema/schema.ts";

/** W3C trace context: which trace a run belongs to. */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate?: string | undefined;
}

/** Where one can wait, one can give up. */
export interface ModelOptions {
  readonly signal?: AbortSignal | undefined;
  /** For a model elsewhere, to be sent along. */
  readonly trace?: TraceContext | undefined;
}

/** A model as a flow names it. Nothing is read, loaded or called before {@link Model.open}. */
export interface Model {
  /** What messages call it: its kind and where it comes from, as in `onnx digits.onnx`. */
  readonly name: string;
  /**
   * Gets the model ready.
   *
   * @throws {Refusal} `MODEL_FAILED` when it cannot be had: no such file, no such server, a file
   * that is none, a package that is not installed.
   */
  open(options?: ModelOptions): Promise<OpenModel>;
}

/** A model that is ready. Runs may overlap. */
export interface OpenModel extends AsyncDisposable {
  /** What it takes, where it is known. */
  readonly input?: Schema | undefined;
  /** What it gives, where it is known. */
  readonly output?: Schema | undefined;
  /**
   * Runs the model once.
   *
   * @param value Decoded plain data; it has been held to {@link OpenModel.input}. Not changed, not
   * kept.
   * @returns A value of its own: data that travels, not yet held to {@link OpenModel.output}.
   * @throws {Refusal} `MODEL_FAILED`; `INPUT_MISMATCH` when the value cannot be brought to the
   * model as it is; `CANCELLED` when the signal says so; `POOL_FULL` when too many runs wait
   * already; `CLOSED` when it was disposed of.
   */
  run(value: unknown, options?: ModelOptions): Promise<unknown>;
}
