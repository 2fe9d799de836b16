/**
 * The table of routes as an OpenAPI 3.1 document.
 *
 * The paths of the Open Inference Protocol are not in it: they have a document of their own.
 *
 * @module
 */

import { type Form, MEDIA_TYPES } from "./bodies.ts";
import type { Route } from "./routes.ts";
import { SCHEMAS } from "./schemas.ts";

type Dict = Readonly<Record<string, unknown>>;

/** Headers that every request may have. */
const PARAMETERS: readonly Dict[] = [
  {
    ...{ name: "bookend-deadline-ms", in: "header" },
    description: "Gives the request up after so many milliseconds",
    schema: { type: "integer", minimum: 0 },
  },
  {
    ...{ name: "bookend-numpy", in: "header" },
    description: "With 1, tensors in MessagePack leave as arrays of msgpack-numpy",
    schema: { enum: ["1"] },
  },
  { name: "traceparent", in: "header", description: "W3C trace context", schema: TEXT() },
];

/** Paths that need no key. */
const OPEN_PATHS: Readonly<Record<string, readonly [summary: string, type: string]>> = {
  "/healthz": ["Whether the process lives", "application/json"],
  "/readyz": ["Whether it takes calls; 503 while it drains", "application/json"],
  "/metrics": ["Metrics, from the same machine or with a key", "text/plain"],
  "/openapi.json": ["This document", "application/json"],
};

/** Returns the document. */
export function openApiOf(routes: readonly Route[], version: string): Dict {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = (paths[route.path] ??= {});
    path[route.method.toLowerCase()] = operationOf(route);
  }
  for (const [path, [summary, type]] of Object.entries(OPEN_PATHS)) {
    const answer = { description: "OK", content: { [type]: { schema: {} } } };
    paths[path] = { get: { summary, security: [], responses: { 200: answer, default: PROBLEM } } };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Bookend", version, description: "Sandboxed hooks around models" },
    paths,
    components: {
      schemas: SCHEMAS,
      securitySchemes: { key: { type: "http", scheme: "bearer" } },
    },
    security: [{ key: [] }],
  };
}

const PROBLEM: Dict = {
  description: "What went wrong, as problem details (RFC 9457)",
  content: {
    "application/problem+json": { schema: schemaOf("Problem") },
    "application/msgpack": { schema: schemaOf("Problem") },
  },
};

function operationOf(route: Route): Dict {
  const { id, summary, takes, gives, status, isBodyNeeded } = route;
  const parameters = [...pathParameters(route.path), ...PARAMETERS];
  const answer = gives
    ? { description: "OK", content: contentOf(["json", "msgpack"], gives) }
    : { description: "Done" };
  return {
    ...{ operationId: id, summary, parameters },
    ...(takes && {
      requestBody: {
        required: isBodyNeeded === true,
        content: contentOf(takes.forms, takes.schema),
      },
    }),
    responses: { [status]: answer, default: PROBLEM },
  };
}

function pathParameters(path: string): Dict[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    ...{ name, in: "path", required: true, schema: TEXT() },
    description: "name, name@version, or a version alone",
  }));
}

function contentOf(forms: readonly Form[], schema: string): Dict {
  const types = forms.map((form) => [MEDIA_TYPES[form][0], { schema: schemaOf(schema) }] as const);
  return Object.fromEntries(types);
}

function schemaOf(name: string): Dict {
  return { $ref: `#/components/schemas/${name}` };
}

function TEXT(): Dict {
  return { type: "string" };
}
