/**
 * The service for callers who are still allowed to ask: a connection outlives the key that opened
 * it, a request does not.
 *
 * @module
 */

import { Refusal } from "../faults.ts";
import { hookErrorOf } from "../runtime/hook.ts";
import type { ServerGate } from "./gate.ts";
import type { Observer } from "./observer.ts";
import type { Asking, Service } from "./service.ts";

/** Looks at each request before the service does. */
export class GuardedService implements Service {
  readonly #service: Service;
  readonly #gate: ServerGate;
  readonly #observer: Observer;

  constructor(service: Service, gate: ServerGate, observer: Observer) {
    this.#service = service;
    this.#gate = gate;
    this.#observer = observer;
  }

  async register(...[declaration, asking]: Parameters<Service["register"]>) {
    return this.#for(asking).register(declaration, asking);
  }

  async call(...[request, asking]: Parameters<Service["call"]>) {
    return this.#for(asking).call(request, asking);
  }

  async remove(...[what, asking]: Parameters<Service["remove"]>) {
    return this.#for(asking).remove(what, asking);
  }

  async deploy(...[declaration, asking]: Parameters<Service["deploy"]>) {
    return this.#for(asking).deploy(declaration, asking);
  }

  async run(...[request, asking]: Parameters<Service["run"]>) {
    return this.#for(asking).run(request, asking);
  }

  async check(...[declaration, asking]: Parameters<Service["check"]>) {
    return this.#for(asking).check(declaration, asking);
  }

  async rollback(...[what, asking]: Parameters<Service["rollback"]>) {
    return this.#for(asking).rollback(what, asking);
  }

  async look(...[what, asking]: Parameters<Service["look"]>) {
    return this.#for(asking).look(what, asking);
  }

  list(asking: Asking) {
    return this.#for(asking).list(asking);
  }

  describe(asking: Asking) {
    return this.#for(asking).describe(asking);
  }

  /** @throws {HookError} `UNAUTHENTICATED`. */
  #for({ caller }: Asking): Service {
    if (this.#gate.holds(caller)) return this.#service;
    const detail = `wants a key that is not revoked and has not ended, got ${caller.key}`;
    this.#observer.refused("service", "UNAUTHENTICATED", detail);
    throw hookErrorOf(new Refusal("UNAUTHENTICATED", "", detail));
  }
}
