/**
 * What went wrong, as problem details (RFC 9457): a dict whose `type` a program can tell apart,
 * with all that a fault says beside it.
 *
 * A fault of the table is `urn:bookend:fault:CODE`. What the router itself declines (a path that is
 * none, a method, a media type) is `about:blank`, which says no more than its status.
 *
 * @module
 */

import { STATUS_CODES } from "node:http";

import { FAULTS, type FaultCode, Refusal } from "../../faults.ts";
import { hookErrorOf } from "../../runtime/hook.ts";
import { HookError } from "../../runtime/hook-error.ts";
import { faultAnswered } from "../answers.ts";

type Headers = Readonly<Record<string, string>>;

/** What the router declines before there is anything to ask the service for. */
export class Declined extends Error {
  override readonly name = "Declined";
  readonly status: number;
  readonly headers: Headers;

  /** @param detail What was wanted and what came. */
  constructor(status: number, detail: string, headers: Headers = {}) {
    super(detail);
    this.status = status;
    this.headers = headers;
  }
}

/** A problem as it is answered. */
export interface Problem {
  readonly code: FaultCode;
  readonly status: number;
  readonly headers: Headers;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** When who was told to come again may do so, in seconds: a queue has moved on by then. */
const RETRY_AFTER_S = "1";

/** What our own bug is called to a caller: its text may say what is none of his business. */
const BUG = "Bookend itself failed; the operator finds more in its log";

/** Returns the problem of whatever was thrown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Declined) return declined(error);
  if (error instanceof HookError || error instanceof Refusal) return faulty(hookErrorOf(error));
  const { status, detail } = routerSaid(error);
  if (status !== undefined) return declined(new Declined(status, detail));
  return faulty(hookErrorOf(new Refusal("INTERNAL", "", BUG)));
}

/** Returns the problem of a status that is all there is to say. */
export function declined({ status, message: detail, headers }: Declined): Problem {
  const title = STATUS_CODES[status] ?? "Request declined";
  const code = "BAD_REQUEST";
  const fields = { type: "about:blank", title, status, detail, code, path: "", retry: false };
  return { code, status, headers, fields };
}

function faulty(error: HookError): Problem {
  const { code, retry, runId } = error;
  const { status, says } = FAULTS[code];
  const fields = {
    ...{ type: `urn:bookend:fault:${code}`, title: says, status },
    ...(runId !== undefined && { instance: `urn:uuid:${runId}` }),
    ...faultAnswered(error),
  };
  return { code, status, fields, headers: headersOf(code, retry) };
}

function headersOf(code: FaultCode, retry: boolean): Headers {
  if (code === "UNAUTHENTICATED") return { "www-authenticate": 'Bearer realm="bookend"' };
  return retry ? { "retry-after": RETRY_AFTER_S } : {};
}

/** What the router's own errors mean, by their codes: their texts are not for callers. */
const ROUTER_SAYS: Readonly<Record<string, readonly [status: number, detail: string]>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [415, "wants a Content-Type that this path takes, got another"],
  FST_ERR_BAD_URL: [400, "wants a path that can be decoded"],
  FST_ERR_MAX_PARAM_LENGTH: [414, "wants a shorter name in the path"],
};

function routerSaid(error: unknown): { status: number | undefined; detail: string } {
  const { code } = Object(error) as { code?: unknown };
  const row = typeof code === "string" ? ROUTER_SAYS[code] : undefined;
  if (row) return { status: row[0], detail: row[1] };
  return { status: undefined, detail: "" };
}
