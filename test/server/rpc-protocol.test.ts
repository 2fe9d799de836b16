// Holds PROTOCOL.md to the code: its sessions are read from the text and played to a real server,
// one connection for each, in their order.

import { readFileSync } from "node:fs";

import { unpack } from "msgpackr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { type FlowRuntime, startRuntime } from "../../src/flow/runtime.ts";
import { METHODS } from "../../src/server/rpc/methods.ts";
import { rowOf, rowsOf } from "../flow/xgboost-models.ts";
import { type Client, open, type Opened, pack, TestGate } from "./rpc-peer.ts";

const TEXT = readFileSync(new URL("../../src/server/rpc/PROTOCOL.md", import.meta.url), "utf8");

/** One line of a session; bytes that go on in the next line are one. */
interface Step {
  readonly mark: string;
  readonly text: string;
  /** What the bytes are said to be, in the line in front. */
  readonly said: string | undefined;
}

interface Session {
  readonly kind: string;
  readonly steps: readonly Step[];
}

const SESSIONS: readonly Session[] = [...TEXT.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(
  ([, kind = "", body = ""]) => ({ kind, steps: stepsOf(body) }),
);

function stepsOf(body: string): Step[] {
  const steps: Step[] = [];
  let said: string | undefined;
  for (const line of body
    .replaceAll(/\n {2}/g, " ")
    .trim()
    .split("\n")) {
    const [, mark = "", text = ""] = /^(\S+) ?(.*)$/.exec(line) ?? [];
    if (mark !== "#") steps.push({ mark, text, said });
    said = mark === "#" ? text : undefined;
  }
  return steps;
}

const trees = rowOf("reg:squarederror");
const MORE = Symbol("more");
const WORDS = {
  bytes: (...list: number[]) => Buffer.from(list),
  trees: trees.model,
  rows: rowsOf(trees).slice(0, 3),
  text: expect.any(String),
  number: expect.any(Number),
  list: expect.any(Array),
  more: { [MORE]: true },
};

/** What an expression of the text is, or what an answer is to be like. */
function valueOf(said: string): unknown {
  // oxlint-disable-next-line no-new-func -- the text is our own file
  const make = new Function(...Object.keys(WORDS), `return (${said});`);
  return likeness(make(...Object.values(WORDS)));
}

/** A dict with `...more` in it may have more. */
function likeness(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(likeness);
  if (Object.getPrototypeOf(value ?? 0) !== Object.prototype) return value;
  const dict = value as Record<string | symbol, unknown>;
  const plain = Object.fromEntries(Object.entries(dict).map(([key, one]) => [key, likeness(one)]));
  return dict[MORE] ? expect.objectContaining(plain) : plain;
}

const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");

let runtime: FlowRuntime;
let opened: Opened;
beforeAll(async () => {
  runtime = await startRuntime({ workers: 1 });
  opened = await open(runtime, { gate: new TestGate() });
});
afterAll(async () => {
  await opened.door.close();
  await runtime.close();
});

/** Connects as a session of its kind begins. */
async function begin(kind: string): Promise<Client> {
  const framing = kind === "length" ? "length" : "bare";
  const client = await opened.connect(framing);
  if (kind !== "stranger") await client.result("auth", ["acme-key"]);
  return client;
}

const ROWS = SESSIONS.map((session, i) => [i + 1, session.kind, session.steps] as const);

describe("PROTOCOL.md", () => {
  test.each(ROWS)("session %i (%s) goes as it is written", async (_number, kind, steps) => {
    using client = await begin(kind);
    const raw: Buffer[] = [];
    client.socket.on("data", (chunk: Buffer) => raw.push(chunk));
    let replies = 0;
    for (const { mark, text, said } of steps) {
      if (said?.startsWith('[2, "drain"')) void opened.door.drain();
      if (mark === ">") {
        if (said !== undefined) expect(unpackFramed(text, kind)).toEqual(valueOf(said));
        client.raw(bytesOf(text));
      } else if (mark === ">~") client.raw(pack(valueOf(text)));
      else if (mark === "x") {
        await client.ended();
        expect(client.replies).toHaveLength(replies);
      } else {
        const got = (await client.until(++replies))[replies - 1];
        expect(got).toEqual(valueOf(mark === "~" ? text : (said ?? "")));
        // Answers of one turn come together.
        const came = Buffer.concat(raw).toString("hex");
        const wanted = mark === "<" ? bytesOf(text).toString("hex") : "";
        expect(came.slice(0, wanted.length)).toBe(wanted);
        const rest = mark === "<" ? Buffer.from(came.slice(wanted.length), "hex") : Buffer.alloc(0);
        raw.splice(0, raw.length, rest);
      }
    }
    expect(client.replies).toHaveLength(replies);
  });

  test("has a session for every method", () => {
    const sent = SESSIONS.flatMap(({ steps }) => steps).map(({ text, said }) => said ?? text);
    for (const method of [...METHODS.keys(), "auth", "ping", "cancel"]) {
      expect(
        sent.some((one) => one.includes(`, "${method}", [`)),
        method,
      ).toBe(true);
    }
    expect(SESSIONS.length).toBeGreaterThanOrEqual(18);
  });

  test("says how each method is used", () => {
    for (const { usage } of METHODS.values()) expect(TEXT).toContain(usage);
  });
});

function unpackFramed(text: string, kind: string): unknown {
  return unpack(bytesOf(text).subarray(kind === "length" ? 4 : 0));
}
