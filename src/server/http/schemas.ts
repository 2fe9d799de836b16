/**
 * What is sent and answered, as JSON Schemas for the OpenAPI document. A test holds real answers to
 * them. Payloads are looked at by the service alone: no schema here is used for a request.
 *
 * @module
 */

import { FAULTS } from "../../faults.ts";
import { LIMITS } from "../../limits.ts";

type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: "string" };
const number: Schema = { type: "number" };
const whole: Schema = { type: "integer" };
const flag: Schema = { type: "boolean" };
const anything: Schema = {};
const name: Schema = { type: "string", pattern: "^[A-Za-z0-9_-]{1,64}$" };
const hash: Schema = { type: "string", pattern: "^[0-9a-f]{64}$" };
const kind: Schema = { enum: ["pre", "post"] };
const dict: Schema = { type: "object" };
const contract: Schema = {
  type: ["object", "boolean"],
  description: "JSON Schema 2020-12 with the keywords tensor and bytes",
};

const ref = (to: string): Schema => ({ $ref: `#/components/schemas/${to}` });
const list = (items: Schema): Schema => ({ type: "array", items });
const described = (schema: Schema, description: string): Schema => ({ ...schema, description });

/** A dict of which all is known; `optional` may be left out. */
function object(required: Record<string, Schema>, optional: Record<string, Schema> = {}): Schema {
  const properties = { ...required, ...optional };
  return { type: "object", properties, required: Object.keys(required) };
}

const hookName = { id: hash, kind, name, tenant: name };
const stageModel = described(
  dict,
  "{ onnx }, { xgboost } or { openInference, model }: bytes want application/msgpack",
);
const hookSource: Schema = {
  oneOf: [
    described(text, "The text of a function"),
    ref("StageHook"),
    object({ hook: described(text, "The ref of a registered hook") }),
  ],
};
const files = list(ref("File"));

/** Of what is sent. */
const REQUESTS: Record<string, Schema> = {
  File: object(
    { data: described(text, "Base64 in JSON, bin in MessagePack") },
    { name: text, type: described(text, "Its media type") },
  ),
  HookDeclaration: object(
    { kind, source: described(text, "The text of a function") },
    { name, accepts: contract, returns: contract, limits: dict, state: text },
  ),
  StageHook: object(
    { source: text },
    { name, accepts: contract, returns: contract, limits: dict, state: text },
  ),
  StageDeclaration: object({ model: stageModel }, { name, pre: hookSource, post: hookSource }),
  FlowDeclaration: object(
    { stages: { ...list(ref("StageDeclaration")), minItems: 1, maxItems: 64 } },
    { name, example: object({ data: anything }, { files }) },
  ),
  CallRequest: described(
    object({}, { data: anything, result: anything, inputData: anything, files }),
    "data of a pre; result and inputData of a post",
  ),
  RunRequest: object({}, { data: anything, files }),
  HookRollback: object({}, { to: described(text, "A version; default: the one before") }),
  FlowRollback: object(
    {},
    {
      to: described(text, "A version; default: the one before"),
      stage: described(whole, "Goes back with one hook of this stage, counted from 1"),
      part: kind,
    },
  ),
};

const version: Schema = object({ version: hash, ref: text, since: text, isCurrent: flag });
const versions = list(object({ name, versions: list(version) }));
const place = object({ line: whole, column: whole });

/** Of what is answered. */
const ANSWERS: Record<string, Schema> = {
  HookName: object(hookName),
  HookView: object({
    ...hookName,
    ...{ version: hash, ref: text, parameters: whole, libraries: list(text) },
  }),
  StageInfo: object(
    { stage: whole, model: text },
    {
      ...{ name, input: contract, output: contract, takes: contract, gives: contract },
      ...{ pre: ref("HookName"), post: ref("HookName") },
    },
  ),
  FlowView: object({
    ...{ name, tenant: name, version: hash, ref: text, takesFiles: flag },
    stages: list(ref("StageInfo")),
  }),
  HookListing: object({ hooks: versions }),
  FlowListing: object({ flows: versions }),
  Receipt: object({
    ...{ totalMs: number, queueMs: number, loadMs: number, wallMs: number, cpuMs: number },
    ...{ checkMs: number, transferMs: number, bytesIn: whole, bytesOut: whole },
    ...{ heapBytes: number, warm: flag, logsDropped: whole },
  }),
  LogLine: object({ level: { enum: ["debug", "info", "log", "warn", "error"] }, text }),
  StageRun: object(
    {
      stage: whole,
      hooks: list(object({ ...hookName, receipt: ref("Receipt"), logs: list(ref("LogLine")) })),
    },
    { name, model: object({ name: text, ms: number }) },
  ),
  CallAnswer: object({
    ...{ value: anything, hook: ref("HookName") },
    ...{ receipt: ref("Receipt"), logs: list(ref("LogLine")) },
  }),
  RunAnswer: object({
    result: described({ type: ["array", "object"] }, "A tensor is nested lists in JSON"),
    ...{ run_id: text, run_time_ms: number, stages: list(ref("StageRun")) },
  }),
  FlowProblem: object(
    { code: text, path: text, detail: text, message: text },
    { stage: whole, part: { enum: ["pre", "model", "post"] }, name: text, at: place, stack: text },
  ),
  FlowReport: object({
    ...{ ok: flag, isTried: flag },
    ...{ problems: list(ref("FlowProblem")), stages: list(ref("StageInfo")) },
  }),
  Description: object({
    ...{ service: { const: "bookend" }, version: text, tenant: name },
    ...{ isolation: text, tenancy: text, jail: text },
    ...{ workers: whole, busy: whole, waiting: whole, libraries: list(dict) },
    limits: object(Object.fromEntries(Object.keys(LIMITS).map((limit) => [limit, whole]))),
  }),
  Problem: object(
    {
      type: described(text, "urn:bookend:fault:CODE, or about:blank"),
      ...{ title: text, status: whole, detail: text, path: text, retry: flag },
      code: { enum: Object.keys(FAULTS) },
    },
    {
      instance: described(text, "urn:uuid: and the id of the run"),
      ...{ message: text, blame: text, hook: ref("HookName"), stage: whole, run_id: text },
      ...{ at: place, stack: text, logs: list(ref("LogLine")), receipt: ref("Receipt") },
      ...{ stages: list(ref("StageRun")), problems: list(ref("FlowProblem")) },
    },
  ),
};

/** All schemas by name. */
export const SCHEMAS: Readonly<Record<string, Schema>> = { ...REQUESTS, ...ANSWERS };
