/**
 * What an operator sees of a server. A stand-in: the log of the server itself, and nothing else.
 *
 * @module
 */

import { type Observer, UNOBSERVED } from "../observer.ts";

/** What there is to see. */
export interface TelemetryOptions {
  readonly level?: string | undefined;
  readonly tracing?: boolean | undefined;
}

/** Logs, metrics and spans. */
export interface Telemetry extends AsyncDisposable {
  readonly observer: Observer;
  metrics(): Promise<string>;
  log(
    level: "info" | "warn" | "error",
    message: string,
    fields?: Readonly<Record<string, unknown>>,
  ): void;
  watch(describe: () => object): void;
}

/** Makes telemetry. */
export async function createTelemetry(options: TelemetryOptions = {}): Promise<Telemetry> {
  const isSilent = options.level === "silent";
  return {
    observer: UNOBSERVED,
    metrics: async () => "",
    log: (level, msg, fields) => {
      if (!isSilent) process.stdout.write(`${JSON.stringify({ level, msg, ...fields })}\n`);
    },
    watch: () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}
