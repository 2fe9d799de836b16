/**
 * What tenants may have of the workers: whose sandbox their hooks run in, and how many seats.
 *
 * A tenant whose hook ended its sandbox is *apart*: until a while after the last such end his hooks
 * run in sandboxes of his own, so that the next one takes nothing along that was warm for others.
 * One whose hook ended its sandbox, or ran to its limit, is *held*: one worker is left to others.
 * Both are for the sake of others, so one who is alone is neither.
 *
 * Pure but for the clock, which is handed in.
 *
 * @module
 */

import type { Limits } from "../limits.ts";
import type { Home, WorkerConfig } from "./jobs.ts";
import type { Seat } from "./planner.ts";

/** Until when things are held against one tenant, in milliseconds of the clock. */
interface Suspicion {
  apartMs: number;
  heldMs: number;
}

type TenantsOptions = Pick<WorkerConfig, "tenancy"> & { readonly limits: Pick<Limits, "killsMs"> };

interface Seen {
  readonly tenant: string;
  atMs: number;
}

/** How long a call that ran to its limit is held against its tenant, in such limits. */
const OVERRUNS = 2;
const SHARED: Home = { key: "", isApart: false, isShared: true };

/** The tenants of a pool. */
export class Tenants {
  readonly #isDedicated: boolean;
  readonly #killsMs: number;
  readonly #now: () => number;
  readonly #suspicions = new Map<string, Suspicion>();
  /** Who last wanted something, who did before him, and who did last and was not held. */
  #last: Seen | undefined;
  #before: Seen | undefined;
  #other: Seen | undefined;

  /** @param now The clock, in milliseconds. */
  constructor({ tenancy, limits }: TenantsOptions, now: () => number) {
    this.#isDedicated = tenancy === "dedicated";
    this.#killsMs = limits.killsMs;
    this.#now = now;
  }

  /** A hook of a tenant ended its sandbox. */
  killed(tenant: string): void {
    const untilMs = this.#now() + this.#killsMs;
    this.#suspect(tenant, { apartMs: untilMs, heldMs: untilMs });
  }

  /** A call of a tenant ran to its limit, for so long. */
  overran(tenant: string, wallMs: number): void {
    this.#suspect(tenant, { apartMs: 0, heldMs: this.#now() + OVERRUNS * wallMs });
  }

  /** A tenant wants something: who is not held is one of the others. */
  seen(tenant: string): void {
    const atMs = this.#now();
    if (this.#last?.tenant === tenant) this.#last.atMs = atMs;
    else [this.#last, this.#before] = [{ tenant, atMs }, this.#last];
    if (!this.#isSuspect(tenant)) this.#other = { tenant, atMs };
  }

  /** Returns whose sandbox the hooks of a tenant run in. */
  homeOf(tenant: string): Home {
    const suspicion = this.#suspicions.get(tenant);
    const isApart =
      suspicion !== undefined && suspicion.apartMs > this.#now() && this.#hasOthers(tenant);
    if (!isApart && !this.#isDedicated) return SHARED;
    return { key: `${isApart ? "apart" : "own"} ${tenant}`, isApart, isShared: false };
  }

  /** Whether a tenant may have one more seat: one who is held leaves the last one to others. */
  mayHave(tenant: string, seats: readonly Seat[]): boolean {
    if (!this.#isHeld(tenant)) return true;
    const held = seats.filter((seat) => seat.isBusy && this.#isSuspect(seat.tenant));
    return held.length < Math.max(1, seats.length - 1);
  }

  #isHeld(tenant: string): boolean {
    const other = this.#other;
    return (
      this.#isSuspect(tenant) && !!other && !this.#isSuspect(other.tenant) && this.#isHere(other)
    );
  }

  #hasOthers(tenant: string): boolean {
    return [this.#last, this.#before].some(
      (seen) => seen !== undefined && seen.tenant !== tenant && this.#isHere(seen),
    );
  }

  /** Whether somebody was there of late. */
  #isHere({ atMs }: Seen): boolean {
    return this.#now() - atMs < this.#killsMs;
  }

  #isSuspect(tenant: string): boolean {
    const suspicion = this.#suspicions.get(tenant);
    return suspicion !== undefined && suspicion.heldMs > this.#now();
  }

  #suspect(tenant: string, { apartMs, heldMs }: Suspicion): void {
    const now = this.#now();
    for (const [other, until] of this.#suspicions) {
      if (Math.max(until.apartMs, until.heldMs) <= now) this.#suspicions.delete(other);
    }
    const before = this.#suspicions.get(tenant);
    this.#suspicions.set(tenant, {
      apartMs: Math.max(before?.apartMs ?? 0, apartMs),
      heldMs: Math.max(before?.heldMs ?? 0, heldMs),
    });
  }
}
