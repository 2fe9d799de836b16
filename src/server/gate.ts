/**
 * Who comes in: by key, by certificate, or anybody where a server has neither.
 *
 * @module
 */

import type { Limits } from "../limits.ts";
import type { Certificate, Gate } from "./door.ts";
import type { Keys } from "./keys.ts";
import type { Caller } from "./service.ts";

/** Whose certificate it is: that of one fingerprint, or of one common name. */
export interface ClientRule extends Partial<Certificate> {
  readonly tenant: string;
  /** Calls and runs at work at a time, where it is not `limits.keyCalls`. */
  readonly calls?: number | undefined;
}

/** What a gate goes by. */
export interface GateParts {
  readonly limits: Limits;
  readonly keys?: Keys | undefined;
  readonly clients?: readonly ClientRule[] | undefined;
  /** Who anybody is, where there are neither keys nor clients. */
  readonly tenant?: string | undefined;
}

/** Digits of a fingerprint that stand in logs in the place of the id of a key. */
const DIGITS = 12;

/** A gate before all doors. */
export class ServerGate implements Gate {
  readonly anyone: Caller | undefined;
  readonly #limits: Limits;
  readonly #keys: Keys | undefined;
  readonly #clients: readonly ClientRule[];
  #connections = 0;

  constructor({ limits, keys, clients = [], tenant = "default" }: GateParts) {
    this.#limits = limits;
    this.#keys = keys;
    this.#clients = clients;
    const isOpen = !keys && clients.length === 0;
    this.anyone = isOpen ? { tenant, key: "", callsMax: limits.keyCalls } : undefined;
  }

  byKey(key: string): Caller | undefined {
    const row = this.#keys?.find(key);
    return row && this.#caller(row.id, row);
  }

  byCertificate({ fingerprint, commonName }: Certificate): Caller | undefined {
    const rule =
      this.#clients.find((one) => one.fingerprint === fingerprint) ??
      this.#clients.find((one) => commonName !== "" && one.commonName === commonName);
    return rule && this.#caller(`${CERTIFICATE}${fingerprint.slice(0, DIGITS)}`, rule);
  }

  /** Returns whether somebody who was let in still may: his key has not been revoked since. */
  holds({ key }: Caller): boolean {
    if (key === "") return this.anyone !== undefined;
    return key.startsWith(CERTIFICATE) || this.#keys?.has(key) === true;
  }

  connected(): Disposable | undefined {
    if (this.#connections >= this.#limits.connections) return undefined;
    this.#connections += 1;
    let isOpen = true;
    return {
      [Symbol.dispose]: () => {
        if (isOpen) this.#connections -= 1;
        isOpen = false;
      },
    };
  }

  #caller(key: string, { tenant, calls }: Pick<ClientRule, "tenant" | "calls">): Caller {
    return { tenant, key, callsMax: calls ?? this.#limits.keyCalls };
  }
}

/** No id of a key has a colon. */
const CERTIFICATE = "cert:";
