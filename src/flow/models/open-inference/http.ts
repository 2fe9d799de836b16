/**
 * One request to a server and its whole answer, in bounded time and memory.
 *
 * Invariants:
 * - No more than the bound of an answer is ever held, however many bytes the server sends and
 *   whatever it says of their number; past the bound the connection is closed.
 * - Redirects are not followed: the headers are for this server only.
 * - No message holds the value of a header or the query of the URL.
 *
 * Not here: retries (a model may have side effects), and what an answer means.
 *
 * @module
 */

import { show as showAny, showList } from "../../../contract/schema/misfit-words.ts";
import { Refusal } from "../../../faults.ts";
import type { Server } from "./options.ts";

/** What to ask: the path from `/v2` on, and a body where there is one. */
export interface Question {
  readonly path: string;
  /** With a body it is a POST. Lent until the answer is there. */
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  /** The most bytes of an answer of status 200. */
  readonly bytesMax: number;
}

/** The whole answer. */
export interface Answer {
  readonly status: number;
  readonly body: Uint8Array<ArrayBuffer>;
  /** The header `Inference-Header-Content-Length` as it came, not yet believed. */
  readonly jsonBytes: string | null;
  readonly words: Words;
}

/** How to speak of one exchange. */
export interface Words {
  /** Returns `MODEL_FAILED`; `detail` is put behind what was asked. */
  failed(detail: string): Refusal;
  /** Returns a value that came from the server, in bounded length and without our keys. */
  show(value: unknown): string;
  /** The same of names, with commas between them. */
  showNames(names: Iterable<string>): string;
}

/** An answer that is an error is a sentence; of a longer one the beginning will do. */
const ERROR_BYTES_MAX = 64 * 1024;
const ERROR_SHOWN = 300;
/** Of so much of a text a line is made; twice as much is searched, so that no half key is left. */
const LINE_MAX = 16 * 1024;
/** The first room for an answer; it doubles as bytes come in, so nothing is taken on their word. */
const ROOM_BYTES = 64 * 1024;

/** What the usual codes of failed connections mean to a person. */
const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection broke",
  EPIPE: "the connection broke",
  UND_ERR_SOCKET: "the connection broke",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "the name of the host cannot be looked up now",
  EHOSTUNREACH: "no way to the host",
  ENETUNREACH: "no way to the host",
  ETIMEDOUT: "no connection in time",
  UND_ERR_CONNECT_TIMEOUT: "no connection in time",
};

/**
 * Returns the answer of the server, whatever its status.
 *
 * @throws {Refusal} `CANCELLED` when `signal` says so; `MODEL_FAILED` when there is no whole answer
 * in time, or one of status 200 is over its bound.
 */
export async function ask(
  server: Server,
  question: Question,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const words = wordsFor(server, question);
  const stop = new AbortController();
  const cancel = () => stop.abort();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    stop.abort();
  }, server.timeoutMs);
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    if (signal?.aborted) stop.abort();
    return await exchange(server, { question, words, signal: stop.signal });
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if (signal?.aborted) throw new Refusal("CANCELLED", "", "was cancelled by its signal");
    if (isLate) throw words.failed(`got no whole answer within ${server.timeoutMs} ms`);
    throw words.failed(`got no answer: ${reasonOf(error)}`);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", cancel);
  }
}

/** Returns the refusal of an answer that is not of status 200. */
export function refusalOf(answer: Answer): Refusal {
  return answer.words.failed(`wants status 200, got ${statusOf(answer)}`);
}

/** Returns the status of an answer that is not 200, and what the server says of it. */
export function statusOf({ status, body, words }: Answer): string {
  if (status >= 300 && status < 400) {
    const why = "a redirect is not followed, for the headers are for this server only";
    return `${status}: ${why}; give the URL where it ends`;
  }
  const said = errorIn(body);
  return said === undefined ? `${status}` : `${status} saying ${words.show(said)}`;
}

interface Attempt {
  readonly question: Question;
  readonly words: Words;
  readonly signal: AbortSignal;
}

async function exchange(server: Server, attempt: Attempt): Promise<Answer> {
  const { question, words, signal } = attempt;
  const response = await fetch(server.base + question.path + server.query, {
    method: question.body ? "POST" : "GET",
    // A compressed answer costs more than the network of a model server saves.
    headers: { ...server.headers, "accept-encoding": "identity", ...question.headers },
    body: question.body ?? null,
    redirect: "manual",
    signal,
  });
  const { status } = response;
  const bytesMax = status === 200 ? question.bytesMax : ERROR_BYTES_MAX;
  const { body, isWhole } = await readBody(response, bytesMax);
  if (status === 200 && !isWhole) {
    throw words.failed(`wants an answer of at most ${bytesMax} bytes, got more`);
  }
  const jsonBytes = response.headers.get("inference-header-content-length");
  return { status, body, jsonBytes, words };
}

interface Body {
  readonly body: Uint8Array<ArrayBuffer>;
  /** False when there was more; the rest is not read and the connection is closed. */
  readonly isWhole: boolean;
}

async function readBody(response: Response, bytesMax: number): Promise<Body> {
  if (!response.body) return { body: new Uint8Array(0), isWhole: true };
  const reader = response.body.getReader();
  if (Number(response.headers.get("content-length")) > bytesMax) {
    await reader.cancel();
    return { body: new Uint8Array(0), isWhole: false };
  }
  let room = new Uint8Array(Math.min(ROOM_BYTES, bytesMax));
  let used = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { body: room.subarray(0, used), isWhole: true };
    const taken = value.subarray(0, bytesMax - used);
    if (used + taken.length > room.length) {
      const larger = new Uint8Array(
        Math.min(bytesMax, Math.max(room.length * 2, used + taken.length)),
      );
      larger.set(room.subarray(0, used));
      room = larger;
    }
    room.set(taken, used);
    used += taken.length;
    if (taken.length < value.length) {
      await reader.cancel();
      return { body: room.subarray(0, used), isWhole: false };
    }
  }
}

/** Returns the text of `{"error": "…"}`; it is `detail` where the server is made with FastAPI. */
function errorIn(body: Uint8Array): string | undefined {
  try {
    const value = JSON.parse(new TextDecoder().decode(body)) as unknown;
    const { error, detail } = (value ?? {}) as { [key in "error" | "detail"]?: unknown };
    const said = error ?? detail;
    return typeof said === "string" ? said : said === undefined ? undefined : JSON.stringify(said);
  } catch {
    return undefined;
  }
}

/**
 * Returns why `fetch` failed. Of what it threw, only the code is shown: the texts are made by
 * others, and some of them repeat what was sent.
 */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: { code?: unknown; message?: unknown; name?: unknown } };
  const code = typeof cause?.code === "string" ? cause.code.slice(0, 60) : "";
  const known = UNREACHABLE[code];
  if (known) return `${known} (${code})`;
  if (/CERT|TLS|SSL|SIGNATURE/.test(code)) return `TLS did not come about (${code})`;
  if (cause?.name === "HTTPParserError") return "what answers there does not speak HTTP";
  if (cause?.message === "bad port") return "fetch does not connect to this port";
  return code ? `the request failed (${code})` : "the request failed";
}

function wordsFor(server: Server, { path, body }: Question): Words {
  const what = `${body ? "POST" : "GET"} ${server.base}${path}`;
  const hide = (text: string) =>
    server.secrets.reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
  return {
    failed: (detail) => new Refusal("MODEL_FAILED", "", `${what} ${detail}`),
    show: (value) =>
      typeof value === "string"
        ? quoteLine(hide(value.slice(0, 2 * LINE_MAX)))
        : hide(showAny(value)),
    showNames: (names) => showList(Array.from(names, hide)),
  };
}

/** One line: whatever would end it, or turn a terminal's text around, is a space. */
function quoteLine(text: string): string {
  const line = text
    .slice(0, LINE_MAX)
    .replaceAll(/[\p{C}\p{Z}]+/gu, " ")
    .trim();
  return JSON.stringify(line.length > ERROR_SHOWN ? `${line.slice(0, ERROR_SHOWN - 1)}…` : line);
}
