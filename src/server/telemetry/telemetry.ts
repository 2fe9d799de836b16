/**
 * What an operator sees of a server: logs, metrics and spans, behind the one observer that the
 * service and the doors tell.
 *
 * Looking on changes nothing: whatever a log's reader, a metric or an exporter throws stays here.
 *
 * @module
 */

import { Refusal } from "../../faults.ts";
import { traceFrom } from "../../flow/trace-context.ts";
import { hookErrorOf } from "../../runtime/hook.ts";
import { optionsFrom } from "../../runtime/options.ts";
import type { Begun, Ended, Observed, Observer } from "../observer.ts";
import { Log, LOG_LEVELS, type LogLevel } from "./log.ts";
import { type Load, Metrics } from "./metrics.ts";
import { openTracing, type Tracing } from "./tracing.ts";

export type { Load } from "./metrics.ts";
export type { LogLevel } from "./log.ts";

/** What there is to see. */
export interface TelemetryOptions {
  /** How much is logged: requests that gave a value at "info", the default. */
  readonly level?: string | undefined;
  /** Takes the lines of the log, each without its line feed. Default: standard output. */
  readonly stream?: ((line: string) => void) | undefined;
  /**
   * Whether there are spans, for the SDK of OpenTelemetry that the application has registered.
   * Default: false.
   */
  readonly tracing?: boolean | undefined;
  /** Whether there are metrics. Default: true. */
  readonly metrics?: boolean | undefined;
  /** How many tenants have metrics of their own; those that come later are "other". Default 100. */
  readonly tenantsMax?: number | undefined;
}

/** Logs, metrics and spans. */
export interface Telemetry extends AsyncDisposable {
  readonly observer: Observer;
  /** Returns the metrics in the text format of Prometheus, 0.0.4; nothing when there are none. */
  metrics(): Promise<string>;
  /** Writes a line to the log. What is in it is the server's own: no payloads, no keys. */
  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Has metrics say how busy a runtime is; it is asked when they are read. */
  watch(describe: () => Load): void;
}

const TENANTS = { default: 100, max: 10_000 };

/**
 * Makes telemetry.
 *
 * @throws {HookError} `BAD_REQUEST` when an option is none.
 *
 * @example
 * ```ts
 * await using telemetry = await createTelemetry({ level: "warn" });
 * telemetry.watch(() => runtime.describe());
 * const service = new BookendService({ runtime, registry, observer: telemetry.observer, version });
 * ```
 */
export async function createTelemetry(options: TelemetryOptions = {}): Promise<Telemetry> {
  try {
    const { level, stream, isTraced, isMeasured, tenantsMax } = settingsFrom(options);
    const log = new Log(level, stream);
    const tracing = isTraced ? await openTracing() : undefined;
    if (isTraced && !tracing) {
      log.say("warn", "tracing wants the package @opentelemetry/api, which is not installed");
    }
    const metrics = isMeasured ? new Metrics(tenantsMax) : undefined;
    return new Telemetries(log, metrics, tracing);
  } catch (error) {
    throw hookErrorOf(error);
  }
}

function settingsFrom(options: unknown) {
  const known = ["level", "stream", "tracing", "metrics", "tenantsMax"];
  const { level = "info", stream, tracing, metrics, tenantsMax } = optionsFrom(options, known);
  if (stream !== undefined && typeof stream !== "function") {
    throw refused("stream", "wants a function that takes a line", stream);
  }
  return {
    level: levelFrom(level),
    stream: stream as ((line: string) => void) | undefined,
    isTraced: flagFrom(tracing ?? false, "tracing"),
    isMeasured: flagFrom(metrics ?? true, "metrics"),
    tenantsMax: countFrom(tenantsMax ?? TENANTS.default),
  };
}

class Telemetries implements Telemetry {
  readonly observer: Observer;
  readonly #log: Log;
  readonly #metrics: Metrics | undefined;
  readonly #tracing: Tracing | undefined;

  constructor(log: Log, metrics: Metrics | undefined, tracing: Tracing | undefined) {
    this.#log = log;
    this.#metrics = metrics;
    this.#tracing = tracing;
    this.observer = {
      begun: (what) => this.#begun(what),
      connected: (door) => this.#connected(door),
      refused: (door, code, detail) => {
        quietly(() => metrics?.refused(door, code));
        quietly(() => log.refused(door, code, detail));
      },
    };
  }

  async metrics(): Promise<string> {
    return (await this.#metrics?.text()) ?? "";
  }

  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void {
    quietly(() => this.#log.say(level, message, fields));
  }

  watch(describe: () => Load): void {
    this.#metrics?.watch(describe);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#metrics?.clear();
    await this.#log.flush();
  }

  #begun(begun: Begun): Observed {
    const begunMs = performance.now();
    const given = traceFrom(begun.trace?.traceparent, begun.trace?.tracestate);
    const span = quietly(() => this.#tracing?.begin(begun, given));
    const trace = span?.trace ?? given;
    quietly(() => this.#metrics?.begun());
    const end = (ended: Ended) => {
      const ms = performance.now() - begunMs;
      quietly(() => span?.end(ended));
      quietly(() => this.#metrics?.ended(begun, ended, ms));
      quietly(() => this.#log.request({ begun, ended, ms, trace }));
    };
    return { trace, ended: end };
  }

  #connected(door: string): Disposable {
    quietly(() => this.#metrics?.connected(door));
    let isOpen = true;
    return {
      [Symbol.dispose]: () => {
        if (isOpen) quietly(() => this.#metrics?.disconnected(door));
        isOpen = false;
      },
    };
  }
}

/** Returns what `look` does; what it throws is nobody's business who is looked at. */
function quietly<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

function levelFrom(level: unknown): LogLevel {
  const known = LOG_LEVELS.find((one) => one === level);
  if (known) return known;
  throw refused("level", `wants one of ${LOG_LEVELS.join(", ")}`, level);
}

function flagFrom(value: unknown, path: string): boolean {
  if (typeof value === "boolean") return value;
  throw refused(path, "wants true or false", value);
}

function countFrom(value: unknown): number {
  const fits = Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= TENANTS.max;
  if (fits) return Number(value);
  throw refused("tenantsMax", `wants a whole number from 0 to ${TENANTS.max}`, value);
}

function refused(path: string, wants: string, got: unknown): Refusal {
  return new Refusal("BAD_REQUEST", path, `${wants}, got ${String(got).slice(0, 40)}`);
}
