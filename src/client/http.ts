/**
 * A server over HTTP: one request for each question, connections kept and shared.
 *
 * It is Node's own client and not `fetch`, which takes no certificates, and does not say whether a
 * request had a connection when it failed: that is what decides whether it may be sent again.
 *
 * Invariants:
 * - No more than the bound of an answer is held, whatever the server says of its length.
 * - Redirects are not followed: the key is for this server only.
 *
 * @module
 */

import http from "node:http";
import https from "node:https";

import { Refusal } from "../faults.ts";
import { dictIn, hookErrorIn, misread } from "./answers.ts";
import { Due } from "./due.ts";
import { pause } from "./backoff.ts";
import type { Place, Settings } from "./options.ts";
import type { Bytes, Packing } from "./packing.ts";
import {
  answerBytesMax,
  closed,
  decodedAnswer,
  givenUp,
  isSafe,
  isUnbelieved,
  mayHaveRun,
  notReached,
  type Question,
  type Told,
  type Transport,
  whyOf,
} from "./transport.ts";

/** Questions at work and waiting: one more is refused rather than kept. */
const ASKED_MAX = 10_000;
/** How long a connection that nobody uses is kept, where the server does not say. */
const KEEP_MS = 4_000;
const TYPE = "application/msgpack";

/** One request: its line, and its body in pieces. */
interface Request {
  readonly verb: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly body?: readonly Bytes[];
}

/** What came back. */
interface Response {
  readonly status: number;
  readonly type: string;
  readonly body: Bytes;
}

/** Asks a server over HTTP. */
export class HttpTransport implements Transport {
  readonly #place: Extract<Place, { kind: "http" | "https" }>;
  readonly #settings: Settings;
  readonly #packing: Packing;
  readonly #agent: http.Agent;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #closing = new AbortController();
  readonly #due = new Due();
  #isClosed = false;

  constructor(
    place: Extract<Place, { kind: "http" | "https" }>,
    settings: Settings,
    packing: Packing,
  ) {
    this.#place = place;
    this.#settings = settings;
    this.#packing = packing;
    const { tls, inFlightMax, key } = settings;
    const options = { keepAlive: true, maxSockets: inFlightMax, timeout: KEEP_MS };
    const isSecure = place.kind === "https";
    const about = { minVersion: "TLSv1.2", ...tls } as const;
    this.#agent = isSecure ? new https.Agent({ ...options, ...about }) : new http.Agent(options);
    this.#headers = { accept: TYPE, ...(key !== undefined && { authorization: `Bearer ${key}` }) };
  }

  async ask(question: Question, told: Told): Promise<unknown> {
    if (this.#isClosed) throw closed();
    if (this.#due.count >= ASKED_MAX) {
      const detail = `wants at most ${ASKED_MAX} requests to ${this.#place.url} at a time`;
      throw new Refusal("POOL_FULL", "", `${detail}, got one more`);
    }
    this.#due.begin();
    try {
      if (question.method === "list") return await this.#listed(told);
      const response = await this.#tried(question, requestOf(question, this.#packing), told);
      return question.method === "ping" ? pongIn(response) : answerIn(response);
    } finally {
      this.#due.end();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#due.none();
    this.#closing.abort(closed());
    this.#agent.destroy();
  }

  /** A server has a list of each kind. */
  async #listed(told: Told): Promise<unknown> {
    const lists = (["hooks", "flows"] as const).map(async (kind) => {
      const request: Request = { verb: "GET", path: `/v1/${kind}` };
      const answer = answerIn(await this.#tried({ method: "list" }, request, told));
      return [kind, dictIn(answer, `a dict of ${kind}`)[kind]] as const;
    });
    return Object.fromEntries(await Promise.all(lists));
  }

  /** Sends a request until it is answered, as often as that can do no harm. */
  async #tried(question: Question, request: Request, told: Told): Promise<Response> {
    const { tries } = this.#settings;
    const signal = AbortSignal.any([told.signal, this.#closing.signal]);
    for (let tried = 1; ; tried += 1) {
      if (signal.aborted) throw givenUp(signal);
      const attempt = new Attempt(this.#place, this.#settings, this.#agent);
      try {
        const headers = { ...this.#headers, ...headersOf(told) };
        return await attempt.answer(request, headers, signal);
      } catch (error) {
        if (signal.aborted) throw givenUp(signal);
        if (error instanceof Refusal && error.code === "INTERNAL") throw error;
        if (attempt.wasSent && !isSafe(question)) throw mayHaveRun(question.method, whyOf(error));
        const why = whyOf(error);
        if (tried >= tries || isUnbelieved(error)) throw notReached(this.#place.url, tried, why);
        await pause(tried, signal);
      }
    }
  }
}

/** One request on its way. */
class Attempt {
  readonly #place: Extract<Place, { kind: "http" | "https" }>;
  readonly #settings: Settings;
  readonly #agent: http.Agent;
  /** Whether it had a connection: from then on the server may have seen it. */
  wasSent = false;

  constructor(
    place: Extract<Place, { kind: "http" | "https" }>,
    settings: Settings,
    agent: http.Agent,
  ) {
    this.#place = place;
    this.#settings = settings;
    this.#agent = agent;
  }

  async answer(
    { verb, path, body }: Request,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Response> {
    const { kind, base } = this.#place;
    const length = body?.reduce((sum, piece) => sum + piece.length, 0) ?? 0;
    const request = (kind === "https" ? https : http).request({
      ...{ protocol: base.protocol, hostname: base.hostname.replace(/^\[(.*)\]$/, "$1") },
      ...{ port: base.port, path: base.pathname.replace(/\/+$/, "") + path, method: verb },
      ...{ agent: this.#agent, signal },
      headers: {
        ...headers,
        ...(body && { "content-type": TYPE, "content-length": String(length) }),
      },
    });
    const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
    request.once("response", resolve);
    request.on("error", reject);
    request.once("socket", (socket) => this.#connected(request, socket));
    for (const piece of body ?? []) request.write(piece);
    request.end();
    const message = await promise;
    const bytes = await wholeOf(message, answerBytesMax(this.#settings.frameBytes));
    const { statusCode = 0, headers: said } = message;
    return { status: statusCode, type: said["content-type"] ?? "", body: bytes };
  }

  #connected(
    request: http.ClientRequest,
    socket: { readonly connecting: boolean } & NodeJS.EventEmitter,
  ): void {
    if (!socket.connecting) {
      this.wasSent = true;
      return;
    }
    const { connectMs } = this.#settings;
    const timer = setTimeout(() => {
      request.destroy(new Refusal("CLOSED", "", `got no connection within ${connectMs} ms`));
    }, connectMs);
    const done = this.#place.kind === "https" ? "secureConnect" : "connect";
    socket.once(done, () => (this.wasSent = true));
    for (const event of [done, "close"]) socket.once(event, () => clearTimeout(timer));
  }
}

/** Reads a body to its end, and no further than its bound. */
async function wholeOf(message: http.IncomingMessage, bytesMax: number): Promise<Bytes> {
  const chunks: Bytes[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Bytes>) {
    bytes += chunk.length;
    if (bytes > bytesMax) {
      message.destroy();
      const detail = `wants an answer of at most ${bytesMax} bytes, got more`;
      throw new Refusal("INTERNAL", "", `${detail}; frameBytes says how many there may be`);
    }
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks, bytes));
}

/** Returns what a server answered with. */
function answerIn({ status, type, body }: Response): unknown {
  if (status === 204) return null;
  const media = type.split(";", 1)[0]?.trim().toLowerCase();
  const isOk = status === 200 || status === 201;
  if (isOk && media === TYPE) return decodedAnswer(body);
  if (isOk) throw misread(`${TYPE}, not ${JSON.stringify(media)}`, body);
  throw faultOf(status, media === TYPE ? decodedAnswer(body) : problemIn(body));
}

/** It says only that the server lives. */
function pongIn({ status }: Response): null {
  if (status === 200) return null;
  throw faultOf(status, undefined);
}

/** What stands before a server (a proxy, another program) has no faults of ours. */
function faultOf(status: number, problem: unknown): Error {
  const { code } = Object(problem) as { code?: unknown };
  if (typeof code === "string") return hookErrorIn(problem);
  const hint = "is it a Bookend server, or something before one?";
  return new Refusal("INTERNAL", "", `the server answered with status ${status}; ${hint}`);
}

function problemIn(body: Bytes): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body)) as unknown;
  } catch {
    return undefined;
  }
}

function headersOf({ deadlineMs, trace }: Told): Record<string, string> {
  return {
    ...(deadlineMs !== undefined && { "bookend-deadline-ms": String(deadlineMs) }),
    ...(trace && { traceparent: trace.traceparent }),
    ...(trace?.tracestate !== undefined && { tracestate: trace.tracestate }),
  };
}

/** Returns a question as a request. */
function requestOf(question: Question, packing: Packing): Request {
  switch (question.method) {
    case "call":
      return valueRequest(`/v1/hooks/${encodeURIComponent(question.ref)}/call`, question, packing);
    case "run":
      return valueRequest(`/v1/flows/${encodeURIComponent(question.ref)}/run`, question, packing);
    case "register":
      return { verb: "POST", path: "/v1/hooks", body: [question.declaration] };
    case "deploy":
      return { verb: "POST", path: "/v1/flows", body: [question.declaration] };
    case "check":
      return { verb: "POST", path: "/v1/check", body: [question.declaration] };
    case "look":
    case "remove": {
      const verb = question.method === "look" ? "GET" : "DELETE";
      return { verb, path: `/v1/${question.kind}s/${encodeURIComponent(question.ref)}` };
    }
    case "ping":
      return { verb: "GET", path: "/healthz" };
    default:
      return { verb: "GET", path: "/v1/describe" };
  }
}

/** Values and files are a dict whose values are bytes already. */
function valueRequest(
  path: string,
  { values, files }: Extract<Question, { method: "call" | "run" }>,
  packing: Packing,
): Request {
  const entries = files ? [...values, ["files", files] as const] : values;
  const body = entries.flatMap(([name, value]) => [packing.plain(name), value]);
  return { verb: "POST", path, body: [Uint8Array.of(0x80 | entries.length), ...body] };
}
