/**
 * The router with everything on it: who is let in, how bodies are read, what each path does, and
 * how what goes wrong is answered.
 *
 * @module
 */

import type { IncomingMessage } from "node:http";

import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";

import { Refusal } from "../../faults.ts";
import type { DoorParts } from "../door.ts";
import { BodyReader, wrongForm } from "./arguments.ts";
import { type Body, bodyOf, type Form, MEDIA_TYPES } from "./bodies.ts";
import { callerOf, deadlineOf, isLocal, traceOf } from "./caller.ts";
import { type AtWork, formFor, send, sendProblem } from "./exchange.ts";
import {
  answerBroken,
  Connections,
  HEADERS_ALWAYS,
  makeServer,
  type TlsOptions,
} from "./listener.ts";
import { openApiOf } from "./openapi.ts";
import { Declined, problemOf } from "./problem.ts";
import { type Asked, type Route, routesOf } from "./routes.ts";

/** What the door says of itself and where its metrics are. */
export interface AppOptions {
  readonly tls?: TlsOptions | undefined;
  readonly metrics?: (() => Promise<string>) | undefined;
  readonly version?: string | undefined;
}

/** A name, `@`, and 64 digits of a version, each character as three where it is escaped. */
const PARAM_LENGTH_MAX = 600;
/** A body of so many bytes is read and dropped; of a longer one the connection is ended instead. */
const DROPPED_BYTES = 64 * 1024;

/** The text format that collectors of metrics read. */
const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Returns the router; its server does not listen yet. */
export function makeApp(parts: DoorParts, options: AppOptions, work: AtWork): FastifyInstance {
  const { limits } = parts;
  const app = fastify({
    serverFactory: (handler) => makeServer(handler, parts, options.tls),
    clientErrorHandler: (error, socket) => answerBroken(error, socket as never, parts),
    frameworkErrors: (error, _request, reply) => void sendProblem(reply, error, true),
    routerOptions: { maxParamLength: PARAM_LENGTH_MAX },
    bodyLimit: limits.frameBytes,
    forceCloseConnections: false,
    return503OnClosing: false,
  });
  const building: Building = { app, parts, options, work, reader: new BodyReader(limits) };
  app.decorateRequest("entered", undefined);
  addParsers(app);
  addEntrance(building);
  addErrors(building);
  const routes = routesOf({ service: parts.service, reader: building.reader });
  const connections = new Connections(app.server, limits);
  for (const route of routes) addRoute(building, route, connections);
  addOpenRoutes(building, routes);
  app.setNotFoundHandler((request) => {
    throw notFound(request, routes);
  });
  return app;
}

/** A router while it is made. */
export interface Building {
  readonly app: FastifyInstance;
  readonly parts: DoorParts;
  readonly options: AppOptions;
  readonly work: AtWork;
  readonly reader: BodyReader;
}

/** Bodies are bytes here, whatever they are: who takes one reads it. */
function addParsers(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  for (const [form, types] of Object.entries(MEDIA_TYPES)) {
    app.addContentTypeParser([...types], { parseAs: "buffer" }, (_request, bytes, done) => {
      done(null, bytes.length === 0 ? undefined : bodyOf(form as Form, bytes as Buffer));
    });
  }
}

/** Nothing of a body is read before this has let its request in. */
function addEntrance({ app, parts, options, work }: Building): void {
  const isMutual = options.tls?.ca !== undefined;
  app.addHook("onRequest", (request, reply, done) => {
    reply.headers(HEADERS_ALWAYS);
    try {
      const isOpen = request.routeOptions.config.isOpen === true;
      const caller = isOpen ? undefined : callerOf(request.raw, parts.gate, isMutual);
      request.entered = { caller, sinceMs: performance.now() };
      if (!isOpen && work.isDraining) throw draining();
      checkBody(request.raw, parts.limits.frameBytes);
      if (request.headers.expect !== undefined) reply.raw.writeContinue();
      done();
    } catch (error) {
      done(error as Error);
    }
  });
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** Whether it needs no key. */
    isOpen?: boolean;
  }
}

function draining(): Refusal {
  return new Refusal("CLOSED", "", "This server is about to end; ask another one");
}

/** What a body's head says is enough to refuse it. */
function checkBody({ headers }: IncomingMessage, bytesMax: number): void {
  const coding = headers["content-encoding"];
  if (coding !== undefined && coding !== "identity") {
    throw new Declined(415, `wants a body without Content-Encoding, got ${coding.slice(0, 40)}`, {
      "accept-encoding": "identity",
    });
  }
  const bytes = Number(headers["content-length"] ?? 0);
  if (bytes <= bytesMax) return;
  const detail = `wants a body of at most ${bytesMax} bytes (limits.frameBytes), got ${bytes}`;
  throw new Refusal("INPUT_TOO_LARGE", "body", detail);
}

function addErrors({ app, parts, work }: Building): void {
  app.setErrorHandler((error, request, reply) => {
    const { code, status } = problemOf(error);
    const isUnasked = request.entered === undefined || status === 413 || code === "INTERNAL";
    if (isUnasked) {
      const said = code === "INTERNAL" && error instanceof Error ? error.message : undefined;
      parts.observer.refused("http", code, said ?? detailOf(error));
    }
    return sendProblem(reply, error, work.isDraining || isUnread(request));
  });
}

function detailOf(error: unknown): string {
  if (error instanceof Refusal) return `${error.path} ${error.detail}`.trim();
  return error instanceof Error ? error.message : String(error);
}

/** Whether more of a body may come than is worth reading. */
function isUnread({ raw }: FastifyRequest): boolean {
  if (raw.complete) return false;
  const { "content-length": length, "transfer-encoding": coding, expect } = raw.headers;
  return coding !== undefined || expect !== undefined || Number(length ?? 0) > DROPPED_BYTES;
}

function addRoute({ app, parts, work }: Building, route: Route, connections: Connections): void {
  const { method, path, status, takes, isBodyNeeded } = route;
  const url = path.replaceAll(/\{(\w+)\}/g, ":$1");
  const handler = async (request: FastifyRequest, reply: FastifyReply) => {
    using _ = connections.begin(request.raw.socket);
    using working = work.begin(reply, deadlineLeft(request));
    const body = request.body as Body | undefined;
    if (takes && ((isBodyNeeded && !body) || (body && !takes.forms.includes(body.form)))) {
      throw wrongForm(takes.forms);
    }
    // Who could not read the answer is told before anything is done for it.
    formFor(request);
    const { content, headers } = await route.act(askedBy(request, working.signal));
    return send(reply, content, { status, headers, isLast: work.isDraining });
  };
  app.route({ method, url, handler, bodyLimit: parts.limits.frameBytes });
}

/** What has gone by while the body came is the caller's time, too. */
export function deadlineLeft({ raw, entered }: FastifyRequest): number | undefined {
  const deadlineMs = deadlineOf(raw.headers);
  if (deadlineMs === undefined || !entered) return deadlineMs;
  return deadlineMs - (performance.now() - entered.sinceMs);
}

/** Returns a request as routes see it. */
export function askedBy(request: FastifyRequest, signal: AbortSignal): Asked {
  const { headers, entered } = request;
  if (!entered?.caller) throw new Error("A request got past the entrance without a caller");
  return {
    asking: { caller: entered.caller, signal, trace: traceOf(headers) },
    params: request.params as Readonly<Record<string, string>>,
    body: request.body as Body | undefined,
    headers,
  };
}

/** Paths for whoever watches over the process. */
function addOpenRoutes(building: Building, routes: readonly Route[]): void {
  const { app, options, work } = building;
  const config = { isOpen: true };
  const document = openApiOf(routes, options.version ?? "0");
  const plain = (reply: FastifyReply, value: unknown, status = 200) =>
    send(reply, { plain: value }, { status, isLast: work.isDraining });
  app.get("/healthz", { config }, (_request, reply) => plain(reply, { status: "ok" }));
  app.get("/readyz", { config }, (_request, reply) =>
    work.isDraining
      ? plain(reply.header("retry-after", "1"), { status: "draining" }, 503)
      : plain(reply, { status: "ok" }),
  );
  app.get("/openapi.json", { config }, (_request, reply) => plain(reply, document));
  addMetrics(building);
}

function addMetrics({ app, parts, options, work }: Building): void {
  const { metrics, tls } = options;
  if (!metrics) return;
  app.get("/metrics", { config: { isOpen: true } }, async (request, reply) => {
    if (!isLocal(request.raw)) callerOf(request.raw, parts.gate, tls?.ca !== undefined);
    const text = await metrics();
    if (work.isDraining) reply.header("connection", "close");
    return reply.header("content-type", METRICS_TYPE).send(text);
  });
}

/** A path that is there with another method is 405, else it is 404. */
function notFound({ url, method }: FastifyRequest, routes: readonly Route[]): Declined {
  const path = url.split("?", 1)[0] ?? "";
  const isThis = (route: Route) =>
    new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, "[^/]+")}/?$`).test(path);
  const methods = [...new Set(routes.filter(isThis).map((route) => route.method))];
  const shown = JSON.stringify(path.slice(0, 100));
  if (methods.length === 0) return new Declined(404, `there is no ${shown}; see /openapi.json`);
  const allow = methods.join(", ");
  return new Declined(405, `wants ${allow} at ${shown}, got ${method}`, { allow });
}
