/**
 * The feeders of one worker: one for all tenants, or one for each.
 *
 * Where tenancy is dedicated, a sandbox process is one tenant's from its start to its end. A worker
 * keeps those of the tenants it served last, only one of them at work at a time.
 *
 * @module
 */

import { Feeder, type FeederOptions } from "./feeder.ts";
import type { BlockJob, WorkerConfig, WorkerHook } from "./jobs.ts";

/** Gives each job to the feeder whose it is. */
export class Feeders {
  readonly #options: FeederOptions;
  readonly #isDedicated: boolean;
  /** By tenant, least recently used first. What a feeder knows of hooks outlives its sandbox. */
  readonly #feeders = new Map<string, Feeder>();

  constructor(options: FeederOptions, tenancy: WorkerConfig["tenancy"]) {
    this.#options = options;
    this.#isDedicated = tenancy === "dedicated";
  }

  prepare(hook: WorkerHook): Promise<ArrayBuffer> {
    return this.#of(hook.tenant).prepare(hook);
  }

  run(job: BlockJob): Promise<ArrayBuffer> {
    for (const feeder of this.#feeders.values()) feeder.forget(job.forget);
    return this.#of(job.tenant).run(job);
  }

  /** Lets go of sandboxes that did what nobody asked them to. */
  look(): void {
    for (const feeder of this.#feeders.values()) feeder.look();
  }

  /** Ends all sandboxes and waits until they are gone. */
  async close(): Promise<void> {
    await Promise.all([...this.#feeders.values()].map((feeder) => feeder.close()));
  }

  #of(tenant: string): Feeder {
    const key = this.#isDedicated ? tenant : "";
    const feeder = this.#feeders.get(key) ?? new Feeder(this.#options);
    this.#feeders.delete(key);
    const isOn = [...this.#feeders.values()].filter((one) => one.isOn);
    const surplus = isOn.length + 1 - this.#options.limits.sandboxes;
    for (const one of isOn.slice(0, Math.max(0, surplus))) one.rest();
    this.#feeders.set(key, feeder);
    return feeder;
  }
}
