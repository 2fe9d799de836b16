/**
 * The body of a request in the form that it came in, and what form an answer is to have.
 *
 * A body is the bytes of one request, nobody else's; what it holds is read by `arguments.ts`.
 *
 * @module
 */

import type { IncomingHttpHeaders } from "node:http";

import { Declined } from "./problem.ts";

/** The forms of bodies. `octets` is JSON with tensors as bytes behind it: see `inference.ts`. */
export type Form = "json" | "msgpack" | "multipart" | "octets";

/** The forms of answers. */
export type AnswerForm = "json" | "msgpack";

export interface Body {
  readonly form: Form;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The first of each form is what we say ourselves. */
export const MEDIA_TYPES: Readonly<Record<Form, readonly string[]>> = {
  json: ["application/json"],
  msgpack: ["application/msgpack", "application/x-msgpack", "application/vnd.msgpack"],
  multipart: ["multipart/form-data"],
  octets: ["application/octet-stream"],
};

const FORM_OF = new Map(
  Object.entries(MEDIA_TYPES).flatMap(([form, types]) => types.map((type) => [type, form as Form])),
);

/**
 * Returns the form that a request says its body has; nothing for one that we do not know. Bytes
 * without a type are bytes.
 */
export function formNamed(contentType: string | undefined): Form | undefined {
  if (contentType === undefined) return "octets";
  const known = FORM_OF.get(contentType);
  return known ?? FORM_OF.get((contentType.split(";", 1)[0] ?? "").trim().toLowerCase());
}

/**
 * Returns the form that an answer is to have: as Accept says, else as the request came.
 *
 * @throws {Declined} 406 when Accept takes neither form.
 */
export function answerFormOf(
  accept: IncomingHttpHeaders["accept"],
  form: Form | undefined,
): AnswerForm {
  const own = form === "msgpack" ? "msgpack" : "json";
  if (accept === undefined || accept === "*/*" || accept === "application/json") {
    return accept === "application/json" ? "json" : own;
  }
  const ranges = accept.split(",").map(rangeFrom);
  const [json, msgpack] = [qualityOf(ranges, "json"), qualityOf(ranges, "msgpack")];
  if (json === 0 && msgpack === 0) {
    const wants = `wants an Accept that takes ${MEDIA_TYPES.json[0]} or ${MEDIA_TYPES.msgpack[0]}`;
    throw new Declined(406, `${wants}, got ${JSON.stringify(accept.slice(0, 100))}`);
  }
  if (json === msgpack) return own;
  return json > msgpack ? "json" : "msgpack";
}

interface Range {
  readonly type: string;
  readonly quality: number;
}

function rangeFrom(text: string): Range {
  const [type = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const said = parameters.find((one) => one.startsWith("q="))?.slice(2);
  const quality = said === undefined ? 1 : Number(said);
  return { type, quality: quality >= 0 && quality <= 1 ? quality : 0 };
}

/** What names a type goes before what names a family, and that before what names all. */
function qualityOf(ranges: readonly Range[], form: AnswerForm): number {
  const problem = form === "json" ? ["application/problem+json"] : [];
  for (const types of [[...MEDIA_TYPES[form], ...problem], ["application/*"], ["*/*"]]) {
    const named = ranges.filter(({ type }) => types.includes(type));
    if (named.length > 0) return Math.max(...named.map(({ quality }) => quality));
  }
  return 0;
}
