/**
 * Calls that wait for a worker: in order, bounded in number and bytes, for all and for each tenant.
 *
 * @module
 */

import { Refusal } from "../faults.ts";
import type { Limits } from "../limits.ts";

/** What the queue needs to know of a call. */
export interface Waiting {
  readonly tenant: string;
  readonly hook: number;
  /** Bytes of its record. */
  readonly bytes: number;
  /** When it has waited too long, in milliseconds of `performance.now()`. */
  readonly dueMs: number;
}

/** A queue of calls of type `Call`. */
export class Queue<Call extends Waiting> {
  readonly #limits: Limits;
  /** A set keeps the order of arrival and forgets a cancelled call at once. */
  readonly #calls = new Set<Call>();
  readonly #callsByTenant = new Map<string, number>();
  #bytes = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** The call that has waited longest. */
  get first(): Call | undefined {
    return this.#calls.values().next().value;
  }

  /**
   * Adds a call at the end.
   *
   * @throws {Refusal} `POOL_FULL`, naming the bound that it met.
   */
  add(call: Call): void {
    const { queueCalls, queueCallsTenant, queueBytes } = this.#limits;
    const ofTenant = this.#callsByTenant.get(call.tenant) ?? 0;
    if (this.#calls.size >= queueCalls) throw full(`${queueCalls} calls wait`, "queueCalls");
    if (ofTenant >= queueCallsTenant) {
      throw full(`${queueCallsTenant} calls of tenant ${call.tenant} wait`, "queueCallsTenant");
    }
    if (this.#bytes + call.bytes > queueBytes) {
      throw full(`calls of ${this.#bytes} bytes wait`, "queueBytes");
    }
    this.#put(call);
  }

  /** Puts calls back that a worker did not begin, before all others: they have waited before. */
  putBack(calls: readonly Call[]): void {
    const behind = [...this.#calls];
    for (const call of behind) this.remove(call);
    for (const call of calls) this.#put(call);
    for (const call of behind) this.#put(call);
  }

  /** Takes a call out. Returns whether it was there. */
  remove(call: Call): boolean {
    if (!this.#calls.delete(call)) return false;
    const left = (this.#callsByTenant.get(call.tenant) ?? 1) - 1;
    if (left === 0) this.#callsByTenant.delete(call.tenant);
    else this.#callsByTenant.set(call.tenant, left);
    this.#bytes -= call.bytes;
    return true;
  }

  [Symbol.iterator](): IterableIterator<Call> {
    return this.#calls.values();
  }

  #put(call: Call): void {
    this.#calls.add(call);
    this.#callsByTenant.set(call.tenant, (this.#callsByTenant.get(call.tenant) ?? 0) + 1);
    this.#bytes += call.bytes;
  }
}

function full(what: string, limit: string): Refusal {
  const detail = `wants room in the queue, but ${what} already (limits.${limit}); try again later`;
  return new Refusal("POOL_FULL", "", detail);
}
