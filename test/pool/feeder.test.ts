// A feeder over a sandbox that is played here, on a clock that stands still: what it concludes from
// silence, and from an end.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { DEFAULTS, type Limits } from "../../src/limits.ts";
import { Feeder } from "../../src/pool/feeder.ts";
import type { Sandbox } from "../../src/pool/sandbox-process.ts";
import { decode } from "../../src/wire/decode.ts";
import {
  ANSWER,
  ANSWER_HEAD_BYTES,
  joinBody,
  OUTCOME,
  readAnswer,
  readRequest,
  REQUEST,
  REQUEST_HEAD_BYTES,
  splitBody,
  writeAnswer,
  writeRequest,
} from "../../src/wire/records.ts";

const HOOK = 7;
const COST = { warm: false, isKept: true, wallMs: 1, cpuMs: 1, loadMs: 0, heapBytes: 0 };
const NIL = new Uint8Array(joinBody(OUTCOME.value, undefined, new Uint8Array([0xc0])));

beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "hrtime"] }));
afterEach(() => vi.useRealTimers());

/** A sandbox that says what a test has it say. */
class PlayedSandbox implements Sandbox {
  onHead: Sandbox["onHead"] = () => undefined;
  onAnswer: Sandbox["onAnswer"] = () => undefined;
  onEnd: Sandbox["onEnd"] = () => undefined;
  readonly calls: number[] = [];
  #isEnded = false;

  send(records: readonly Uint8Array[]): void {
    for (const record of records) {
      const head = readRequest(new DataView(record.buffer, record.byteOffset), 0);
      if (head.kind === REQUEST.call || head.kind === REQUEST.prepare) this.calls.push(head.call);
    }
  }

  /** Says something, and gives what is wrong with it; one that has ended is heard no more. */
  says(kind: number, call: number, body: Uint8Array = new Uint8Array(0)): string | undefined {
    if (this.#isEnded) return undefined;
    const record = new Uint8Array(ANSWER_HEAD_BYTES + body.length);
    const head = { ...COST, kind, call, bytes: body.length };
    writeAnswer(new DataView(record.buffer), 0, head);
    record.set(body, ANSWER_HEAD_BYTES);
    const answer = { ...head, checkMs: 0 };
    return this.onHead(answer) ?? this.onAnswer(answer, record);
  }

  kill(): void {
    this.#isEnded = true;
    this.onEnd({ how: "SIGKILL", outOfMemory: false, isDistrusted: false });
  }

  async close(): Promise<void> {}
  drain(): void {}
  isQuiet(): boolean {
    return !this.#isEnded;
  }
  endBlock(): void {}
  residentBytes(): number {
    return 0;
  }
}

function feederOf(limits: Partial<Limits> = {}): { feeder: Feeder; given: PlayedSandbox[] } {
  const given: PlayedSandbox[] = [];
  const takeSandbox = async () => {
    const sandbox = new PlayedSandbox();
    given.push(sandbox);
    return sandbox;
  };
  const all = { ...DEFAULTS, ...limits };
  const options = { limits: all, hooks: new Map(), takeSandbox, sendEarly: () => undefined };
  return { feeder: new Feeder(options), given };
}

/** Two calls of one hook, without arguments. */
function block(limits: Limits = DEFAULTS): Parameters<Feeder["run"]>[0] {
  const args = [0x92, 0xc0, 0x90];
  const bytes = new Uint8Array(2 * (REQUEST_HEAD_BYTES + args.length));
  const view = new DataView(bytes.buffer);
  for (const [i, call] of [1, 2].entries()) {
    const at = i * (REQUEST_HEAD_BYTES + args.length);
    const head = { kind: REQUEST.call, files: 0, isLast: true, call, hook: HOOK, beginBy: 0 };
    writeRequest(view, at, { ...head, bytes: args.length });
    bytes.set(args, at + REQUEST_HEAD_BYTES);
  }
  const spec = { hook: HOOK, file: "h", expression: "() => 1", importName: "i", columnShift: 0 };
  const tenant = "t";
  const hooks = [{ tenant, key: "t/h", spec: { ...spec, libraries: [], limits } }];
  return {
    kind: "block",
    id: 1,
    home: { key: "", isApart: false, isShared: true },
    hooks,
    forget: [],
    block: bytes.buffer,
    bytes: bytes.length,
  };
}

/** What became of each call: `value`, `not begun`, or its fault's code and detail. */
function said(records: ArrayBuffer): Record<number, string> {
  const view = new DataView(records);
  const found: Record<number, string> = {};
  for (let at = 0; at < records.byteLength;) {
    const { kind, call, bytes } = readAnswer(view, at);
    const parts = splitBody(new Uint8Array(records, at + ANSWER_HEAD_BYTES, bytes));
    at += ANSWER_HEAD_BYTES + bytes;
    if (kind === ANSWER.notBegun) found[call] = "not begun";
    else if (parts?.outcome === OUTCOME.value) found[call] = "value";
    else {
      const { code, detail } = decode(parts?.payload ?? NIL) as { code: string; detail: string };
      found[call] = `${code}: ${detail}`;
    }
  }
  return found;
}

const settled = () => vi.advanceTimersByTimeAsync(0);

describe("a sandbox that ends", () => {
  test("before the block has reached it: nobody is to blame, and all calls go back", async () => {
    const { feeder, given } = feederOf();
    const answers = feeder.run(block());
    await settled();
    expect(given[0]?.calls).toEqual([1, 2]);
    given[0]?.kill();
    expect(said(await answers)).toEqual({ 1: "not begun", 2: "not begun" });
  });

  test("after it: the first call without an answer is to blame, the other goes back", async () => {
    const { feeder, given } = feederOf();
    const answers = feeder.run(block());
    await settled();
    given[0]?.says(ANSWER.reached, 1);
    given[0]?.kill();
    const { 1: first, 2: second } = said(await answers);
    expect(first).toMatch(/^HOOK_CRASHED: .*SIGKILL/);
    expect(second).toBe("not begun");
  });

  test("three times in a row before: the call is not sent round for ever", async () => {
    const { feeder, given } = feederOf();
    const last: Record<number, string>[] = [];
    for (let i = 0; i < 3; i++) {
      const answers = feeder.run(block());
      await settled();
      given[i]?.kill();
      last.push(said(await answers));
    }
    expect(last.slice(0, 2).map(({ 1: first }) => first)).toEqual(["not begun", "not begun"]);
    expect(last[2]?.[1]).toMatch(/^HOOK_CRASHED/);
  });

  test("before a hook was prepared in it: the next one is asked", async () => {
    const { feeder, given } = feederOf();
    const [hook] = block().hooks;
    const prepared = feeder.prepare(hook as NonNullable<typeof hook>);
    await settled();
    given[0]?.kill();
    await settled();
    given[1]?.says(ANSWER.reached, 0);
    given[1]?.says(ANSWER.done, 0, NIL);
    expect(said(await prepared)).toEqual({ 0: "value" });
  });
});

describe("a call that a sandbox gives back", () => {
  const ROWS: readonly [name: string, afterMs: number, wrong: RegExp][] = [
    ["before its time to begin is over: a lie", 5, /not begun in time/],
    ["after it: as it should be", 6, /^undefined$/],
  ];
  test.each(ROWS)("%s", async (_name, afterMs, wrong) => {
    const { feeder, given } = feederOf();
    void feeder.run(block());
    await settled();
    const sandbox = given[0] as PlayedSandbox;
    sandbox.says(ANSWER.reached, 1);
    sandbox.says(ANSWER.loaded, 1);
    sandbox.says(ANSWER.done, 1, NIL);
    await vi.advanceTimersByTimeAsync(afterMs);
    expect(String(sandbox.says(ANSWER.notBegun, 2))).toMatch(wrong);
    sandbox.kill();
  });

  test("the first of a block has to begin, whenever it comes", async () => {
    const { feeder, given } = feederOf();
    void feeder.run(block());
    await settled();
    given[0]?.says(ANSWER.reached, 1);
    await vi.advanceTimersByTimeAsync(100);
    expect(given[0]?.says(ANSWER.notBegun, 1)).toMatch(/not begun in time/);
    given[0]?.kill();
  });
});

describe("limits.loadMs", () => {
  // A sandbox gets 200 ms more than the limit, and is looked at every 25 ms.
  const ROWS: readonly [name: string, limit: number, loadedAfterMs: number, ends: RegExp][] = [
    ["loaded at the limit", 100, 100, /^value$/],
    ["not loaded a look after it", 100, 350, /^HOOK_TIMEOUT: .*loaded within 100 ms.*loadMs/],
    ["the same, overridden", 400, 350, /^value$/],
  ];

  test.each(ROWS)("%s", async (_name, loadMs, loadedAfterMs, ends) => {
    const { feeder, given } = feederOf({ loadMs });
    const answers = feeder.run(block());
    await settled();
    const sandbox = given[0] as PlayedSandbox;
    sandbox.says(ANSWER.reached, 1);
    await vi.advanceTimersByTimeAsync(loadedAfterMs);
    sandbox.says(ANSWER.loaded, 1);
    sandbox.says(ANSWER.done, 1, NIL);
    sandbox.kill();
    expect(said(await answers)[1]).toMatch(ends);
  });

  test("the hook's own time begins when it is loaded", async () => {
    const { feeder, given } = feederOf({ loadMs: 1_000 });
    const answers = feeder.run(block({ ...DEFAULTS, wallMs: 100 }));
    await settled();
    const sandbox = given[0] as PlayedSandbox;
    sandbox.says(ANSWER.reached, 1);
    await vi.advanceTimersByTimeAsync(1_000);
    sandbox.says(ANSWER.loaded, 1);
    await vi.advanceTimersByTimeAsync(100);
    sandbox.says(ANSWER.done, 1, NIL);
    sandbox.kill();
    expect(said(await answers)[1]).toBe("value");
  });
});
