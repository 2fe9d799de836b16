// Where the RPC door listens: socket files, TCP, TLS with and without certificates of clients; and
// that nothing is left when it is closed.

import { execFileSync } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { DEFAULTS } from "../../src/limits.ts";
import type { Certificate } from "../../src/server/door.ts";
import { UNOBSERVED } from "../../src/server/observer.ts";
import { openRpc, type RpcOptions } from "../../src/server/rpc/server.ts";
import { HeldService } from "./rpc-held.ts";
import { ACME, Client, OTHER, TestGate } from "./rpc-peer.ts";

const LOOPBACK = { host: "127.0.0.1", port: 0 };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "rpc-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function listen(options: RpcOptions, gate = new TestGate(ACME), limits = DEFAULTS) {
  const refused: string[] = [];
  const observer = { ...UNOBSERVED, refused: (_: string, code: string) => void refused.push(code) };
  const door = await openRpc(
    { service: new HeldService().service, gate, limits, observer },
    options,
  );
  return { door, gate, refused, [Symbol.asyncDispose]: () => door.close() };
}

async function pings(address: string): Promise<unknown> {
  using client = await Client.to(address);
  return await client.result("ping");
}

describe("a socket file", () => {
  test("is its owner's alone, or as is said; it goes with the door", async () => {
    for (const [name, unixMode, mode] of [
      ["a", undefined, 0o600],
      ["b", 0o660, 0o660],
    ] as const) {
      const unix = join(folder, name);
      const umask = process.umask();
      const { door } = await listen({ unix, unixMode });
      expect(process.umask()).toBe(umask);
      expect(door.addresses).toEqual([`unix:${unix}`]);
      expect(statSync(unix).mode & 0o777).toBe(mode);
      expect(await pings(`unix:${unix}`)).toBe("pong");
      await door.close();
      expect(readdirSync(folder)).not.toContain(name);
    }
  });

  test("at which nobody listens is replaced", async () => {
    const [unix, moved] = [join(folder, "stale"), join(folder, "moved")];
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(moved, resolve));
    // Node takes the file away by its name, when it is there.
    renameSync(moved, unix);
    await new Promise((resolve) => server.close(resolve));
    expect(readdirSync(folder)).toContain("stale");
    await using at = await listen({ unix });
    expect(await pings(at.door.addresses[0] ?? "")).toBe("pong");
  });

  test("at which somebody listens is refused, and goes on", async () => {
    const unix = join(folder, "live");
    await using _ = await listen({ unix });
    await expect(listen({ unix })).rejects.toMatchObject({
      ...{ code: "BAD_REQUEST", path: "rpc.unix" },
      detail: `wants a path at which nobody listens, got ${unix}: end that server, or give another path`,
    });
    expect(await pings(`unix:${unix}`)).toBe("pong");
  });

  test("is not put in the place of another file", async () => {
    const unix = join(folder, "file");
    writeFileSync(unix, "mine");
    const detail = expect.stringContaining("wants the path of a socket");
    await expect(listen({ unix })).rejects.toMatchObject({ code: "BAD_REQUEST", detail });
    expect(readFileSync(unix, "utf8")).toBe("mine");
  });
});

describe("TCP", () => {
  test("listens at a port that is free, at all places that are named", async () => {
    const unix = join(folder, "both");
    await using at = await listen({ unix, tcp: LOOPBACK });
    const [file = "", tcp = ""] = at.door.addresses;
    expect(tcp).toMatch(/^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/);
    expect(await Promise.all([pings(file), pings(tcp)])).toEqual(["pong", "pong"]);
  });

  test("wants a place, and one that is free; what was opened before is closed", async () => {
    const nowhere = expect.stringContaining("unix, tcp or tls");
    await expect(listen({})).rejects.toMatchObject({ code: "BAD_REQUEST", detail: nowhere });
    await using at = await listen({ tcp: LOOPBACK });
    const port = Number(new URL(at.door.addresses[0] ?? "").port);
    const unix = join(folder, "undone");
    const taken = listen({ unix, tcp: { host: "127.0.0.1", port } });
    const detail = expect.stringContaining("EADDRINUSE");
    await expect(taken).rejects.toMatchObject({ code: "BAD_REQUEST", detail });
    expect(readdirSync(folder)).not.toContain("undone");
  });

  test("closes one connection too many at once, and lets one in when one has gone", async () => {
    await using at = await listen({ tcp: LOOPBACK }, new TestGate(ACME, 1));
    const [address = ""] = at.door.addresses;
    const first = await Client.to(address);
    expect(await first.result("ping")).toBe("pong");
    using second = await Client.to(address);
    await second.ended();
    expect([second.replies, at.refused]).toEqual([[], ["POOL_FULL"]]);
    first.socket.end();
    await first.ended();
    await until(() => at.gate.connections === 0);
    expect(await pings(address)).toBe("pong");
  });
});

/** A key and a certificate as openssl makes them. */
interface Signed {
  readonly key: string;
  readonly cert: string;
}

const openssl = (...args: string[]) =>
  execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });

const hasOpenssl = (() => {
  try {
    return execFileSync("openssl", ["version"], { stdio: "pipe" }).length > 0;
  } catch {
    return false;
  }
})();

function signed(name: string, more: string[]): Signed {
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "2"];
  const out = ["-keyout", `${name}.key`, "-out", `${name}.pem`, "-subj", `/O=test/CN=${name}`];
  openssl("req", "-x509", ...curve, ...out, ...more);
  const read = (end: string) => readFileSync(join(folder, `${name}.${end}`), "utf8");
  return { key: read("key"), cert: read("pem") };
}

// Where there is no openssl to make certificates there is no peer either to hold TLS to.
describe.skipIf(!hasOpenssl)("TLS", () => {
  let server: Signed, ca: Signed, acme: Signed, stranger: Signed;
  beforeAll(() => {
    server = signed("localhost", ["-addext", "subjectAltName=DNS:localhost"]);
    ca = signed("clients", []);
    acme = signed("acme", ["-CA", "clients.pem", "-CAkey", "clients.key"]);
    stranger = signed("stranger", []);
  });

  /** Connects, and waits for nothing: whether a client is let in shows in what it is answered. */
  function connect(address: string, options: tls.ConnectionOptions = {}): Client {
    const port = Number(new URL(address).port);
    const own = { ca: server.cert, servername: "localhost", ...options };
    return new Client(tls.connect(port, "127.0.0.1", own));
  }

  const place = (more: object = {}) => ({ tls: { ...LOOPBACK, ...server, ...more } });

  test("lets in who has a key", async () => {
    await using at = await listen(place(), new TestGate());
    const [address = ""] = at.door.addresses;
    expect(address).toMatch(/^tls:\/\/127\.0\.0\.1:\d+$/);
    using client = connect(address);
    expect(await client.result("auth", ["acme-key"])).toEqual({ tenant: "acme" });
    expect(await client.result("ping")).toBe("pong");
  });

  test("wants a key and a certificate that belong to each other", async () => {
    for (const more of [{ key: "no" }, { cert: acme.cert }, { cert: "" }]) {
      await expect(listen(place(more))).rejects.toMatchObject({
        ...{ code: "BAD_REQUEST", path: "rpc.tls", detail: expect.stringContaining("as PEM, got") },
      });
    }
  });

  test("is of version 1.2 at least", async () => {
    await using at = await listen(place());
    const old = { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" };
    using client = connect(at.door.addresses[0] ?? "", old as tls.ConnectionOptions);
    await client.ended();
    expect(client.replies).toEqual([]);
    using now = connect(at.door.addresses[0] ?? "", { maxVersion: "TLSv1.2" });
    expect(await now.result("ping")).toBe("pong");
  });

  test("lets in who shows a certificate, as the gate says; who shows none does not come in", async () => {
    const seen: Certificate[] = [];
    const gate = new TestGate();
    gate.byCertificate = (one) => {
      seen.push(one);
      return one.commonName === "acme" ? OTHER : undefined;
    };
    await using at = await listen(place({ ca: ca.cert }), gate);
    const [address = ""] = at.door.addresses;
    using client = connect(address, acme);
    expect(await client.result("auth", [null, { numpy: false }])).toEqual({ tenant: "other" });
    // The same from the file itself: SHA-256 of the DER.
    const { raw } = new X509Certificate(acme.cert);
    const fingerprint = createHash("sha256").update(raw).digest("hex");
    expect(seen).toEqual([{ fingerprint, commonName: "acme" }]);
    for (const none of [{}, stranger]) {
      using other = connect(address, none);
      await other.ended();
      expect(other.replies).toEqual([]);
    }
    await until(() => at.refused.length === 2);
    expect(at.refused).toEqual(["UNAUTHENTICATED", "UNAUTHENTICATED"]);
  });

  test("a certificate that the gate does not know leaves the key", async () => {
    await using at = await listen(place({ ca: ca.cert }), new TestGate());
    const [address = ""] = at.door.addresses;
    using client = connect(address, acme);
    expect(await client.error("ping")).toMatchObject({ code: "UNAUTHENTICATED" });
    using other = connect(address, acme);
    expect(await other.result("auth", ["acme-key"])).toEqual({ tenant: "acme" });
  });

  test("counts who shakes hands and does not go on, and lets him go", async () => {
    const limits = { ...DEFAULTS, requestMs: 150 };
    await using at = await listen(place(), new TestGate(ACME, 1), limits);
    const [address = ""] = at.door.addresses;
    using silent = await Client.to(address.replace("tls:", "tcp:"));
    await until(() => at.gate.connections === 1);
    using more = connect(address);
    await more.ended();
    expect(at.refused).toContain("POOL_FULL");
    await silent.ended();
    await until(() => at.gate.connections === 0);
    using client = connect(address);
    expect(await client.result("ping")).toBe("pong");
  });

  test("who speaks without TLS is let go, others notice nothing", async () => {
    // The head of a message may look like the first hello of SSL 2, whose rest is waited for.
    const limits = { ...DEFAULTS, requestMs: 300 };
    await using at = await listen(place(), new TestGate(ACME), limits);
    const [address = ""] = at.door.addresses;
    using client = connect(address);
    await client.result("ping");
    using plain = await Client.to(address.replace("tls:", "tcp:"));
    plain.raw(Buffer.from("940001a470696e6790", "hex"));
    await plain.ended();
    expect(await client.result("ping")).toBe("pong");
  });

  test("leaves nothing: close() while some shake hands, some talk", async () => {
    // What other tests left to their end goes first.
    await until(() => !process.getActiveResourcesInfo().some((one) => /^T(CP|LS)/.test(one)));
    const before = left();
    const at = await listen({ ...place(), tcp: LOOPBACK, unix: join(folder, "left") });
    const [file = "", tcp = "", secure = ""] = at.door.addresses;
    const talking = [await Client.to(file), await Client.to(tcp), connect(secure)];
    for (const client of talking) await client.result("ping");
    const silent = await Client.to(secure.replace("tls:", "tcp:"));
    await until(() => at.gate.connections === 4);
    await at.door.close();
    for (const client of [...talking, silent]) client[Symbol.dispose]();
    await until(() => JSON.stringify(left()) === JSON.stringify(before));
    expect(at.gate.connections).toBe(0);
  });
});

/** Sockets, servers and timers of this process, and its descriptors. */
function left(): unknown {
  const mine = process
    .getActiveResourcesInfo()
    .filter((one) => /^(TCP|Pipe|TLS|Timeout)/.test(one))
    .toSorted();
  return { mine, descriptors: readdirSync("/proc/self/fd").length };
}

/** Waits for what comes about by itself. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}
