// Hostile clients, over real sockets: slow, silent, half-open, too large, too many, wrong, never
// reading. While each is at it, and behind it, somebody else's call is answered right, and nothing
// of the hostile one is left.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";

import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";

import { type FlowRuntime, startRuntime } from "../../src/flow/runtime.ts";
import { type Client, lengthOf, open, type Opened, pack, TestGate } from "./rpc-peer.ts";

const CONNECTIONS = 40;
const LIMITS = { requestMs: 300, idleMs: 1_000, connectionCalls: 32, queueCallsTenant: 1_000 };

let runtime: FlowRuntime;
let opened: Opened;
let witness: Client;

beforeAll(async () => {
  const limits = { queueCallsTenant: 1_000, kills: 3 };
  runtime = await startRuntime({ workers: 1, limits });
  opened = await open(runtime, { gate: new TestGate(undefined, CONNECTIONS), limits: LIMITS });
  const setUp = await known("acme-key");
  const sources = {
    same: "(d) => d",
    long: "(d) => 'x'.repeat(2 ** 20)",
    spin: "(d) => { for (;;) { if (d === 1) return 1; } }",
  };
  for (const [name, source] of Object.entries(sources)) {
    await setUp.result("register", [{ kind: "pre", name, source }]);
  }
  // What cannot be interrupted: its process is killed.
  const killer = { kind: "pre", name: "killer", source: "(d) => (7n ** (2n ** 27n)) > 0n" };
  await setUp.result("register", [{ ...killer, limits: { wallMs: 20 } }]);
  setUp[Symbol.dispose]();
  witness = await known("other-key");
  await witness.result("register", [{ kind: "pre", name: "double", source: "(d) => [d.n * 2]" }]);
});
afterAll(async () => {
  witness[Symbol.dispose]();
  await opened.door.close();
  await runtime.close();
});

/** A client who has said who he is. */
async function known(key: string, framing?: "bare" | "length"): Promise<Client> {
  const client = await opened.connect(framing);
  await client.result("auth", [key]);
  return client;
}

const ended = async (client: Client) => {
  await client.ended();
  client[Symbol.dispose]();
  return client.replies.map(([, id, error]) => [id, (error as { code: string }).code]);
};

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");
const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends one byte after another, until the server has enough. */
async function slowly(client: Client, bytes: Uint8Array): Promise<void> {
  for (let i = 0; i < bytes.length && !client.isClosed; i++) {
    client.raw(bytes.slice(i, i + 1));
    await pause(20);
  }
}

// One row is one kind of client: which row of the corpus, what he is, and what becomes of him.
const HOSTILE: readonly [row: string, says: string, attack: () => Promise<void>][] = [
  [
    "N1",
    "one byte at a time, known",
    async () => {
      const client = await known("acme-key");
      void slowly(client, pack([0, 9, "call", ["same", ["x".repeat(1_000)]]]));
      expect(await ended(client)).toEqual([[9, "BAD_REQUEST"]]);
    },
  ],
  [
    "N1",
    "one byte at a time, behind a length",
    async () => {
      const client = await known("acme-key", "length");
      void slowly(
        client,
        Buffer.concat([lengthOf(Buffer.alloc(1_000)), Buffer.alloc(1_000, 0x91)]),
      );
      expect(await ended(client)).toEqual([[null, "BAD_REQUEST"]]);
    },
  ],
  [
    "N1",
    "a stranger, one byte at a time",
    async () => {
      const client = await opened.connect();
      void slowly(client, pack([0, 1, "auth", ["x".repeat(1_000)]]));
      expect(await ended(client)).toEqual([[1, "BAD_REQUEST"]]);
    },
  ],
  [
    "N1",
    "a stranger who says nothing",
    async () => {
      expect(await ended(await opened.connect())).toEqual([[null, "UNAUTHENTICATED"]]);
    },
  ],
  [
    "N2",
    "a length of 4 GiB",
    async () => {
      const client = await opened.connect();
      client.raw(hex("ff ff ff ff"));
      expect(await ended(client)).toEqual([[null, "BAD_REQUEST"]]);
    },
  ],
  [
    "N2",
    "a length of 64 MiB and one",
    async () => {
      const client = await known("acme-key", "length");
      const before = process.memoryUsage().arrayBuffers;
      client.raw(hex("04 00 00 01"));
      await client.ended();
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
      // It is framed as he frames.
      expect(await ended(client)).toEqual([[null, "INPUT_TOO_LARGE"]]);
    },
  ],
  [
    "N2",
    "bytes of 4 GiB in a value",
    async () => {
      const client = await known("acme-key");
      client.raw(hex("94 00 07 a4 63616c6c 92 a1 61 91 c6 ff ff ff ff"));
      expect(await ended(client)).toEqual([[7, "INPUT_TOO_LARGE"]]);
    },
  ],
  [
    "N2",
    "64 MiB and more, all of them sent",
    async () => {
      const client = await known("acme-key");
      client.raw(
        Buffer.concat([
          hex("94 00 07 a4 63616c6c 92 a1 61 91 dd 03 ff ff f0"),
          Buffer.alloc(2 ** 21),
        ]),
      );
      expect(await ended(client)).toEqual([[7, "INPUT_TOO_LARGE"]]);
    },
  ],
  [
    "N3",
    "more connections than there may be",
    async () => {
      const clients = await Promise.all(times(CONNECTIONS + 20, () => opened.connect()));
      const late = clients.slice(CONNECTIONS);
      await Promise.all(late.map((one) => one.ended()));
      expect(opened.gate.connections).toBeLessThanOrEqual(CONNECTIONS);
      for (const one of clients) one[Symbol.dispose]();
    },
  ],
  [
    "N3",
    "connections over which nothing comes",
    async () => {
      const clients = await Promise.all(times(10, () => known("acme-key")));
      expect(await Promise.all(clients.map(ended))).toEqual(times(10, () => []));
    },
  ],
  [
    "N3",
    "who closes his side in the middle of a message",
    async () => {
      const client = await known("acme-key");
      client.raw(hex("94 00 07 a4"));
      client.socket.end();
      expect(await ended(client)).toEqual([]);
    },
  ],
  [
    "N3",
    "who resets in the middle of a message",
    async () => {
      for (const client of await Promise.all(times(10, () => known("acme-key")))) {
        client.raw(hex("94 00 07 a4"));
        client.socket.resetAndDestroy();
      }
    },
  ],
  [
    "N4",
    "who reads none of his answers",
    async () => {
      const client = await known("acme-key");
      client.socket.pause();
      for (const i of times(200, (one) => one)) void client.ask("call", ["long", [i]]);
      await until(() => opened.refused.includes("CANCELLED"));
      client[Symbol.dispose]();
    },
  ],
  [
    "N4",
    "who floods with what costs nothing, and reads none of it",
    async () => {
      const client = await known("acme-key");
      client.socket.pause();
      const pings = Buffer.concat(times(20_000, (i) => pack([0, i, "nope", []])));
      client.raw(pings);
      client.raw(pings);
      await until(() => opened.refused.includes("CANCELLED"));
      client[Symbol.dispose]();
    },
  ],
  [
    "N5",
    "who guesses keys: one for each connection",
    async () => {
      for (const key of ["", "acme", "acme-key ", "a".repeat(4_000), "\0"]) {
        const client = await opened.connect();
        client.send([0, 3, "auth", [key]]);
        client.send([0, 4, "auth", ["acme-key"]]);
        expect(await ended(client)).toEqual([[3, "UNAUTHENTICATED"]]);
      }
    },
  ],
  [
    "N5",
    "who knows a key and names what another tenant has",
    async () => {
      const client = await known("acme-key");
      expect(await client.error("call", ["double", [{ n: 1 }]])).toMatchObject({
        code: "UNKNOWN_HOOK",
      });
      client[Symbol.dispose]();
    },
  ],
  [
    "N6",
    "who uses one msgid again and again",
    async () => {
      const client = await known("acme-key");
      for (const i of times(50, (one) => one)) client.send([0, 1_000, "call", ["same", [i]]]);
      const replies = await client.until(50);
      expect(replies.filter(([, , error]) => error === null).length).toBeGreaterThan(0);
      expect(replies.map(([, id]) => id)).toEqual(times(50, () => 1_000));
      client[Symbol.dispose]();
    },
  ],
  [
    "N8",
    "a hook of 300 KiB, a flow of nothing",
    async () => {
      const client = await known("acme-key");
      const source = `(d) => d // ${"x".repeat(300_000)}`;
      const error = await client.error("register", [{ kind: "pre", source }]);
      expect(error).toMatchObject({ code: "SOURCE_TOO_LARGE" });
      expect(await client.error("deploy", [{ name: "f", stages: [] }])).toMatchObject({
        code: "BAD_REQUEST",
      });
      client[Symbol.dispose]();
    },
  ],
  [
    "N9",
    "names of all kinds",
    async () => {
      const client = await known("acme-key");
      for (const name of [
        "",
        "\0",
        "../x",
        "__proto__",
        "constructor",
        "x".repeat(2 ** 20),
        "é\u202e",
      ]) {
        const made = client.error("register", [{ kind: "pre", name, source: "(d) => d" }]);
        const wanted =
          name === "__proto__" || name === "constructor" ? null : { code: "BAD_REQUEST" };
        if (wanted) expect(await made).toMatchObject(wanted);
        expect((await client.error("call", [`${name}?`, [1]]))["code"]).toMatch(
          /^(BAD_REQ|UNKNOWN_H)/,
        );
      }
      client.raw(hex("94 00 07 a4 63616c6c 92 a2 c3 28 90"));
      const [, id, error] = (await client.until(1))[0] ?? [];
      expect([id, error]).toMatchObject([7, { code: "BAD_REQUEST", path: "hook" }]);
      client[Symbol.dispose]();
    },
  ],
  [
    "N10",
    "who is killed in the middle of a call, 150 times",
    async () => {
      for (let i = 0; i < 150; i++) {
        const client = await known("acme-key");
        client.send([0, 9, "call", ["spin", [i % 10 === 0 ? 1 : 2]]]);
        await new Promise(setImmediate);
        client.socket.destroy();
      }
    },
  ],
  [
    "N11",
    "a body that is compressed",
    async () => {
      const client = await opened.connect();
      client.raw(gzipSync(Buffer.alloc(2 ** 20)));
      expect(await ended(client)).toEqual([[null, "BAD_REQUEST"]]);
    },
  ],
  [
    "N12",
    "HTTP",
    async () => {
      const client = await opened.connect();
      client.raw(
        "POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      );
      expect(await ended(client)).toEqual([[null, "BAD_REQUEST"]]);
    },
  ],
  [
    "N13",
    "whose every call kills its sandbox",
    async () => {
      const client = await known("acme-key");
      const codes = [];
      for (let i = 0; i < 5; i++) codes.push((await client.error("call", ["killer", [i]]))["code"]);
      expect(codes.slice(-1)).toEqual(["HOOK_QUARANTINED"]);
      client[Symbol.dispose]();
    },
  ],
  [
    "N14",
    "a stranger who asks what anybody might be told",
    async () => {
      for (const method of [
        "ping",
        "describe",
        "list",
        "look",
        "cancel",
        "metrics",
        "AUTH",
        "call",
      ]) {
        const client = await opened.connect();
        client.send([0, 3, method, []]);
        expect(await ended(client)).toEqual([[3, "UNAUTHENTICATED"]]);
      }
    },
  ],
  [
    "",
    "an answer, where a request is wanted",
    async () => {
      const client = await known("acme-key");
      client.send([1, 7, null, "pong"]);
      expect(await ended(client)).toEqual([[null, "BAD_REQUEST"]]);
    },
  ],
  [
    "",
    "a notification that somebody would have to answer",
    async () => {
      const client = await known("acme-key");
      client.send([2, "call", ["same", [1]]]);
      expect(await ended(client)).toEqual([[null, "BAD_REQUEST"]]);
    },
  ],
  [
    "",
    "a msgid that is none",
    async () => {
      for (const id of [-1, 2 ** 33, "x", null, [], 1.5]) {
        const client = await known("acme-key");
        client.send([0, id, "ping", []]);
        expect(await ended(client)).toEqual([[null, "BAD_REQUEST"]]);
      }
    },
  ],
  [
    "",
    "a message that is broken behind its msgid",
    async () => {
      for (const rest of ["c1", "05 90", "a4 70696e67 80", "a4 70696e67 91 c1", "a1 ff 90"]) {
        const client = await known("acme-key");
        client.raw(hex(`94 00 07 ${rest}`));
        expect(await ended(client)).toEqual([[7, "BAD_REQUEST"]]);
      }
    },
  ],
  [
    "",
    "a message that ends within itself, behind its length",
    async () => {
      const client = await known("acme-key", "length");
      client.raw(hex("00 00 00 04 94 00 07 a4"));
      expect(await ended(client)).toEqual([[7, "BAD_REQUEST"]]);
    },
  ],
];

test.each(HOSTILE)("%s: %s", async (_row, _says, begin) => {
  opened.refused.length = 0;
  await until(() => opened.gate.connections === 1);
  const before = sockets();
  const attack = { isOver: false };
  const attacked = begin().finally(() => (attack.isOver = true));
  // Somebody else, meanwhile and behind it.
  for (let n = 0; !attack.isOver || n < 3; n++) {
    expect(await witness.result("call", ["double", [{ n }]])).toMatchObject({ value: [2 * n] });
    await pause(2);
  }
  await attacked;
  await until(() => opened.gate.connections === 1);
  await until(() => sockets() <= before);
});

test("whatever is sent, the next one is answered: messages with bytes changed", async () => {
  const session = Buffer.concat([
    pack([0, 1, "auth", ["acme-key"]]),
    pack([
      0,
      2,
      "call",
      ["same", [{ a: [1, 2.5, "x", null], b: Buffer.alloc(20) }], [Buffer.alloc(3)]],
    ]),
    pack([0, 3, "list", []]),
    pack([2, "cancel", [2]]),
  ]);
  const change = fc.record({
    at: fc.nat(session.length - 1),
    byte: fc.nat(255),
    cut: fc.nat(session.length),
    isCut: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      const bytes = Buffer.from(session);
      for (const { at, byte } of changes) bytes[at] = byte;
      const [{ cut, isCut } = { cut: 0, isCut: false }] = changes;
      const client = await opened.connect();
      client.raw(isCut ? bytes.subarray(0, cut) : bytes);
      client.socket.end();
      await client.ended();
      client[Symbol.dispose]();
      expect(await witness.result("ping")).toBe("pong");
    }),
    { numRuns: 300 },
  );
  await until(() => opened.gate.connections === 1);
});

test("nothing grows with the number of clients who went wrong", async () => {
  const one = async () => {
    const client = await known("acme-key");
    client.raw(Buffer.concat([pack([0, 7, "call", ["same", ["x".repeat(50_000)]]]), hex("93 c1")]));
    await ended(client);
  };
  for (let i = 0; i < 20; i++) await one();
  const before = heldBytes();
  for (let i = 0; i < 200; i++) await one();
  await until(() => opened.gate.connections === 1);
  // 200 messages of 50 000 bytes would be 10 MB. Calls that were given up come to their end yet.
  await until(() => heldBytes() - before < 2_000_000);
});

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes of buffers that somebody still has. */
function heldBytes(): number {
  collect();
  return process.memoryUsage().arrayBuffers;
}

/** Sockets of this process at both ends; sandboxes have descriptors of their own that change. */
const sockets = () =>
  process.getActiveResourcesInfo().filter((one) => one === "TCPSocketWrap").length;

/** Waits for what comes about by itself. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await pause(5);
}
