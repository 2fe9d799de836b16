// TLS with certificates that openssl made: whom the client believes, and who it says that it is.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";

import { Packr } from "msgpackr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { connect } from "../../src/client/client.ts";
import { DESCRIPTION, startScripted } from "./scripted.ts";

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

interface Pair {
  readonly cert: string;
  readonly key: string;
}

let folder = "";
let ca: Pair;
let server: Pair;
let client: Pair;
let stranger: Pair;

/** Makes a certificate: signed by `by`, or by itself. */
function make(name: string, by?: string): Pair {
  const at = (suffix: string) => join(folder, `${name}.${suffix}`);
  const run = (...args: string[]) => execFileSync("openssl", args, { stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  writeFileSync(at("ext"), "subjectAltName=IP:127.0.0.1,DNS:localhost\n");
  if (by === undefined) {
    const out = ["-keyout", at("key"), "-out", at("crt"), "-days", "2", "-subj", `/CN=${name}`];
    run("req", "-x509", ...key, ...out);
  } else {
    run("req", ...key, "-keyout", at("key"), "-out", at("csr"), "-subj", `/CN=${name}`);
    const signer = ["-CA", join(folder, `${by}.crt`), "-CAkey", join(folder, `${by}.key`)];
    const out = ["-out", at("crt"), "-days", "2", "-CAcreateserial", "-extfile", at("ext")];
    run("x509", "-req", "-in", at("csr"), ...signer, ...out);
  }
  return { cert: readFileSync(at("crt"), "utf8"), key: readFileSync(at("key"), "utf8") };
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bookend-"));
  if (!hasOpenssl) return;
  ca = make("ca");
  [server, client, stranger] = [make("server", "ca"), make("client", "ca"), make("stranger")];
});
afterAll(() => rmSync(folder, { recursive: true }));

const nameOf = (socket: unknown) => (socket as TLSSocket).getPeerCertificate().subject?.CN;

describe.skipIf(!hasOpenssl)("tls://", () => {
  const open = (isMutual: boolean) =>
    startScripted((heard) => heard.method === "describe" && heard.answer(DESCRIPTION), 0, {
      ...server,
      ...(isMutual && { ca: ca.cert, requestCert: true }),
      rejectUnauthorized: isMutual,
    });

  test("believes a server whose authority it was told", async () => {
    await using there = await open(false);
    await using one = await connect(there.url, { tls: { ca: ca.cert }, key: "bk_x" });
    expect((await one.describe()).tenant).toBe("acme");
  });

  test("shows its own certificate where the server asks for one", async () => {
    await using there = await open(true);
    await using one = await connect(there.url, { tls: { ca: ca.cert, ...client } });
    await one.ping();
    expect(there.sockets.map(nameOf)).toEqual(["client"]);
  });

  const UNBELIEVED: readonly [says: string, tls: () => object][] = [
    ["a server that nobody vouches for", () => ({})],
    ["another authority", () => ({ tls: { ca: stranger.cert } })],
  ];
  test.each(UNBELIEVED)("does not believe %s, and sends nothing", async (_says, tls) => {
    await using there = await open(false);
    const connecting = connect(there.url, { ...tls(), key: "bk_secret", tries: 2 });
    await expect(connecting).rejects.toMatchObject({ code: "CLOSED" });
    await expect(connecting).rejects.toThrow(/CERT|SIGNATURE/);
    expect(there.heard).toEqual([]);
  });

  test("is let go where the server wants a certificate and gets none", async () => {
    await using there = await open(true);
    const connecting = connect(there.url, { tls: { ca: ca.cert }, tries: 2 });
    await expect(connecting).rejects.toMatchObject({ code: "CLOSED" });
  });
});

describe.skipIf(!hasOpenssl)("https://", () => {
  async function open() {
    const names: unknown[] = [];
    const about = { ...server, ca: ca.cert, requestCert: true };
    const there = createServer(about, ({ socket }, response) => {
      names.push(nameOf(socket));
      response.writeHead(200, { "content-type": "application/msgpack" });
      response.end(new Packr({ useRecords: false }).pack(DESCRIPTION));
    });
    await new Promise<void>((resolve) => there.listen(0, "127.0.0.1", resolve));
    const url = `https://127.0.0.1:${(there.address() as AddressInfo).port}`;
    const close = async () => {
      there.closeAllConnections();
      await new Promise((resolve) => there.close(resolve));
    };
    return { url, names, [Symbol.asyncDispose]: close };
  }

  test("believes whom it was told, and shows its own certificate", async () => {
    await using there = await open();
    await using one = await connect(there.url, { tls: { ca: ca.cert, ...client } });
    expect((await one.describe()).version).toBe("0");
    expect(there.names).toEqual(["client", "client"]);
  });

  test("does not believe a server that nobody vouches for", async () => {
    await using there = await open();
    const connecting = connect(there.url, { key: "bk_secret" });
    await expect(connecting).rejects.toMatchObject({ code: "CLOSED" });
    await expect(connecting).rejects.toThrow(/one try did not reach: .*(CERT|SIGNATURE)/);
    expect(there.names).toEqual([]);
  });
});
