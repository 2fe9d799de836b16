/**
 * What waits for a worker: for each tenant in order, and between tenants by what each has used.
 *
 * A tenant's *pass* is the worker time that he has had, divided by his share. Who has the least is
 * next, so one who floods, or whose hooks run to their limit, waits behind himself. Who was away
 * begins where the others are: time that was not used is not saved up.
 *
 * Invariants:
 * - The bounds on number and bytes hold for all and for each tenant.
 * - Within a tenant the order is that of arrival, but for registrations, which go before calls.
 *
 * @module
 */

import { Refusal } from "../faults.ts";
import type { Limits } from "../limits.ts";

/** What the queue needs to know of what waits. */
export interface Queued {
  readonly tenant: string;
  /** A call, or a text to be read and an isolate to be made. */
  readonly kind: "call" | "errand";
  /** Bytes of its record. */
  readonly bytes: number;
  /** When it has waited too long, in milliseconds of `performance.now()`. */
  readonly dueMs: number;
}

/** How much of the workers a tenant may have, against others who want them too. Default: 1. */
export type Shares = ReadonlyMap<string, number>;

/** What one tenant has waiting. Sets keep the order of arrival and forget one at once. */
interface Lane<Item> {
  readonly tenant: string;
  readonly errands: Set<Item>;
  readonly calls: Set<Item>;
  passMs: number;
}

/** Passes of tenants who have nothing waiting are kept until there are so many. */
const PASSES_MAX = 10_000;

/** A queue of items of type `Item`. */
export class Queue<Item extends Queued> {
  readonly #limits: Limits;
  readonly #shares: Shares;
  readonly #lanes = new Map<string, Lane<Item>>();
  readonly #passes = new Map<string, number>();
  /** The pass of the tenant who was last served: where one begins who was away. */
  #nowMs = 0;
  #size = 0;
  #calls = 0;
  #bytes = 0;

  constructor(limits: Limits, shares: Shares = new Map()) {
    this.#limits = limits;
    this.#shares = shares;
  }

  get size(): number {
    return this.#size;
  }

  /** Returns the item that is next, of the tenants that may have a turn now. */
  first(mayHave: (tenant: string) => boolean = () => true): Item | undefined {
    let best: Lane<Item> | undefined;
    for (const lane of this.#lanes.values()) {
      if ((!best || lane.passMs < best.passMs) && mayHave(lane.tenant)) best = lane;
    }
    return best && firstOf(best);
  }

  /** When the next item has waited too long. */
  get dueMs(): number {
    let dueMs = Infinity;
    for (const { errands, calls } of this.#lanes.values()) {
      for (const items of [errands, calls]) {
        const [first] = items;
        if (first && first.dueMs < dueMs) dueMs = first.dueMs;
      }
    }
    return dueMs;
  }

  /**
   * Adds an item behind those of its tenant.
   *
   * @throws {Refusal} `POOL_FULL`, naming the bound that it met.
   */
  add(item: Item): void {
    const { queueCalls, queueCallsTenant, queueBytes } = this.#limits;
    const { tenant, kind, bytes } = item;
    const lane = this.#lanes.get(tenant);
    if (kind === "call") {
      if (this.#calls >= queueCalls) throw full(`${queueCalls} calls wait`, "queueCalls");
      if ((lane?.calls.size ?? 0) >= queueCallsTenant) {
        throw full(`${queueCallsTenant} calls of tenant ${tenant} wait`, "queueCallsTenant");
      }
    } else if ((lane?.errands.size ?? 0) >= queueCalls) {
      throw full(`${queueCalls} registrations of tenant ${tenant} wait`, "queueCalls");
    }
    if (this.#bytes + bytes > queueBytes) {
      throw full(`calls of ${this.#bytes} bytes wait`, "queueBytes");
    }
    this.#put(item);
  }

  /**
   * Takes an item out to be run. Its tenant is charged what it is expected to take; {@link charge}
   * is to put that right.
   */
  take(item: Item, expectedMs: number): void {
    const lane = this.#lanes.get(item.tenant);
    if (lane) this.#nowMs = Math.max(this.#nowMs, lane.passMs);
    this.remove(item);
    this.charge(item.tenant, expectedMs);
  }

  /** Puts items back that a worker did not begin, before all others of their tenants. */
  putBack(items: readonly Item[], expectedMs: (item: Item) => number): void {
    for (const item of items) this.charge(item.tenant, -expectedMs(item));
    for (const tenant of new Set(items.map((one) => one.tenant))) {
      const behind = [...(this.#lanes.get(tenant)?.calls ?? [])];
      for (const item of behind) this.remove(item);
      for (const item of items) if (item.tenant === tenant) this.#put(item);
      for (const item of behind) this.#put(item);
    }
  }

  /** Takes an item out. Returns whether it was there. */
  remove(item: Item): boolean {
    const lane = this.#lanes.get(item.tenant);
    if (!lane?.[setOf(item)].delete(item)) return false;
    this.#size -= 1;
    this.#bytes -= item.bytes;
    if (item.kind === "call") this.#calls -= 1;
    if (lane.calls.size + lane.errands.size === 0) this.#close(lane);
    return true;
  }

  /** Charges a tenant with time that a worker was his; less than nothing gives it back. */
  charge(tenant: string, ms: number): void {
    const lane = this.#lanes.get(tenant);
    const before = lane?.passMs ?? this.#passes.get(tenant) ?? this.#nowMs;
    const passMs = before + ms / (this.#shares.get(tenant) ?? 1);
    if (lane) lane.passMs = passMs;
    else this.#keep(tenant, passMs);
  }

  /** Goes round the tenants, from who is next on, and takes one item of each every time. */
  *[Symbol.iterator](): Generator<Item, void> {
    const lanes = [...this.#lanes.values()];
    if (lanes.length > 1) lanes.sort((one, other) => one.passMs - other.passMs);
    let items = lanes.map(itemsOf);
    while (items.length > 0) {
      const left: typeof items = [];
      for (const each of items) {
        const { value, done } = each.next();
        if (done === true) continue;
        yield value;
        left.push(each);
      }
      items = left;
    }
  }

  #put(item: Item): void {
    const { tenant } = item;
    let lane = this.#lanes.get(tenant);
    if (!lane) {
      const passMs = Math.max(this.#passes.get(tenant) ?? 0, this.#nowMs);
      lane = { tenant, errands: new Set(), calls: new Set(), passMs };
      this.#lanes.set(tenant, lane);
      this.#passes.delete(tenant);
    }
    lane[setOf(item)].add(item);
    this.#size += 1;
    this.#bytes += item.bytes;
    if (item.kind === "call") this.#calls += 1;
  }

  #close({ tenant, passMs }: Lane<Item>): void {
    this.#lanes.delete(tenant);
    this.#keep(tenant, passMs);
  }

  /** Only a pass that is ahead of the others' says anything. */
  #keep(tenant: string, passMs: number): void {
    if (passMs <= this.#nowMs) this.#passes.delete(tenant);
    else this.#passes.set(tenant, passMs);
    if (this.#passes.size <= PASSES_MAX) return;
    for (const [other, pass] of this.#passes) {
      if (pass <= this.#nowMs) this.#passes.delete(other);
    }
    const [oldest] = this.#passes.keys();
    if (this.#passes.size > PASSES_MAX && oldest !== undefined) this.#passes.delete(oldest);
  }
}

/** Looked at one by one: most are not wanted. */
function* itemsOf<Item>({ errands, calls }: Lane<Item>): Generator<Item, undefined> {
  yield* errands;
  yield* calls;
  return undefined;
}

function firstOf<Item>({ errands, calls }: Lane<Item>): Item | undefined {
  const [errand] = errands;
  if (errand) return errand;
  const [call] = calls;
  return call;
}

function setOf({ kind }: Queued): "calls" | "errands" {
  return kind === "call" ? "calls" : "errands";
}

function full(what: string, limit: string): Refusal {
  const detail = `wants room in the queue, but ${what} already (limits.${limit}); try again later`;
  return new Refusal("POOL_FULL", "", detail);
}
