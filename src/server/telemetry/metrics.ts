/**
 * Metrics in the text format of Prometheus, in a registry of their own.
 *
 * Every label has a bounded number of values: methods, codes and doors are ours, and of tenants the
 * first so many have a name, the rest is `other`. Codes are there from the start at 0, so that a
 * rate of the first fault can be seen.
 *
 * @module
 */

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

import { type FaultCode, FAULTS } from "../../faults.ts";
import type { Begun, Ended } from "../observer.ts";
import { eachPart, type Part, PARTS, receiptsOf } from "./parts.ts";

/** How busy a runtime is, as its `describe` says. */
export interface Load {
  readonly workers: number;
  readonly busy: number;
  readonly waiting: number;
  readonly snapshots: number;
}

/** From a tenth of a millisecond, which a warm call takes, to the longest that a hook may run. */
const SECONDS = [
  ...[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025],
  ...[0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
];
const OTHER = "other";

/** Counts requests. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #tenantsMax: number;
  readonly #tenants = new Set<string>();
  readonly #calls = this.#counter("calls_total", "Requests that have ended", [
    ...["method", "kind", "code"],
  ]);
  readonly #faults = this.#counter("faults_total", "Requests that ended in a fault", ["code"]);
  readonly #refused = this.#counter("refused_total", "Refused before there was a request", [
    ...["door", "code"],
  ]);
  readonly #tenantCalls = this.#counter("tenant_calls_total", "Requests that have ended", [
    ...["tenant", "outcome"],
  ]);
  readonly #tenantCpu = this.#counter(
    "tenant_hook_cpu_seconds_total",
    "Processor time of a tenant's hooks",
    ["tenant"],
  );
  readonly #atWork = this.#gauge("requests_at_work", "Requests that have begun and not ended", []);
  readonly #connections = this.#gauge("connections", "Connections that are open", ["door"]);
  readonly #seconds: ReadonlyMap<Part, { observe(seconds: number): void }>;

  /** @param tenantsMax How many tenants have a label of their own. */
  constructor(tenantsMax: number) {
    this.#tenantsMax = tenantsMax;
    const seconds = new Histogram({
      name: "bookend_call_part_seconds",
      help: "Time of each part of a hook's call, of models, and of whole runs",
      labelNames: ["part"],
      buckets: SECONDS,
      registers: [this.#registry],
    });
    const parts: readonly Part[] = [...PARTS.map(([part]) => part), "model", "run"];
    this.#seconds = new Map(parts.map((part) => [part, seconds.labels({ part })]));
    for (const part of parts) seconds.zero({ part });
    for (const code of Object.keys(FAULTS)) this.#faults.inc({ code }, 0);
    this.#atWork.set(0);
    collectDefaultMetrics({ register: this.#registry });
  }

  /** Counts a request in. */
  begun(): void {
    this.#atWork.inc();
  }

  /** Counts a request that has ended. */
  ended({ method, caller, target }: Begun, ended: Ended, ms: number): void {
    const { code, hook } = ended;
    const flow = method === "run" && target !== undefined ? "flow" : "";
    this.#atWork.dec();
    this.#calls.inc({
      method,
      kind: method === "call" ? (hook?.kind ?? "") : flow,
      code: code ?? "OK",
    });
    if (code !== undefined) this.#faults.inc({ code });
    const tenant = this.#tenant(caller.tenant);
    this.#tenantCalls.inc({ tenant, outcome: outcomeOf(code) });
    const cpuMs = receiptsOf(ended).reduce((sum, receipt) => sum + receipt.cpuMs, 0);
    this.#tenantCpu.inc({ tenant }, Math.max(0, cpuMs) / 1_000);
    eachPart(ended, (part, partMs) => this.#observe(part, partMs));
    if (method === "run") this.#observe("run", ms);
  }

  connected(door: string): void {
    this.#connections.inc({ door });
  }

  disconnected(door: string): void {
    this.#connections.dec({ door });
  }

  refused(door: string, code: FaultCode): void {
    this.#refused.inc({ door, code });
  }

  /** Takes gauges of how busy a runtime is from here on; they are read when metrics are. */
  watch(describe: () => Load): void {
    const watched = [
      ["workers", "Workers, each with a sandbox", (load: Load) => load.workers],
      ["workers_busy", "Workers at work", (load: Load) => load.busy],
      ["calls_waiting", "Calls that wait for a worker", (load: Load) => load.waiting],
      ["snapshots", "Sets of libraries that wake from a snapshot", (load: Load) => load.snapshots],
    ] as const;
    for (const [name, help, read] of watched) {
      this.#registry.removeSingleMetric(`bookend_${name}`);
      this.#gauge(name, help, [], (gauge) => gauge.set(read(describe())));
    }
  }

  /** Returns all of them as text. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Lets go of what they hold. */
  clear(): void {
    this.#registry.clear();
  }

  #observe(part: Part, ms: number): void {
    this.#seconds.get(part)?.observe(ms / 1_000);
  }

  #tenant(tenant: string): string {
    if (this.#tenants.has(tenant)) return tenant;
    if (this.#tenants.size >= this.#tenantsMax) return OTHER;
    this.#tenants.add(tenant);
    return tenant;
  }

  #counter(name: string, help: string, labelNames: readonly string[]): Counter {
    const registers = [this.#registry];
    return new Counter({ name: `bookend_${name}`, help, labelNames: [...labelNames], registers });
  }

  #gauge(
    name: string,
    help: string,
    labelNames: readonly string[],
    read?: (gauge: Gauge) => void,
  ): Gauge {
    const gauge: Gauge = new Gauge({
      ...{ name: `bookend_${name}`, help, labelNames: [...labelNames] },
      registers: [this.#registry],
      ...(read && { collect: () => read(gauge) }),
    });
    return gauge;
  }
}

/** Whose doing it was, for who looks at one tenant. */
function outcomeOf(code: FaultCode | undefined): string {
  return code === undefined ? "value" : `${FAULTS[code].blame}_fault`;
}
