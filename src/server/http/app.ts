/**
 * The router with everything on it: who is let in, how bodies are read, what each path does, and
 * how what goes wrong is answered.
 *
 * @module
 */

import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";

import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";

import { Refusal } from "../../faults.ts";
import type { DoorParts } from "../door.ts";
import { BodyReader, wrongForm } from "./arguments.ts";
import { type Body, type Form, formNamed } from "./bodies.ts";
import { callerOf, deadlineOf, isLocal, traceOf } from "./caller.ts";
import { type AtWork, formFor, send, sendProblem } from "./exchange.ts";
import {
  answerBroken,
  Connections,
  HEADERS_ALWAYS,
  makeServer,
  type TlsOptions,
} from "./listener.ts";
import { type InferenceRoute, inferenceRoutes } from "./inference.ts";
import { openApiOf } from "./openapi.ts";
import { Declined, problemOf } from "./problem.ts";
import { BodyRoom } from "./reading.ts";
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
  const room = new BodyRoom(limits);
  const building: Building = { app, parts, options, work, room, reader: new BodyReader(limits) };
  const routes = routesOf({ service: parts.service, reader: building.reader });
  const inference = inferenceRoutes({
    ...building,
    service: parts.service,
    version: versionOf(options),
  });
  app.decorateRequest("entered", undefined);
  addParser(app, room);
  addEntrance(building, [...routes, ...inference]);
  addErrors(building);
  const connections = new Connections(app.server, limits);
  for (const route of routes) addRoute(building, route, connections);
  for (const route of inference) addInference(building, route, connections);
  addOpenRoutes(building, routes);
  return app;
}

function versionOf({ version = "0" }: AppOptions): string {
  return version;
}

/** What a path of either kind has. */
type Served = Pick<Route, "method" | "path">;

/** A router while it is made. */
interface Building {
  readonly app: FastifyInstance;
  readonly parts: DoorParts;
  readonly options: AppOptions;
  readonly work: AtWork;
  readonly reader: BodyReader;
  readonly room: BodyRoom;
}

/** Bodies are bytes here, whatever they are: who takes one reads it. */
function addParser(app: FastifyInstance, room: BodyRoom): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", async ({ headers, entered }: FastifyRequest, body: Readable) => {
    const bytes = await room.read(body, entered?.held ?? { bytes: 0 });
    const form = formNamed(headers["content-type"]);
    return form && bytes.length > 0 ? ({ form, bytes } satisfies Body) : undefined;
  });
}

/** Nothing of a body is read before this has let its request in. */
function addEntrance(
  { app, parts, options, work, room }: Building,
  routes: readonly Served[],
): void {
  const isMutual = options.tls?.ca !== undefined;
  app.addHook("onRequest", (request, reply, done) => {
    reply.headers(HEADERS_ALWAYS);
    try {
      const { isOpen = false, forms } = request.routeOptions.config;
      const caller = isOpen ? undefined : callerOf(request.raw, parts.gate, isMutual);
      const held = { bytes: 0 };
      request.entered = { caller, sinceMs: performance.now(), held };
      checkHead(request.raw);
      if (request.is404) throw notFound(request, routes);
      if (!isOpen && work.isDraining) throw draining();
      const hasBody = checkBody(request.raw, forms, parts.limits.frameBytes);
      if (hasBody) reply.raw.once("close", () => room.giveBack(held));
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
    /** The forms of its bodies; without them it has none. */
    forms?: readonly Form[];
  }
}

function draining(): Refusal {
  return new Refusal("CLOSED", "", "This server is about to end; ask another one");
}

/** What Node's parser lets pass, though two readers could take it for two requests. */
function checkHead({ headers, rawHeaders }: IncomingMessage): void {
  const transfer = headers["transfer-encoding"];
  if (transfer !== undefined && transfer.toLowerCase() !== "chunked") {
    throw new Declined(400, "wants no Transfer-Encoding but chunked", LAST);
  }
  const hosts = rawHeaders.filter((name, i) => i % 2 === 0 && isHost(name));
  if (hosts.length > 1) throw new Declined(400, "wants one Host, got several", LAST);
}

/** Behind a request that is ambiguous nothing is read. */
const LAST = { connection: "close" };

function isHost(name: string): boolean {
  return name.length === 4 && name.toLowerCase() === "host";
}

/** What a body's head says is enough to refuse it. Returns whether there is one. */
function checkBody(
  { headers }: IncomingMessage,
  forms: readonly Form[] | undefined,
  bytesMax: number,
): boolean {
  const { "content-length": length = "0", "transfer-encoding": transfer } = headers;
  if (transfer === undefined && length === "0") return false;
  const form = formNamed(headers["content-type"]);
  if (forms && !(form && forms.includes(form))) throw wrongForm(forms);
  const coding = headers["content-encoding"];
  if (coding !== undefined && coding !== "identity") {
    throw new Declined(415, `wants a body without Content-Encoding, got ${coding.slice(0, 40)}`, {
      "accept-encoding": "identity",
    });
  }
  const bytes = Number(length);
  if (bytes <= bytesMax) return true;
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

function addRoute({ app, work }: Building, route: Route, connections: Connections): void {
  const { method, path, status, takes, isBodyNeeded } = route;
  const handler = async (request: FastifyRequest, reply: FastifyReply) => {
    using _ = connections.begin(request.raw.socket);
    using working = work.begin(reply, deadlineLeft(request));
    if (takes && isBodyNeeded && request.body === undefined) throw wrongForm(takes.forms);
    // Who could not read the answer is told before anything is done for it.
    formFor(request);
    const { content, headers } = await route.act(askedBy(request, working.signal));
    return send(reply, content, { status, headers, isLast: work.isDraining });
  };
  const config = takes ? { forms: takes.forms } : {};
  app.route({ method, url: urlOf(path), handler, config });
}

/** The Open Inference Protocol, whose answers have a form of their own. */
function addInference(
  { app, work }: Building,
  { method, path, forms, act }: InferenceRoute,
  connections: Connections,
): void {
  const handler = async (request: FastifyRequest, reply: FastifyReply) => {
    using _ = connections.begin(request.raw.socket);
    using working = work.begin(reply, deadlineLeft(request));
    const { body, headers } = await act(askedBy(request, working.signal));
    if (work.isDraining) reply.header("connection", "close");
    return reply.headers(headers).send(body);
  };
  app.route({ method, url: urlOf(path), handler, config: forms ? { forms } : {} });
}

/** `/v1/hooks/{ref}` as the router writes it: `/v1/hooks/:ref`. */
function urlOf(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ":$1");
}

/** What has gone by while the body came is the caller's time, too. */
function deadlineLeft({ raw, entered }: FastifyRequest): number | undefined {
  const deadlineMs = deadlineOf(raw.headers);
  if (deadlineMs === undefined || !entered) return deadlineMs;
  return deadlineMs - (performance.now() - entered.sinceMs);
}

/** Returns a request as routes see it. */
function askedBy(request: FastifyRequest, signal: AbortSignal): Asked {
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
  const document = openApiOf(routes, versionOf(options));
  const plain = (reply: FastifyReply, value: unknown, status = 200) =>
    send(reply, { plain: value }, { status, isLast: work.isDraining });
  app.get("/healthz", { config }, (_request, reply) => plain(reply, { status: "ok" }));
  app.get("/readyz", { config }, (_request, reply) =>
    work.isDraining
      ? plain(reply.header("retry-after", "1"), { status: "draining" }, 503)
      : plain(reply, { status: "ok" }),
  );
  app.get("/v2/health/live", { config }, (_request, reply) => plain(reply, { live: true }));
  app.get("/v2/health/ready", { config }, (_request, reply) =>
    plain(reply, { ready: !work.isDraining }, work.isDraining ? 503 : 200),
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
function notFound({ url, method }: FastifyRequest, routes: readonly Served[]): Declined {
  const path = url.split("?", 1)[0] ?? "";
  const isThis = (route: Served) =>
    new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, "[^/]+")}/?$`).test(path);
  const methods = [...new Set(routes.filter(isThis).map((route) => route.method))];
  const shown = JSON.stringify(path.slice(0, 100));
  if (methods.length === 0) return new Declined(404, `there is no ${shown}; see /openapi.json`);
  const allow = methods.join(", ");
  return new Declined(405, `wants ${allow} at ${shown}, got ${method}`, { allow });
}
