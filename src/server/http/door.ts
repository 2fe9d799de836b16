/**
 * The HTTP door. A stand-in that registers and calls hooks, as JSON, at the paths of the real one.
 *
 * @module
 */

import { createServer, type IncomingMessage } from "node:http";

import { FAULTS } from "../../faults.ts";
import { HookError } from "../../runtime/hook-error.ts";
import { decode } from "../../wire/decode.ts";
import { Packed } from "../../wire/packed.ts";
import { readText } from "../../wire/text.ts";
import type { Door, DoorParts } from "../door.ts";

/** Where the door is, and what it shows besides. */
export interface HttpOptions {
  readonly host: string;
  readonly port: number;
  readonly tls?:
    { readonly key: string; readonly cert: string; readonly ca?: string | undefined } | undefined;
  readonly metrics?: (() => Promise<string>) | undefined;
  readonly version?: string | undefined;
}

/** Opens the door. */
export async function openHttp(parts: DoorParts, { host, port }: HttpOptions): Promise<Door> {
  const server = createServer((request, response) => {
    const given = new AbortController();
    response.once("close", () => given.abort());
    void answer(parts, request, given.signal).then(([status, body]) => {
      response.writeHead(status, { "content-type": "application/json", connection: "close" });
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, resolve);
  });
  const there = server.address();
  const bound = typeof there === "object" && there ? there.port : port;
  const drain = () => new Promise<void>((resolve) => server.close(() => resolve()));
  const close = async () => {
    const drained = drain();
    server.closeAllConnections();
    await drained;
  };
  return { addresses: [`http://${host}:${bound}`], drain, close, [Symbol.asyncDispose]: close };
}

async function answer(
  { service, gate, limits }: DoorParts,
  request: IncomingMessage,
  signal: AbortSignal,
): Promise<readonly [status: number, body: unknown]> {
  const key = request.headers.authorization?.replace("Bearer ", "");
  const caller = key === undefined ? gate.anyone : gate.byKey(key);
  if (!caller) return [401, { code: "UNAUTHENTICATED" }];
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const body = JSON.parse(Buffer.concat(parts).toString() || "{}") as Record<string, unknown>;
  try {
    const ref = /^\/v1\/hooks\/([^/]+)\/call$/.exec(request.url ?? "")?.[1];
    if (ref === undefined) return [201, await service.register(body, { caller, signal })];
    const bounds = { nodes: limits.nodes, depth: limits.depth, bytes: limits.frameBytes };
    const values = [Packed.of(body["data"], bounds)];
    const { payload } = await service.call({ hook: ref, values, files: [] }, { caller, signal });
    return [200, { value: decode(payload, readText) }];
  } catch (error) {
    const code = error instanceof HookError ? error.code : "INTERNAL";
    return [FAULTS[code].status, { code, detail: String(error) }];
  }
}
