/**
 * The MessagePack-RPC door. A stand-in: it listens, and says nothing to anybody.
 *
 * @module
 */

import net from "node:net";

import type { Door, DoorParts } from "../door.ts";

/** Where a server listens: at one place at least. */
export interface RpcOptions {
  readonly unix?: string | undefined;
  readonly unixMode?: number | undefined;
  readonly tcp?: Address | undefined;
  readonly tls?: TlsAddress | undefined;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** All texts are PEM. */
export interface TlsAddress extends Address {
  readonly key: string;
  readonly cert: string;
  readonly ca?: string | undefined;
}

/** Opens the door. */
export async function openRpc(_parts: DoorParts, options: RpcOptions): Promise<Door> {
  const addresses: string[] = [];
  const servers: net.Server[] = [];
  const { unix, tcp, tls } = options;
  const listen = async (at: net.ListenOptions, addressOf: (port: number) => string) => {
    const server = net.createServer((socket) => socket.destroy());
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(at, resolve);
    });
    servers.push(server);
    const there = server.address();
    addresses.push(addressOf(typeof there === "object" && there ? there.port : 0));
  };
  if (unix !== undefined) await listen({ path: unix }, () => `unix:${unix}`);
  for (const [scheme, at] of Object.entries({ tcp, tls })) {
    if (!at) continue;
    await listen({ host: at.host, port: at.port }, (port) => `${scheme}://${at.host}:${port}`);
  }
  const close = async () => {
    await Promise.all(servers.map((one) => new Promise((resolve) => one.close(resolve))));
  };
  return { addresses, drain: close, close, [Symbol.asyncDispose]: close };
}
