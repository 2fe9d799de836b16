/**
 * Where callers come in, and who lets them in: what every transport is given and gives back.
 *
 * @module
 */

import type { Limits } from "../limits.ts";
import type { Observer } from "./observer.ts";
import type { Caller, Service } from "./service.ts";

/** A door that is open. */
export interface Door extends AsyncDisposable {
  /** Where it is: `unix:/run/bookend.sock`, `tcp://127.0.0.1:7070`, `https://0.0.0.0:8080`. */
  readonly addresses: readonly string[];
  /**
   * Takes no more connections and requests, tells clients to go elsewhere, and settles when all
   * that was at work is answered and every connection is closed.
   */
  drain(): Promise<void>;
  /** Gives up what is at work and closes every connection. */
  close(): Promise<void>;
}

/** What a door is made of. */
export interface DoorParts {
  readonly service: Service;
  readonly gate: Gate;
  readonly limits: Limits;
  readonly observer: Observer;
}

/** What is known of the certificate that a client has shown, after TLS has verified it. */
export interface Certificate {
  /** SHA-256 of the certificate: 64 hexadecimal digits, small letters, without colons. */
  readonly fingerprint: string;
  /** Its common name, or nothing. */
  readonly commonName: string;
}

/** Who comes in. It looks at keys and certificates only, before anything else is parsed. */
export interface Gate {
  /** The caller without a key, where the server runs without; nothing where it does not. */
  readonly anyone: Caller | undefined;
  /** Returns whose key it is, in a time that says nothing about how much of it was right. */
  byKey(key: string): Caller | undefined;
  /** Returns whose certificate it is. */
  byCertificate(certificate: Certificate): Caller | undefined;
  /**
   * Counts a connection in, until what is returned is disposed of; nothing when there are too many
   * (`limits.connections`, all doors together).
   */
  connected(): Disposable | undefined;
}
