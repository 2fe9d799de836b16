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

export type { LibraryEntry } from "./contract/library.ts";
export { dict, list, type Schema, tensor } from "./contract/schema/schema.ts";
export { type DType, type Nested, Tensor, type TensorData } from "./contract/tensor.ts";
export { type Fault, type FaultCode, FAULTS, type SourcePlace } from "./faults.ts";
export { type LimitName, type LimitOptions, LIMITS, type Limits } from "./limits.ts";
export type { CallResult } from "./runtime/answer.ts";
export type { FileInput } from "./runtime/arguments.ts";
export type { CallOptions, Hook, HookInfo, PostHook, PreHook } from "./runtime/hook.ts";
export { HookError, type HookName, type LogLine, type Receipt } from "./runtime/hook-error.ts";
export {
  createRuntime,
  type RegisterOptions,
  type Runtime,
  type RuntimeInfo,
  type RuntimeOptions,
} from "./runtime/runtime.ts";
