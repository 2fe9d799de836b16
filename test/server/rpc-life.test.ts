// What a connection does while requests are at work: order, room, giving up, draining, the end.

import { describe, expect, test } from "vitest";

import { UNOBSERVED } from "../../src/server/observer.ts";
import { DEFAULTS, type LimitOptions, type Limits } from "../../src/limits.ts";
import { openRpc } from "../../src/server/rpc/server.ts";
import { HeldService } from "./rpc-held.ts";
import { ACME, Client, TestGate } from "./rpc-peer.ts";

const AT = { tcp: { host: "127.0.0.1", port: 0 } };

/** A door before a service that answers when the test says so. */
async function hold(limits: LimitOptions = {}) {
  const held = new HeldService();
  const gate = new TestGate(ACME);
  const inForce = { ...DEFAULTS, ...limits } as Limits;
  const parts = { service: held.service, gate, limits: inForce, observer: UNOBSERVED };
  const door = await openRpc(parts, AT);
  const connect = () => Client.to(door.addresses[0] ?? "", "length");
  return { held, gate, door, connect, [Symbol.asyncDispose]: () => door.close() };
}

const call = (client: Client, value: unknown = 1, options: unknown = null) =>
  client.ask("call", ["a", [value], null, options]);

/** Lets what was sent by now arrive: another connection asks, and is answered. */
async function settle(connect: () => Promise<Client>): Promise<void> {
  for (let i = 0; i < 3; i++) {
    using other = await connect();
    await other.result("ping");
  }
}

describe("requests at work", () => {
  test("are answered in whatever order they end; ping() is answered meanwhile", async () => {
    await using at = await hold();
    using client = await at.connect();
    const [one, two] = [call(client), call(client)];
    const [first, second] = await at.held.until(2);
    expect(await client.result("ping")).toBe("pong");
    second?.answer("two");
    expect(await two).toMatchObject([1, 2, null, { value: "two" }]);
    first?.answer("one");
    expect(await one).toMatchObject([1, 1, null, { value: "one" }]);
  });

  test("have msgids of their own: of two with one, the first goes on", async () => {
    await using at = await hold();
    using client = await at.connect();
    client.send([0, 7, "call", ["a", [1]]]);
    client.send([0, 7, "call", ["a", [2]]]);
    const code = { code: "BAD_REQUEST", path: "msgid" };
    expect(await client.until(1)).toMatchObject([[1, 7, code, null]]);
    const [held, more] = await at.held.until(1);
    expect(more).toBeUndefined();
    held?.answer("first");
    expect((await client.until(2))[1]).toMatchObject([1, 7, null, { value: "first" }]);
    // Answered, it may be used anew.
    client.send([0, 7, "call", ["a", [3]]]);
    (await at.held.until(2))[1]?.answer("anew");
    expect((await client.until(3))[2]).toMatchObject([1, 7, null, { value: "anew" }]);
  });

  test("cancel() gives one up; it says whether there was one", async () => {
    await using at = await hold();
    using client = await at.connect();
    const [one, two] = [call(client), call(client)];
    await at.held.until(2);
    expect(await client.result("cancel", [2])).toBe(true);
    const detail = "its caller gave the request up (cancel)";
    expect(await two).toMatchObject([1, 2, { code: "CANCELLED", detail }, null]);
    expect(await client.result("cancel", [2])).toBe(false);
    client.send([2, "cancel", [1]]);
    expect(await one).toMatchObject([1, 1, { code: "CANCELLED", detail }, null]);
    expect(at.held.held.map(({ asking }) => asking.signal?.aborted)).toEqual([true, true]);
  });

  test("are given up at their deadline, and their answer names it", async () => {
    await using at = await hold();
    using client = await at.connect();
    const answer = await call(client, 1, { deadlineMs: 30 });
    const detail = "wants an answer within 30 ms (options.deadlineMs), got none";
    expect(answer).toMatchObject([1, 1, { code: "CANCELLED", detail, retry: true }, null]);
  });

  test("are so many at a time: the next message is read when one is answered", async () => {
    await using at = await hold({ connectionCalls: 3 });
    using client = await at.connect();
    const answers = Array.from({ length: 5 }, (_, i) => call(client, i));
    const pong = client.result("ping");
    await at.held.until(3);
    await settle(at.connect);
    expect(at.held.held).toHaveLength(3);
    at.held.held[1]?.answer("b");
    await at.held.until(4);
    await settle(at.connect);
    expect(at.held.held).toHaveLength(4);
    at.held.held[0]?.answer("a");
    await at.held.until(5);
    at.held.held[4]?.answer("e");
    expect(await pong).toBe("pong");
    for (const i of [2, 3]) at.held.held[i]?.answer(i);
    const values = (await Promise.all(answers)).map(
      ([, , , one]) => (one as { value: unknown }).value,
    );
    expect(values).toEqual(["a", "b", 2, 3, "e"]);
  });

  test("wait for room without being late, and what is sent later is read as well", async () => {
    await using at = await hold({ connectionCalls: 1, requestMs: 100 });
    using client = await at.connect();
    const [one, two] = [call(client), call(client)];
    const [first] = await at.held.until(1);
    await new Promise((resolve) => setTimeout(resolve, 400));
    first?.answer(1);
    const [, second] = await at.held.until(2);
    second?.answer(2);
    expect(await Promise.all([one, two])).toMatchObject([{ 3: { value: 1 } }, { 3: { value: 2 } }]);
    expect(await client.result("ping")).toBe("pong");
  });

  test("are given up as soon as what follows cannot be read", async () => {
    await using at = await hold();
    using client = await at.connect();
    void call(client);
    const [one] = await at.held.until(1);
    client.send([7]);
    await client.ended();
    expect(one?.asking.signal?.aborted).toBe(true);
    expect(client.replies).toMatchObject([[1, null, { code: "BAD_REQUEST" }, null]]);
  });

  test("hold so many bytes at a time, together", async () => {
    await using at = await hold({ frameBytes: 10_000 });
    using client = await at.connect();
    const text = "x".repeat(6_000);
    const answers = Array.from({ length: 3 }, () => call(client, text));
    await at.held.until(2);
    await settle(at.connect);
    expect(at.held.held).toHaveLength(2);
    at.held.held[0]?.answer(1);
    await at.held.until(3);
    for (const held of at.held.held) held.answer(1);
    expect(await Promise.all(answers)).toHaveLength(3);
  });

  test("are given up with their connection, but for what would be half done", async () => {
    await using at = await hold();
    const client = await at.connect();
    void call(client);
    void client.ask("register", [{}]);
    const [one, two] = await at.held.until(2);
    const gone = Promise.withResolvers<void>();
    one?.asking.signal?.addEventListener("abort", () => gone.resolve());
    client.socket.destroy();
    await gone.promise;
    expect(two?.asking.signal?.aborted).toBe(false);
  });

  test("are given up by who closes his side alone, too; both sides are closed then", async () => {
    await using at = await hold();
    const client = await at.connect();
    void call(client);
    const [one] = await at.held.until(1);
    client.socket.end();
    await client.ended();
    expect(one?.asking.signal?.aborted).toBe(true);
  });

  test("of one connection are none of another's: cancel() reaches its own alone", async () => {
    await using at = await hold();
    using client = await at.connect();
    using other = await at.connect();
    const answer = call(client);
    await at.held.until(1);
    expect(await other.result("cancel", [1])).toBe(false);
    at.held.held[0]?.answer("still");
    expect(await answer).toMatchObject([1, 1, null, { value: "still" }]);
  });
});

describe("answers", () => {
  test("that wait to be read bound what is read: POOL_FULL says so, none is lost", async () => {
    await using at = await hold({ frameBytes: 2 ** 20, connectionCalls: 64 });
    using client = await at.connect();
    client.socket.pause();
    const answers = Array.from({ length: 40 }, (_, i) => call(client, i));
    await at.held.until(40);
    // More than what kernels keep for a socket, and far more than limits.frameBytes.
    const text = "x".repeat(2 ** 20);
    for (const held of at.held.held) held.answer(text);
    await settle(at.connect);
    client.socket.resume();
    const all = await Promise.all(answers);
    const whole = all.filter(([, , error]) => error === null);
    const codes = new Set(all.map(([, , error]) => (error as { code?: string } | null)?.code));
    expect(codes).toEqual(new Set([undefined, "POOL_FULL"]));
    for (const [, , , one] of whole) expect((one as { value: string }).value).toBe(text);
    expect(await client.result("ping")).toBe("pong");
  });

  test("that nobody reads are waited for no longer than limits.requestMs", async () => {
    await using at = await hold({ requestMs: 200 });
    using client = await at.connect();
    client.socket.pause();
    for (let i = 0; i < 32; i++) void call(client, i);
    await at.held.until(32);
    for (const held of at.held.held.slice(1)) held.answer("x".repeat(2 ** 20));
    const gone = Promise.withResolvers<void>();
    at.held.held[0]?.asking.signal?.addEventListener("abort", () => gone.resolve());
    await gone.promise;
    using other = await at.connect();
    expect(await other.result("ping")).toBe("pong");
    await until(() => at.gate.connections === 1);
  });

  test("that are read slowly are waited for", async () => {
    await using at = await hold({ requestMs: 400 });
    using client = await at.connect();
    const answer = call(client);
    await at.held.until(1);
    // More than kernels keep for a socket by far; 64 KiB of it at a time, with pauses that add up to
    // more than the limit.
    const text = "x".repeat(20 * 2 ** 20);
    at.held.held[0]?.answer(text);
    client.socket.on("data", () => {
      client.socket.pause();
      setTimeout(() => client.socket.resume(), 5);
    });
    expect(((await answer)[3] as { value: string }).value).toBe(text);
  });
});

describe("the end", () => {
  test("drain() tells all, answers what is at work, refuses what is new, and closes", async () => {
    await using at = await hold();
    using client = await at.connect();
    using idle = await at.connect();
    await idle.result("ping");
    const answer = call(client);
    await at.held.until(1);
    const drained = at.door.drain();
    expect(await client.until(1)).toEqual([[2, "drain", []]]);
    const [, , error] = await call(client);
    expect(error).toMatchObject({ code: "CLOSED", retry: true });
    expect(await client.result("ping")).toBe("pong");
    await idle.ended();
    expect(idle.replies).toEqual([[2, "drain", []]]);
    await expect(at.connect()).rejects.toThrow("ECONNREFUSED");
    at.held.held[0]?.answer("late");
    expect(await answer).toMatchObject([1, 1, null, { value: "late" }]);
    await client.ended();
    // They close their side, too.
    client.socket.end();
    idle.socket.end();
    await drained;
    expect(at.gate.connections).toBe(0);
  });

  test("drain() does not wait for clients who do not close their side", async () => {
    await using at = await hold();
    using client = await at.connect();
    await client.result("ping");
    client.socket.pause();
    await at.door.drain();
    expect(at.gate.connections).toBe(0);
  });

  test("close() gives up what is at work, at once", async () => {
    await using at = await hold();
    using client = await at.connect();
    void call(client);
    const [one] = await at.held.until(1);
    await at.door.close();
    expect(one?.asking.signal?.aborted).toBe(true);
    expect(at.gate.connections).toBe(0);
    await client.ended();
  });

  test("a connection over which nothing comes is closed after limits.idleMs", async () => {
    await using at = await hold({ idleMs: 300, requestMs: 100 });
    using busy = await at.connect();
    const answer = call(busy);
    using client = await at.connect();
    await client.result("ping");
    await client.ended();
    // One that waits for an answer is not idle.
    expect(busy.isClosed).toBe(false);
    at.held.held[0]?.answer(1);
    expect(await answer).toMatchObject([1, 1, null, { value: 1 }]);
    await busy.ended();
  });
});

/** Waits for what comes about by itself. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}
