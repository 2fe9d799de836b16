/**
 * Requests while they are at work: what gives each of them up, and how it is answered.
 *
 * @module
 */

import type { FastifyReply, FastifyRequest } from "fastify";

import { GivingUp } from "../deadline.ts";
import type { Caller } from "../service.ts";
import { type Content, JSON_TYPE, MSGPACK_TYPE, written } from "./answers.ts";
import { type AnswerForm, answerFormOf, formNamed } from "./bodies.ts";
import { problemOf } from "./problem.ts";
import type { Held } from "./reading.ts";

/** What is known of a request that was let in. */
export interface Entered {
  /** Nothing on the paths that need no key. */
  readonly caller: Caller | undefined;
  /** When its head was read, in milliseconds of the monotonic clock. */
  readonly sinceMs: number;
  /** What its body takes. */
  readonly held: Held;
}

declare module "fastify" {
  interface FastifyRequest {
    entered: Entered | undefined;
  }
}

/** All requests of a door that are at work. */
export class AtWork {
  /** From then on who asks is told to go elsewhere. */
  isDraining = false;
  readonly #all = new Set<GivingUp>();

  /**
   * Counts a request in: it is given up at its deadline, when its client goes, and at the word of
   * the door, until what is returned is disposed of.
   *
   * @param deadlineMs After how many milliseconds; `undefined` for never.
   */
  begin({ raw }: FastifyReply, deadlineMs: number | undefined): Work {
    const giving = new GivingUp(deadlineMs);
    const gone = () => giving.now();
    this.#all.add(giving);
    raw.once("close", gone);
    // Who went while his body was read is told by nothing any more.
    if (raw.destroyed) gone();
    return {
      signal: giving.signal,
      [Symbol.dispose]: () => {
        raw.off("close", gone);
        this.#all.delete(giving);
        giving[Symbol.dispose]();
      },
    };
  }

  /** Gives up all of them. */
  giveUp(): void {
    for (const one of this.#all) one.now();
  }
}

/** One request at work. */
export interface Work extends Disposable {
  readonly signal: AbortSignal;
}

/** How an answer is to be sent. */
export interface Sending {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Whether the connection ends behind it. */
  readonly isLast: boolean;
}

/** Sends an answer in the form that was asked for. */
export function send(
  reply: FastifyReply,
  content: Content | undefined,
  { status, headers, isLast }: Sending,
): FastifyReply {
  const { request } = reply;
  reply.code(status);
  if (headers) reply.headers(headers);
  if (isLast) reply.header("connection", "close");
  if (!content) return reply.send();
  const wanted = { form: formFor(request), numpy: request.headers["bookend-numpy"] === "1" };
  const { type, body } = written(content, wanted);
  return reply.header("content-type", type).send(body);
}

/** Sends what went wrong: as problem details, or as the Open Inference Protocol has it. */
export function sendProblem(reply: FastifyReply, error: unknown, isLast: boolean): FastifyReply {
  const { status, headers, fields } = problemOf(error);
  if (isInference(reply.request)) {
    const said = { error: String(fields["message"] ?? fields["detail"]) };
    reply.code(status).headers({ ...headers, "content-type": JSON_TYPE });
    return (isLast ? reply.header("connection", "close") : reply).send(JSON.stringify(said));
  }
  const isPacked = formOrJson(reply.request) === "msgpack";
  const { body } = written(
    { plain: fields },
    { form: isPacked ? "msgpack" : "json", numpy: false },
  );
  reply.code(status).headers(headers);
  if (isLast) reply.header("connection", "close");
  const type = isPacked ? MSGPACK_TYPE : JSON_TYPE.replace("/", "/problem+");
  return reply.header("content-type", type).send(body);
}

/**
 * Returns the form that an answer is to have.
 *
 * @throws {Declined} 406.
 */
export function formFor(request: FastifyRequest): AnswerForm {
  const { accept, "content-type": type } = request.headers;
  return answerFormOf(accept, formNamed(type));
}

function isInference({ url }: FastifyRequest): boolean {
  return /^\/v2(?:[/?]|$)/.test(url);
}

/** Who takes neither form is told so in JSON. */
function formOrJson(request: FastifyRequest): AnswerForm {
  try {
    return formFor(request);
  } catch {
    return "json";
  }
}
