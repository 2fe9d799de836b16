/**
 * The paths of `/v1` as one table: what each takes, what it does, what it gives. The router is made
 * from it, and so is the OpenAPI document.
 *
 * @module
 */

import type { IncomingHttpHeaders } from "node:http";

import { isDict } from "../../contract/schema/misfit-words.ts";
import { Refusal } from "../../faults.ts";
import { callAnswered, runAnswered } from "../answers.ts";
import type { Registered } from "../registry.ts";
import type { Asking, Service } from "../service.ts";
import type { Content } from "./answers.ts";
import type { BodyReader } from "./arguments.ts";
import type { Body, Form } from "./bodies.ts";

/** One request of somebody who was let in. */
export interface Asked {
  readonly asking: Asking;
  /** What stands in the path: `ref`, `name`, `version`. */
  readonly params: Readonly<Record<string, string>>;
  readonly body: Body | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** What is answered. */
export interface Acted {
  readonly content: Content | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  /** With parameters in braces, as OpenAPI writes them. */
  readonly path: string;
  /** The name of the operation. */
  readonly id: string;
  readonly summary: string;
  /** What a body is called in the document's schemas, and its forms; without it there is none. */
  readonly takes?: { readonly schema: string; readonly forms: readonly Form[] };
  /** Whether a request must have a body. */
  readonly isBodyNeeded?: boolean;
  readonly status: 200 | 201 | 204;
  /** What the answer is called in the document's schemas. */
  readonly gives?: string;
  act(asked: Asked): Acted | Promise<Acted>;
}

/** What routes are made of. */
export interface RouteParts {
  readonly service: Service;
  readonly reader: BodyReader;
}

const DECLARED: readonly Form[] = ["json", "msgpack"];
const VALUES: readonly Form[] = ["json", "msgpack", "multipart"];

/** Returns the routes. */
export function routesOf(parts: RouteParts): readonly Route[] {
  return [
    ...hookRoutes(parts),
    ...thingRoutes("hook", parts),
    ...flowRoutes(parts),
    ...thingRoutes("flow", parts),
    ...otherRoutes(parts),
  ];
}

function hookRoutes({ service, reader }: RouteParts): Route[] {
  return [
    {
      ...{ method: "POST", path: "/v1/hooks", id: "registerHook", status: 201 },
      summary: "Registers a hook; the same declaration is the same version",
      ...{ takes: { schema: "HookDeclaration", forms: DECLARED }, gives: "HookView" },
      isBodyNeeded: true,
      act: async ({ body, asking }) => {
        const view = await service.register(reader.declaration(body), asking);
        return created("hook", view);
      },
    },
    {
      ...{ method: "POST", path: "/v1/hooks/{ref}/call", id: "callHook", status: 200 },
      summary: "Calls a hook once",
      ...{ takes: { schema: "CallRequest", forms: VALUES }, gives: "CallAnswer" },
      act: async ({ body, headers, params, asking }) => {
        const given = await reader.call(body, headers["content-type"] ?? "");
        const answer = await service.call({ hook: params["ref"] ?? "", ...given }, asking);
        return { content: { answered: callAnswered(answer) } };
      },
    },
  ];
}

function flowRoutes({ service, reader }: RouteParts): Route[] {
  return [
    {
      ...{ method: "POST", path: "/v1/flows", id: "deployFlow", status: 201 },
      summary: "Checks a flow whole and deploys it; the same declaration is the same version",
      ...{ takes: { schema: "FlowDeclaration", forms: DECLARED }, gives: "FlowView" },
      isBodyNeeded: true,
      act: async ({ body, asking }) => {
        const view = await service.deploy(reader.declaration(body), asking);
        return created("flow", view);
      },
    },
    {
      ...{ method: "POST", path: "/v1/flows/{ref}/run", id: "runFlow", status: 200 },
      summary: "Runs a flow once",
      ...{ takes: { schema: "RunRequest", forms: VALUES }, gives: "RunAnswer" },
      act: async ({ body, headers, params, asking }) => {
        const given = await reader.run(body, headers["content-type"] ?? "");
        const answer = await service.run({ flow: params["ref"] ?? "", ...given }, asking);
        return { content: { answered: runAnswered(answer) } };
      },
    },
  ];
}

/** What hooks and flows have in common. */
function thingRoutes(kind: Registered, { service, reader }: RouteParts): Route[] {
  const [base, title] = [`/v1/${kind}s`, kind === "hook" ? "Hook" : "Flow"];
  const one = `${base}/{ref}`;
  const gives = `${title}View`;
  const target = ({ params }: Asked) => ({ [kind]: params["ref"] });
  return [
    {
      ...{ method: "GET", path: base, id: `list${title}s`, status: 200 },
      ...{ summary: `Lists the ${kind}s of the caller's tenant`, gives: `${title}Listing` },
      act: ({ asking }) => {
        const key = `${kind}s` as const;
        return { content: { plain: { [key]: service.list(asking)[key] } } };
      },
    },
    {
      ...{ method: "GET", path: one, id: `get${title}`, status: 200, gives },
      summary: `Looks at a ${kind}`,
      act: async (asked) => {
        return { content: { plain: await service.look(target(asked), asked.asking) } };
      },
    },
    {
      ...{ method: "DELETE", path: one, id: `remove${title}`, status: 204 },
      summary: `Removes a ${kind}: all versions of a name, or the one that the ref names`,
      act: async (asked) => {
        await service.remove(target(asked), asked.asking);
        return { content: undefined };
      },
    },
    {
      ...{ method: "POST", path: `${one}/rollback`, id: `rollback${title}`, status: 200, gives },
      summary: `Lets a name stand for an earlier version of its ${kind}`,
      takes: { schema: `${title}Rollback`, forms: DECLARED },
      act: async (asked) => {
        const said = reader.declaration(asked.body);
        if (!isDict(said)) throw new Refusal("BAD_REQUEST", "body", "wants a dict, as { to }");
        const what = { ...said, ...target(asked) };
        return { content: { plain: await service.rollback(what, asked.asking) } };
      },
    },
  ];
}

function otherRoutes({ service, reader }: RouteParts): Route[] {
  return [
    {
      ...{ method: "POST", path: "/v1/check", id: "checkFlow", status: 200, gives: "FlowReport" },
      summary: "Finds all that deploying a flow would, and deploys nothing",
      takes: { schema: "FlowDeclaration", forms: DECLARED },
      isBodyNeeded: true,
      act: async ({ body, asking }) => {
        return { content: { plain: await service.check(reader.declaration(body), asking) } };
      },
    },
    {
      ...{ method: "GET", path: "/v1/describe", id: "describe", status: 200 },
      ...{ summary: "What is in force: limits, libraries, isolation", gives: "Description" },
      act: ({ asking }) => ({ content: { plain: service.describe(asking) } }),
    },
  ];
}

function created(kind: Registered, view: { readonly ref: string }): Acted {
  const location = `/v1/${kind}s/${encodeURIComponent(view.ref)}`;
  return { content: { plain: view }, headers: { location } };
}
