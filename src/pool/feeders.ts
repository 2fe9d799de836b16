/**
 * The feeders of one worker, one for each home: that of all tenants, or of one tenant's own.
 *
 * Where tenancy is dedicated, and for a tenant who ended sandboxes of late, a sandbox process is
 * one tenant's from its start to its end. A worker keeps those of the tenants it served last, only
 * one of them at work at a time. That of all tenants makes room for nobody.
 *
 * @module
 */

import { Feeder, type FeederOptions } from "./feeder.ts";
import type { BlockJob, Home, PrepareJob } from "./jobs.ts";

/** The sandbox of a tenant apart ends when he has not used it for so long. */
const APART_IDLE_MS = 30_000;

interface Fed {
  readonly feeder: Feeder;
  readonly home: Home;
  readonly usedMs: number;
}

/** Gives each job to the feeder whose it is. */
export class Feeders {
  readonly #options: FeederOptions;
  /** By home, least recently used first. */
  readonly #fed = new Map<string, Fed>();

  /** @param options The hooks that the worker knows are common to all of them. */
  constructor(options: Omit<FeederOptions, "hooks">) {
    this.#options = { ...options, hooks: new Map() };
  }

  prepare({ home, hook }: PrepareJob): Promise<ArrayBuffer> {
    return this.#of(home).prepare(hook);
  }

  run(job: BlockJob): Promise<ArrayBuffer> {
    for (const { feeder } of this.#fed.values()) feeder.forget(job.forget);
    return this.#of(job.home).run(job);
  }

  /** Lets go of sandboxes that did what nobody asked them to, and of those of no more use. */
  look(): void {
    const now = performance.now();
    for (const [key, { feeder, home, usedMs }] of this.#fed) {
      feeder.look();
      if (!home.isApart || now - usedMs < APART_IDLE_MS) continue;
      feeder.rest();
      this.#fed.delete(key);
    }
  }

  /** Ends all sandboxes and waits until they are gone. */
  async close(): Promise<void> {
    await Promise.all([...this.#fed.values()].map(({ feeder }) => feeder.close()));
  }

  #of(home: Home): Feeder {
    const { key } = home;
    const feeder = this.#fed.get(key)?.feeder ?? new Feeder(this.#options, home.isApart);
    this.#fed.delete(key);
    if (!home.isShared) this.#makeRoom();
    this.#fed.set(key, { feeder, home, usedMs: performance.now() });
    return feeder;
  }

  #makeRoom(): void {
    const own = [...this.#fed.values()].filter(({ feeder, home }) => !home.isShared && feeder.isOn);
    const surplus = own.length + 1 - this.#options.limits.sandboxes;
    for (const { feeder } of own.slice(0, Math.max(0, surplus))) feeder.rest();
  }
}
