// The queue against a plain model as its oracle, tenants' shares by their sums, and the planner's
// blocks by rows.

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { Refusal } from "../../src/faults.ts";
import { DEFAULTS } from "../../src/limits.ts";
import type { Errand, Waiting } from "../../src/pool/call.ts";
import type { WorkerHook } from "../../src/pool/jobs.ts";
import { newSeat, newsFor, Planner } from "../../src/pool/planner.ts";
import { Queue, type Queued } from "../../src/pool/queue.ts";

const LIMITS = { ...DEFAULTS, queueCalls: 5, queueCallsTenant: 3, queueBytes: 100 };

describe("Queue", () => {
  const item = fc.record({
    tenant: fc.constantFrom("a", "b", "c"),
    kind: fc.constantFrom("call" as const, "call" as const, "errand" as const),
    bytes: fc.integer({ min: 1, max: 60 }),
    dueMs: fc.integer({ min: 0, max: 99 }),
  });
  const step = fc.oneof(
    fc.record({ add: item }),
    fc.record({ remove: fc.nat(6) }),
    fc.record({ back: fc.nat(3) }),
  );

  /** The model: lists by tenant, errands first. */
  const orderOf = (list: readonly Queued[], tenant: string) => {
    const own = list.filter((one) => one.tenant === tenant);
    const errands = own.filter(({ kind }) => kind === "errand");
    return [...errands, ...own.filter(({ kind }) => kind === "call")];
  };

  test("holds its bounds, and each tenant's order, under any steps, as lists do", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const queue = new Queue<Queued>(LIMITS);
        let list: Queued[] = [];
        for (const one of steps) {
          if ("add" in one) {
            const added = { ...one.add };
            const same = list.filter(({ kind }) => kind === added.kind);
            const own = same.filter(({ tenant }) => tenant === added.tenant).length;
            const isCall = added.kind === "call";
            const isFull =
              (isCall ? same.length >= 5 || own >= 3 : own >= 5) ||
              list.reduce((sum, { bytes }) => sum + bytes, added.bytes) > 100;
            if (isFull) expect(() => queue.add(added)).toThrow(Refusal);
            else {
              queue.add(added);
              list.push(added);
            }
          } else if ("remove" in one) {
            const gone = list[one.remove];
            if (gone) expect(queue.remove(gone)).toBe(true);
            list = list.filter((each) => each !== gone);
          } else {
            const taken = list.filter(({ kind }) => kind === "call").slice(-one.back);
            for (const call of taken) queue.take(call, 1);
            queue.putBack(taken, () => 1);
            list = [...taken, ...list.filter((each) => !taken.includes(each))];
          }
          const all = [...queue];
          expect(queue.size).toBe(list.length);
          for (const tenant of ["a", "b", "c"]) {
            expect(all.filter((each) => each.tenant === tenant)).toEqual(orderOf(list, tenant));
          }
          const firsts = ["a", "b", "c"].flatMap((tenant) => {
            const own = list.filter((each) => each.tenant === tenant);
            const kinds = (["errand", "call"] as const).map((kind) =>
              own.find((each) => each.kind === kind),
            );
            return kinds.flatMap((each) => (each ? [each.dueMs] : []));
          });
          expect(queue.dueMs).toBe(Math.min(Infinity, ...firsts));
          expect(list.length === 0 || all.includes(queue.first() as Queued)).toBe(true);
        }
      }),
    );
  });

  /** Serves what is first, a millisecond and more of each, and adds up what each tenant got. */
  function served(
    tenants: Readonly<Record<string, number>>,
    shares: Readonly<Record<string, number>> = {},
    rounds = 3_000,
  ): Record<string, number> {
    const queue = new Queue<Queued>(DEFAULTS, new Map(Object.entries(shares)));
    const add = (tenant: string) => queue.add({ tenant, kind: "call", bytes: 1, dueMs: 0 });
    for (const tenant of Object.keys(tenants)) for (let i = 0; i < 3; i++) add(tenant);
    const got = Object.fromEntries(Object.keys(tenants).map((tenant) => [tenant, 0]));
    for (let i = 0; i < rounds; i++) {
      const first = queue.first() as Queued;
      const ms = tenants[first.tenant] as number;
      queue.take(first, 2);
      queue.charge(first.tenant, ms - 2);
      got[first.tenant] = (got[first.tenant] ?? 0) + ms;
      add(first.tenant);
    }
    return got;
  }

  test("gives tenants the same time, whatever each of their calls takes", () => {
    const { slow = 0, quick = 0, middle = 0 } = served({ slow: 1000, quick: 1, middle: 30 });
    // No more apart than one call of the slow one.
    expect(Math.abs(slow - quick)).toBeLessThanOrEqual(1000);
    expect(Math.abs(slow - middle)).toBeLessThanOrEqual(1000);
  });

  test("gives a tenant with a share of three three times the time", () => {
    const { large = 0, small = 0 } = served({ large: 2, small: 5 }, { large: 3 });
    expect(large / small).toBeCloseTo(3, 1);
  });

  test("does not let a tenant save up time while he is away, nor make him pay for it", () => {
    const queue = new Queue<Queued>(DEFAULTS);
    const call = (tenant: string) => ({ tenant, kind: "call" as const, bytes: 1, dueMs: 0 });
    for (let i = 0; i < 100; i++) {
      const here = call("here");
      queue.add(here);
      queue.take(here, 10);
    }
    const order: string[] = [];
    for (let i = 0; i < 5; i++) for (const tenant of ["here", "back"]) queue.add(call(tenant));
    while (queue.size > 0) {
      const first = queue.first() as Queued;
      queue.take(first, 10);
      order.push(first.tenant);
    }
    // One turn for the last call that was his, and then by turns: not five of the other's first.
    expect(order.slice(0, 4).filter((tenant) => tenant === "here").length).toBeGreaterThan(0);
    expect(order.slice(0, 4).filter((tenant) => tenant === "back").length).toBeGreaterThan(1);
  });

  test("first() passes over tenants who may not have a turn", () => {
    const queue = new Queue<Queued>(DEFAULTS);
    for (const tenant of ["a", "b", "c"]) queue.add({ tenant, kind: "call", bytes: 1, dueMs: 0 });
    expect(queue.first((tenant) => tenant !== "a")?.tenant).toBe("b");
    expect(queue.first((tenant) => tenant === "c")?.tenant).toBe("c");
    expect(queue.first(() => false)).toBe(undefined);
  });

  test("goes round the tenants, each with one item a time", () => {
    const queue = new Queue<Queued>(DEFAULTS);
    for (const tenant of ["a", "a", "a", "b", "c", "b"]) {
      queue.add({ tenant, kind: "call", bytes: 1, dueMs: 0 });
    }
    expect([...queue].map(({ tenant }) => tenant).join("")).toBe("abcaba");
  });
});

describe("Planner", () => {
  const call = (hook: number, bytes = 10, tenant = "t") =>
    ({ kind: "call", tenant, hook, bytes, dueMs: 0 }) as Waiting;
  const block = (
    calls: readonly (Waiting | Errand)[],
    seats: number,
    learned: Record<number, number> = {},
    isDedicated = false,
  ) => {
    const queue = new Queue<Waiting | Errand>(DEFAULTS);
    for (const one of calls) queue.add(one);
    const planner = new Planner((tenant) => ({
      ...{ key: isDedicated ? tenant : "", isApart: false, isShared: !isDedicated },
    }));
    for (const [hook, wallMs] of Object.entries(learned)) planner.learn(Number(hook), wallMs);
    const seat = newSeat(1);
    seat.warm.add(2);
    const first = [...queue].find(({ kind }) => kind === "call") as Waiting;
    const taken = planner.takeBlock(queue, first, seat, seats);
    expect(queue.size).toBe(calls.length - taken.length);
    return taken.map((one) => calls.indexOf(one));
  };
  const many = (count: number, hook: number) => Array.from({ length: count }, () => call(hook));

  test("takeBlock() gives an idle seat its share of what waits", () => {
    expect(block(many(9, 1), 2, { 1: 0.01 })).toEqual([0, 1, 2, 3, 4]);
  });

  test("takeBlock() takes 32 calls at most", () => {
    expect(block(many(80, 1), 1, { 1: 0.01 })).toHaveLength(32);
  });

  test("takeBlock() lets a hook that was never called travel alone", () => {
    expect(block(many(9, 1), 1)).toEqual([0]);
  });

  test("takeBlock() takes about two milliseconds of work", () => {
    expect(block(many(9, 1), 1, { 1: 0.5 })).toEqual([0, 1, 2, 3]);
  });

  test("takeBlock() steps over hooks that the seat does not have warm", () => {
    const calls = [call(1), call(3), call(2), call(1)];
    expect(block(calls, 1, { 1: 0.01, 2: 0.01, 3: 0.01 })).toEqual([0, 2, 3]);
  });

  test("takeBlock() takes a large call alone, and steps over one beside small ones", () => {
    const large = 200 * 1024;
    expect(block([call(1, large), call(1, large), call(1)], 1, { 1: 0.01 })).toEqual([0, 2]);
    expect(block([call(1, 300 * 1024), call(1)], 1, { 1: 0.01 })).toEqual([0]);
  });

  test("takeBlock() takes calls of tenants by turns, and of one tenant where each has his own", () => {
    const calls = [call(1, 10, "a"), call(1, 10, "a"), call(2, 10, "b"), call(2, 10, "b")];
    const learned = { 1: 0.5, 2: 0.5 };
    expect(block(calls, 1, learned)).toEqual([0, 2, 1, 3]);
    expect(block(calls, 1, learned, true)).toEqual([0, 1]);
  });

  test("takeBlock() steps over registrations", () => {
    const errand = { kind: "errand", tenant: "t", bytes: 1, dueMs: 0 } as Errand;
    expect(block([errand, call(1), call(1)], 1, { 1: 0.01 })).toEqual([1, 2]);
  });
});

describe("newsFor()", () => {
  const hook = (isFresh: boolean) => ({ spec: { hook: 7, isFresh } }) as WorkerHook;
  const told = (isFresh: boolean, ...snapshots: readonly boolean[]) => {
    const seat = newSeat(1);
    return snapshots.map((isThere) => {
      const snapshot = isThere ? { id: 1, descriptor: 3, bytes: 9 } : undefined;
      const news = newsFor(seat, hook(isFresh), (one) => ({ ...one, snapshot }));
      return news && (news.snapshot ? "with it" : "without");
    });
  };
  const ROWS: readonly [says: string, isFresh: boolean, there: boolean[], told: unknown[]][] = [
    ["once", false, [false, false], ["without", undefined]],
    ["once, with its snapshot", false, [true, true], ["with it", undefined]],
    ["not again of one that is warm", false, [false, true], ["without", undefined]],
    ["again of fresh contexts", true, [false, false, true], ["without", undefined, "with it"]],
    [
      "of fresh contexts, twice at most",
      true,
      [false, true, true],
      ["without", "with it", undefined],
    ],
  ];
  test.each(ROWS)("tells a worker of a hook %s", (_says, isFresh, there, wanted) => {
    expect(told(isFresh, ...there)).toEqual(wanted);
  });
});
