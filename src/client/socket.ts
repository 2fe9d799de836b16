/**
 * A socket to a server, with TLS where the URL says so, in bounded time.
 *
 * @module
 */

import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

import { Refusal } from "../faults.ts";
import type { Place, Settings } from "./options.ts";
import { givenUp } from "./transport.ts";

export type { Socket } from "node:net";

/** Of a server that vanished without a word the kernel asks after this time. */
const KEEP_ALIVE_MS = 30_000;

/**
 * Returns a socket that is connected: paused, and without listeners.
 *
 * @throws {Refusal} `CANCELLED` when the signal says so, `CLOSED` when it takes too long.
 * @throws {Error} What the system said.
 */
export async function openSocket(
  place: Exclude<Place, { kind: "http" | "https" }>,
  { tls, connectMs }: Pick<Settings, "tls" | "connectMs">,
  signal: AbortSignal,
): Promise<Socket> {
  if (signal.aborted) throw givenUp(signal);
  const socket = begun(place, tls);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const cancel = () => reject(givenUp(signal));
  const late = () => {
    reject(new Refusal("CLOSED", "", `got no connection within ${connectMs} ms`));
  };
  const timer = setTimeout(late, connectMs);
  signal.addEventListener("abort", cancel, { once: true });
  socket.once(place.kind === "tls" ? "secureConnect" : "connect", () => resolve());
  socket.once("error", reject);
  socket.once("close", () => reject(new Refusal("CLOSED", "", "the connection was closed")));
  try {
    await promise;
    socket.removeAllListeners();
    return socket;
  } catch (error) {
    socket.on("error", () => undefined);
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", cancel);
  }
}

function begun(
  place: Exclude<Place, { kind: "http" | "https" }>,
  { ca, cert, key }: Settings["tls"],
): Socket {
  if (place.kind === "unix") return connectTcp({ path: place.path });
  const { host, port } = place;
  const options = { host, port, noDelay: true, keepAlive: true };
  const about = { ...options, keepAliveInitialDelay: KEEP_ALIVE_MS };
  if (place.kind === "tcp") return connectTcp(about);
  return connectTls({
    ...about,
    ...{ minVersion: "TLSv1.2", ...(isIP(host) === 0 && { servername: host }) },
    ...{ ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert, key }) },
  });
}
