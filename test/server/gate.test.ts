// Who comes in: rows of keys and certificates, how many connections, and what a revoked key opens.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { limitsFrom } from "../../src/limits.ts";
import type { Certificate } from "../../src/server/door.ts";
import { type ClientRule, ServerGate } from "../../src/server/gate.ts";
import { GuardedService } from "../../src/server/guarded-service.ts";
import { addKey, Keys, revokeKey } from "../../src/server/keys.ts";
import { checkPlaces, type Place, placesOf } from "../../src/server/listening.ts";
import type { Asking, Service } from "../../src/server/service.ts";

const LIMITS = limitsFrom({ keyCalls: 50, connections: 3 });
const A = "a".repeat(64);
const B = "b".repeat(64);

let folder = "";
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "bookend-gate-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let made = 0;

async function keyed(more: object = {}) {
  const path = join(folder, `keys-${made++}.json`);
  const { key, row } = await addKey(path, { tenant: "acme", ...more }, Date.now());
  return { path, key, id: row.id, keys: new Keys(path) };
}

describe("ServerGate", () => {
  test("anyone is let in where there are neither keys nor clients, and nowhere else", async () => {
    const { keys } = await keyed();
    using _ = keys;
    const anyone = { tenant: "default", key: "", callsMax: 50 };
    expect(new ServerGate({ limits: LIMITS }).anyone).toEqual(anyone);
    expect(new ServerGate({ limits: LIMITS }).byKey("bk_x")).toBeUndefined();
    expect(new ServerGate({ limits: LIMITS, keys }).anyone).toBeUndefined();
    const clients = [{ commonName: "a", tenant: "a" }];
    expect(new ServerGate({ limits: LIMITS, clients }).anyone).toBeUndefined();
  });

  test.each([
    [{}, 50],
    [{ calls: 7 }, 7],
  ])("byKey() says whose it is and how many calls it may have: %j", async (more, callsMax) => {
    const { keys, key, id } = await keyed(more);
    using _ = keys;
    const gate = new ServerGate({ limits: LIMITS, keys });
    expect(gate.byKey(key)).toEqual({ tenant: "acme", key: id, callsMax });
    expect(gate.byKey(`${key.slice(0, -1)}!`)).toBeUndefined();
  });

  const CLIENTS: readonly ClientRule[] = [
    { commonName: "worker", tenant: "named" },
    { fingerprint: A, tenant: "printed", calls: 2 },
  ];
  test.each<[name: string, certificate: Certificate, caller: object | undefined]>([
    ["a fingerprint", { fingerprint: A, commonName: "" }, { tenant: "printed", callsMax: 2 }],
    ["a name", { fingerprint: B, commonName: "worker" }, { tenant: "named", callsMax: 50 }],
    [
      "both: the fingerprint says more",
      { fingerprint: A, commonName: "worker" },
      { tenant: "printed" },
    ],
    ["neither", { fingerprint: B, commonName: "other" }, undefined],
    ["no name", { fingerprint: B, commonName: "" }, undefined],
    ["a name that begins so", { fingerprint: B, commonName: "worker2" }, undefined],
  ])("byCertificate() goes by %s", (_name, certificate, caller) => {
    const gate = new ServerGate({ limits: LIMITS, clients: CLIENTS });
    const got = gate.byCertificate(certificate);
    if (!caller) return expect(got).toBeUndefined();
    const key = `cert:${certificate.fingerprint.slice(0, 12)}`;
    expect(got).toMatchObject({ ...caller, key });
    expect(got && gate.holds(got)).toBe(true);
  });

  test("byCertificate() knows nobody where no client is named", () => {
    const gate = new ServerGate({ limits: LIMITS });
    expect(gate.byCertificate({ fingerprint: A, commonName: "worker" })).toBeUndefined();
  });

  test("connected() counts up to limits.connections, and each end once", () => {
    const gate = new ServerGate({ limits: LIMITS });
    const all = [1, 2, 3].map(() => gate.connected());
    expect(all.every(Boolean)).toBe(true);
    expect(gate.connected()).toBeUndefined();
    all[0]?.[Symbol.dispose]();
    all[0]?.[Symbol.dispose]();
    expect(gate.connected()).toBeDefined();
    expect(gate.connected()).toBeUndefined();
  });
});

describe("GuardedService", () => {
  const METHODS = [
    ...["register", "call", "remove", "deploy", "run", "check", "rollback", "look"],
    ...["list", "describe"],
  ] as const;

  /** A service that says which method was called; all that is tested here stands before it. */
  const echo = new Proxy({}, { get: (_target, name) => () => name }) as Service;

  test.each(METHODS)(
    "%s goes on while the key holds, and no more when it is revoked",
    async (method) => {
      const { keys, key, id, path } = await keyed();
      using _ = keys;
      const gate = new ServerGate({ limits: LIMITS, keys });
      const refusals: unknown[] = [];
      const observer = {
        begun: () => ({ trace: undefined, ended: () => undefined }),
        connected: () => ({ [Symbol.dispose]: () => undefined }),
        refused: (...all: unknown[]) => void refusals.push(all.slice(0, 2)),
      };
      const service = new GuardedService(echo, gate, observer) as unknown as Record<
        string,
        (...args: unknown[]) => unknown
      >;
      const caller = gate.byKey(key);
      const asking = { caller } as Asking;
      const ask = async () =>
        service[method]?.(...(isAskingAlone(method) ? [asking] : [{}, asking]));
      expect(await ask()).toBe(method);
      await revokeKey(path, id);
      keys.look();
      await expect(ask()).rejects.toMatchObject({
        code: "UNAUTHENTICATED",
        detail: expect.stringContaining(id),
      });
      expect(refusals).toEqual([["service", "UNAUTHENTICATED"]]);
    },
  );

  const isAskingAlone = (method: string) => method === "list" || method === "describe";
});

describe("checkPlaces()", () => {
  const none = { keys: 0, clients: 0, file: "keys.json" };
  const files = { keyFile: "k", certFile: "c" };
  const places = (rpc: object | undefined, http?: object): Place[] =>
    placesOf({ rpc, http } as Parameters<typeof placesOf>[0]);
  const at = (host: string, more: object = {}) => ({ host, port: 7, ...more });

  test.each<[name: string, places: Place[], known: object]>([
    ["a socket", places({ unix: "/run/a.sock" }), {}],
    ["loopback", places({ tcp: at("127.0.0.1") }, at("localhost")), {}],
    ["all of loopback", places({ tcp: at("127.8.9.1") }, at("::1")), {}],
    ["others, with a key", places({ tcp: at("0.0.0.0") }), { keys: 1 }],
    [
      "others, with certificates",
      places({ tls: at("0.0.0.0", { ...files, caFile: "ca" }) }),
      { clients: 1 },
    ],
    [
      "certificates at HTTP",
      places(undefined, at("::", { tls: { ...files, caFile: "ca" } })),
      { clients: 1 },
    ],
  ])("lets a server listen at %s", (_name, all, known) => {
    expect(() => checkPlaces(all, { ...none, ...known })).not.toThrow();
  });

  test.each<[name: string, places: Place[], known: object, path: string, says: string]>([
    ["everywhere", places({ tcp: at("0.0.0.0") }), {}, "rpc.tcp", "0.0.0.0:7"],
    ["everywhere, as IPv6", places(undefined, at("::")), {}, "http", "[::]:7"],
    ["a name", places(undefined, at("host.example")), {}, "http", "host.example:7"],
    ["what looks like loopback", places(undefined, at("127.evil.example")), {}, "http", "127.evil"],
    ["TLS that asks nobody", places({ tls: at("10.0.0.1", files) }), {}, "rpc.tls", "10.0.0.1:7"],
    [
      "a CA without clients",
      places({ tls: at("10.0.0.1", { ...files, caFile: "ca" }) }),
      {},
      "rpc.tls",
      "keys add",
    ],
    [
      "one open door beside one with certificates",
      places({ tls: at("10.0.0.1", { ...files, caFile: "ca" }) }, at("10.0.0.1")),
      { clients: 1 },
      "http",
      "keys add --tenant default --keys keys.json",
    ],
    [
      "clients whom nobody asks",
      places({ tcp: at("127.0.0.1") }),
      { clients: 1 },
      "clients",
      "caFile",
    ],
  ])("refuses %s", (_name, all, known, path, says) => {
    const check = () => checkPlaces(all, { ...none, ...known });
    const detail = expect.stringContaining(says);
    expect(check).toThrow(expect.objectContaining({ code: "BAD_REQUEST", path, detail }));
  });

  test("says of what is in the clear that it is", () => {
    const all = places({ tcp: at("0.0.0.0"), tls: at("0.0.0.0", files) }, at("127.0.0.1"));
    expect(checkPlaces(all, { ...none, keys: 1 })).toEqual([
      expect.stringContaining("in the clear to 0.0.0.0:7 (rpc.tcp)"),
    ]);
  });
});
