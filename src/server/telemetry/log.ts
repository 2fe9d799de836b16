/**
 * Logs: one line of JSON for each request that has ended, and for what the server says of itself.
 *
 * A line holds names, numbers and codes: no payload, no source, no key, no line that a hook logged.
 * The detail of a fault is another's words where the fault is another's doing (that of `HOOK_THREW`
 * is what the hook threw, and may be made of data): it is there at level `debug` only. Faults of
 * our own have theirs always.
 *
 * Every text is bounded, and what would end a line or turn a terminal around is escaped or gone.
 * Lines to standard output are gathered for a quarter of a second; those of errors go out at once.
 * Where nobody reads them, what is over 8 MiB is dropped rather than kept.
 *
 * @module
 */

import { destination, pino, stdTimeFunctions } from "pino";

import { type FaultCode, FAULTS } from "../../faults.ts";
import type { TraceContext } from "../../flow/model.ts";
import type { Begun, Ended } from "../observer.ts";
import { timesOf, toMicros } from "./parts.ts";

/** From the most to the least that is said. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A request that has ended, as a log sees it. */
export interface RequestEnd {
  readonly begun: Begun;
  readonly ended: Ended;
  /** From its beginning to its end. */
  readonly ms: number;
  readonly trace: TraceContext | undefined;
}

const FLUSH_MS = 250;
const WAITING_BYTES_MAX = 8 * 2 ** 20;
const TEXT_MAX = 200;
const DETAIL_MAX = 1_000;
const FIELDS_MAX = 32;
/** Somebody who is refused may come back at once, and again: so many lines a second will do. */
const REFUSED_LINES_MAX = 10;
const REFUSED_MS = 1_000;

/** Writes lines. */
export class Log {
  readonly #logger;
  #refusedSinceMs = 0;
  #refusedLines = 0;
  #refusedLeft = 0;

  /** @param write Takes a line, without its line feed; without it they go to standard output. */
  constructor(level: LogLevel, write: ((line: string) => void) | undefined) {
    const options = {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label: string) => ({ level: label }) },
    };
    const target = write
      ? { write: (line: string) => write(line.trimEnd()) }
      : destination({
          ...{ dest: 1, sync: false, minLength: 4096 },
          ...{ periodicFlush: FLUSH_MS, maxLength: WAITING_BYTES_MAX },
        });
    this.#logger = pino(options, target);
  }

  /** Writes the line of a request. */
  request({ begun, ended, ms, trace }: RequestEnd): void {
    const level = levelOf(ended.code);
    if (!this.#logger.isLevelEnabled(level)) return;
    const { method, caller, target } = begun;
    const { code, hook, runId, stages } = ended;
    const [, traceId, spanId] = trace?.traceparent.split("-") ?? [];
    this.#write(level, "request", {
      method,
      code: code ?? "OK",
      tenant: text(caller.tenant),
      ...(caller.key !== "" && { key: text(caller.key) }),
      ...(target !== undefined && { target: text(target) }),
      ...(hook && { hook: { id: text(hook.id), kind: hook.kind, name: text(hook.name) } }),
      ...(runId !== undefined && { run_id: text(runId) }),
      ...(stages && stages.length > 0 && { stages: stages.length }),
      ...(traceId !== undefined && { trace_id: traceId, span_id: spanId }),
      ...this.#detail(ended),
      ms: toMicros(ms),
      times: timesOf(ended),
    });
  }

  /** Writes that somebody was not let in. Of many in a second, the first few, and how many more. */
  refused(door: string, code: FaultCode, detail: string): void {
    const nowMs = performance.now();
    if (nowMs - this.#refusedSinceMs >= REFUSED_MS) {
      this.#refusedSinceMs = nowMs;
      this.#refusedLines = 0;
    }
    if (++this.#refusedLines > REFUSED_LINES_MAX) {
      this.#refusedLeft += 1;
      return;
    }
    const left = this.#refusedLeft > 0 ? { unsaid: this.#refusedLeft } : {};
    this.#refusedLeft = 0;
    this.#write("warn", "refused", {
      door: text(door),
      code,
      ...this.#detail({ code, detail }),
      ...left,
    });
  }

  /** Writes what the server says of itself. */
  say(level: LogLevel, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    if (level === "silent" || !this.#logger.isLevelEnabled(level)) return;
    const entries = Object.entries(fields).slice(0, FIELDS_MAX);
    const bounded = entries.map(([name, value]) => [
      text(name),
      typeof value === "string" ? text(value, DETAIL_MAX) : value,
    ]);
    this.#write(level, text(message, DETAIL_MAX), Object.fromEntries(bounded));
  }

  /** Settles when what was written has gone out. */
  async flush(): Promise<void> {
    await new Promise<void>((resolve) => this.#logger.flush(() => resolve()));
  }

  #detail({ code, detail }: Pick<Ended, "code" | "detail">): { detail?: string } {
    if (code === undefined || detail === undefined) return {};
    const isOurs = FAULTS[code].blame === "host";
    return isOurs || this.#logger.isLevelEnabled("debug")
      ? { detail: text(detail, DETAIL_MAX) }
      : {};
  }

  #write(level: Exclude<LogLevel, "silent">, message: string, record: object): void {
    this.#logger[level](record, message);
    if (level === "error" || level === "fatal") this.#logger.flush();
  }
}

/** A value is to know, another's fault to look at, and one of ours to mend. */
function levelOf(code: FaultCode | undefined): "info" | "warn" | "error" {
  if (code === undefined) return "info";
  return FAULTS[code].blame === "host" ? "error" : "warn";
}

/** JSON escapes the first 32 characters; here go those that a terminal takes for orders as well. */
function text(value: string, lengthMax = TEXT_MAX): string {
  const cut = value.length > lengthMax ? `${value.slice(0, lengthMax - 1)}…` : value;
  return cut.toWellFormed().replaceAll(/[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, "\ufffd");
}
