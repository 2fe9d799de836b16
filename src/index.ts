/**
 * Bookend: runs other people's pre- and post-processing functions around models, contained.
 *
 * @example
 * ```ts
 * import { createRuntime } from "bookend";
 *
 * await using runtime = await createRuntime();
 * const hook = await runtime.register({ kind: "pre", source: (data) => data.length });
 * const { value } = await hook.call([1, 2, 3]); // 3
 * ```
 *
 * @module
 */

export type {
  Library,
  LibraryEntry,
  LibraryWorld,
  WasmInstance,
  WasmModule,
} from "./contract/library.ts";
export type { SchemaInput } from "./contract/schema/foreign.ts";
export { dict, list, type Schema, tensor } from "./contract/schema/schema.ts";
export { type DType, type Nested, Tensor, type TensorData } from "./contract/tensor.ts";
export { type Fault, type FaultCode, FAULTS, type SourcePlace } from "./faults.ts";
export type { Endpoint, StageInfo } from "./flow/endpoint.ts";
export type { RunOptions } from "./flow/given.ts";
export type { Model, ModelOptions, OpenModel, TraceContext } from "./flow/model.ts";
export { fn, type FnCallback, type FnOptions } from "./flow/models/fn.ts";
export { onnx, type OnnxOptions } from "./flow/models/onnx.ts";
export { openInference, type OpenInferenceOptions } from "./flow/models/open-inference.ts";
export { xgboost, type XgboostOptions } from "./flow/models/xgboost.ts";
export type { FlowResult } from "./flow/run.ts";
export {
  type CheckOptions,
  createRuntime,
  type DeployOptions,
  type FlowExample,
  type FlowReport,
  type Runtime,
} from "./flow/runtime.ts";
export type { Stage, StageHook } from "./flow/stage.ts";
export { type LimitName, type LimitOptions, LIMITS, type Limits } from "./limits.ts";
export type { AllowlistOptions } from "./runtime/allowlist.ts";
export type { CallResult } from "./runtime/answer.ts";
export type { FileInput } from "./runtime/arguments.ts";
export { configFrom } from "./runtime/config.ts";
export type { CallOptions, Hook, HookInfo, PostHook, PreHook } from "./runtime/hook.ts";
export {
  HookError,
  type HookName,
  type HookRun,
  type LogLine,
  type Problem,
  type Receipt,
  type StageRun,
} from "./runtime/hook-error.ts";
export type {
  HookRuntime,
  RegisterOptions,
  RuntimeInfo,
  RuntimeOptions,
} from "./runtime/runtime.ts";
