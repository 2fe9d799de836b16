/**
 * Where a server may listen: nobody who is not on the machine reaches one that asks nobody who he
 * is.
 *
 * @module
 */

import { Refusal } from "../faults.ts";
import type { ServerSettings } from "./config.ts";

/** One address, before anything listens there. */
export interface Place {
  /** Where it stands in the options. */
  readonly option: string;
  readonly address: string;
  /** Whether only this machine reaches it. */
  readonly isHere: boolean;
  /** Whether what is said there cannot be listened to. */
  readonly isSecure: boolean;
  /** Whether clients are asked for certificates. */
  readonly isMutual: boolean;
}

/** Returns the addresses of both doors. */
export function placesOf({ rpc, http }: Pick<ServerSettings, "rpc" | "http">): Place[] {
  const { unix, tcp, tls } = rpc ?? {};
  const [local, plain] = [
    { isHere: true, isSecure: true, isMutual: false },
    { isSecure: false, isMutual: false },
  ];
  const secure = (caFile: string | undefined) => ({
    isSecure: true,
    isMutual: caFile !== undefined,
  });
  return [
    ...(unix === undefined ? [] : [{ option: "rpc.unix", address: unix, ...local }]),
    ...(tcp ? [{ option: "rpc.tcp", ...at(tcp), ...plain }] : []),
    ...(tls ? [{ option: "rpc.tls", ...at(tls), ...secure(tls.caFile) }] : []),
    ...(http
      ? [{ option: "http", ...at(http), ...(http.tls ? secure(http.tls.caFile) : plain) }]
      : []),
  ];
}

/**
 * Refuses addresses that others reach and where nobody is asked who he is.
 *
 * @param known How many keys there are, how many clients with a certificate, and where the file of
 * keys is.
 * @returns What an operator should know of the others, a sentence each.
 * @throws {Refusal} `BAD_REQUEST` with the option that names the address.
 */
export function checkPlaces(
  places: readonly Place[],
  known: { readonly keys: number; readonly clients: number; readonly file: string },
): string[] {
  if (known.clients > 0 && !places.some(({ isMutual }) => isMutual)) {
    const detail = "wants tls with caFile in rpc or http: nobody is asked for a certificate";
    throw new Refusal("BAD_REQUEST", "clients", detail);
  }
  for (const { option, address, isHere, isMutual } of places) {
    if (isHere || known.keys > 0 || (isMutual && known.clients > 0)) continue;
    const wants = `wants a key at least, because others reach ${address}`;
    const make = `make one with: bookend keys add --tenant default --keys ${known.file}`;
    const else_ = "or name clients and their caFile, or listen on 127.0.0.1";
    throw new Refusal("BAD_REQUEST", option, `${wants}, got none; ${make}; ${else_}`);
  }
  const open = places.filter(({ isHere, isSecure }) => !isHere && !isSecure);
  return open.map(
    ({ option, address }) =>
      `keys and data travel in the clear to ${address} (${option}): use tls, or a proxy that does`,
  );
}

function at({ host, port }: { readonly host: string; readonly port: number }) {
  return {
    address: `${host.includes(":") ? `[${host}]` : host}:${port}`,
    isHere: isLoopback(host),
  };
}

/** A name other than localhost may lead anywhere. */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}
