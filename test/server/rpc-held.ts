// A service that answers when a test says so: for what a connection does while requests are at work.

import { HookError } from "../../src/runtime/hook-error.ts";
import type { Asking, CallAnswer, CallRequest, Service } from "../../src/server/service.ts";
import { Packed } from "../../src/wire/packed.ts";

/** A request that waits for its answer. */
export interface Held {
  readonly request: unknown;
  readonly asking: Asking;
  /** Answers: a call with a value, another request with plain data. */
  answer(value: unknown): void;
}

const RECEIPT = {
  ...{ totalMs: 1, queueMs: 0, loadMs: 0, wallMs: 0.5, cpuMs: 0.5, checkMs: 0, transferMs: 0.5 },
  ...{ bytesIn: 10, bytesOut: 1, heapBytes: 1_000, warm: true, logsDropped: 0 },
};
const HOOK = { id: "00", kind: "pre", name: "held", tenant: "acme" } as const;

/** Holds every call and registration until a test answers it, or it is given up. */
export class HeldService {
  readonly held: Held[] = [];
  #wakes: (() => void)[] = [];

  /** As a service; a test asks it for nothing else. */
  get service(): Service {
    const call = async (request: CallRequest, asking: Asking): Promise<CallAnswer> => {
      const value = await this.#hold(request, asking);
      const payload = Packed.of(value, { nodes: 10_000, depth: 8, bytes: 2 ** 28 }).bytes;
      return { hook: HOOK, payload, receipt: RECEIPT, logs: [] };
    };
    const register = (request: unknown, asking: Asking) => this.#hold(request, asking);
    return { call, register } as unknown as Service;
  }

  /** Waits until so many are held, answered ones included. */
  async until(count: number): Promise<readonly Held[]> {
    while (this.held.length < count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wakes.push(resolve);
      await promise;
    }
    return this.held;
  }

  #hold(request: unknown, asking: Asking): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const given = { code: "CANCELLED", path: "", detail: "the signal said so" } as const;
    asking.signal?.addEventListener("abort", () => reject(new HookError(given)));
    this.held.push({ request, asking, answer: resolve });
    for (const wake of this.#wakes.splice(0)) wake();
    return promise;
  }
}
