/**
 * The Open Inference Protocol 2 over HTTP: each deployed flow is a model.
 *
 * The name of a model is the name of a flow, and a version of it as many digits of the flow's
 * version as a ref wants. What is wrong is `{"error": "…"}` here, a sentence, as the protocol has
 * it.
 *
 * Flows are not given files here: the protocol has none.
 *
 * @module
 */

import { isDict } from "../../contract/schema/misfit-words.ts";
import { decode } from "../../wire/decode.ts";
import { readText } from "../../wire/text.ts";
import { refOf } from "../refs.ts";
import type { Asking, FlowView, Service } from "../service.ts";
import type { BodyReader } from "./arguments.ts";
import type { Form } from "./bodies.ts";
import { type ModelName, writeAnswer } from "./inference-answer.ts";
import { slotsOf } from "./inference-metadata.ts";
import { inferFrom, type InferRequest, WHOLE_INPUT, WHOLE_OUTPUT } from "./inference-request.ts";
import { wrongForm } from "./arguments.ts";
import type { Asked } from "./routes.ts";

/** What is answered on a path of the protocol. */
export interface InferenceActed {
  readonly body: string | Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

export interface InferenceRoute {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly forms?: readonly Form[];
  act(asked: Asked): InferenceActed | Promise<InferenceActed>;
}

/** What the routes are made of. */
export interface InferenceParts {
  readonly service: Service;
  readonly reader: BodyReader;
  readonly version: string;
}

const MODEL = "/v2/models/{name}";
const PLATFORM = "bookend";
const JSON_HEADERS = { "content-type": "application/json" } as const;
/** Binary requests come without a media type from some clients. */
export const INFER_FORMS: readonly Form[] = ["json", "octets"];

/** Returns the routes. */
export function inferenceRoutes(parts: InferenceParts): readonly InferenceRoute[] {
  const server = { name: "bookend", version: parts.version, extensions: ["binary_tensor_data"] };
  return [
    { method: "GET", path: "/v2", act: () => said(server) },
    ...[MODEL, `${MODEL}/versions/{version}`].flatMap((path) => modelRoutes(path, parts)),
  ];
}

function modelRoutes(path: string, parts: InferenceParts): InferenceRoute[] {
  const { service } = parts;
  return [
    { method: "GET", path, act: async (asked) => said(await metadataOf(service, asked)) },
    {
      ...{ method: "GET", path: `${path}/ready` },
      act: async (asked) => {
        const { name } = await lookedAt(service, asked);
        return said({ name, ready: true });
      },
    },
    {
      ...{ method: "POST", path: `${path}/infer`, forms: INFER_FORMS },
      act: (asked) => infer(asked, parts),
    },
  ];
}

function said(value: unknown): InferenceActed {
  return { body: JSON.stringify(value), headers: JSON_HEADERS };
}

async function metadataOf(service: Service, asked: Asked): Promise<unknown> {
  const { name, stages } = await lookedAt(service, asked);
  const listed = service.list(asked.asking).flows.find((one) => one.name === name);
  return {
    name,
    versions: listed?.versions.map(({ version }) => versionOf(version)) ?? [],
    platform: PLATFORM,
    inputs: slotsOf(stages[0]?.takes, WHOLE_INPUT),
    outputs: slotsOf(stages.at(-1)?.gives, WHOLE_OUTPUT),
  };
}

/** Looking at a flow makes it live: so it is ready afterwards. */
async function lookedAt(service: Service, { asking, params }: Asked): Promise<FlowView> {
  // The ref of a flow is looked for among flows only.
  return (await service.look({ flow: flowIn(params) }, asking)) as FlowView;
}

async function infer(
  { asking, params, body, headers }: Asked,
  { service, reader }: InferenceParts,
): Promise<InferenceActed> {
  if (!body) throw wrongForm(INFER_FORMS);
  const header = headers["inference-header-content-length"];
  const request = inferFrom(body, typeof header === "string" ? header : undefined);
  const flow = flowIn(params);
  const value = await valueOf(request, flow, { service, asking });
  const data = reader.packed(value, "inputs");
  const { payload } = await service.run({ flow, data, files: [] }, asking);
  const model: ModelName = { name: params["name"] ?? "", version: params["version"] };
  return writeAnswer(decode(payload, readText), request, model);
}

interface Looking {
  readonly service: Service;
  readonly asking: Asking;
}

/** One input called `input` is the value itself, unless the flow takes a dict that has one. */
async function valueOf(
  { inputs }: InferRequest,
  flow: string,
  { service, asking }: Looking,
): Promise<unknown> {
  const whole = inputs.size === 1 ? inputs.get(WHOLE_INPUT) : undefined;
  if (whole === undefined) return Object.fromEntries(inputs);
  const { stages } = (await service.look({ flow }, asking)) as FlowView;
  const takes = stages[0]?.takes;
  const isDictWanted = isDict(takes) && isDict(takes["properties"]);
  return isDictWanted ? Object.fromEntries(inputs) : whole;
}

function flowIn({ name = "", version }: Readonly<Record<string, string>>): string {
  return version === undefined ? name : `${name}@${version}`;
}

/** As many digits as a ref of ours shows. */
function versionOf(version: string): string {
  return refOf({ name: "", version }).slice(1);
}
