// The queue against a plain list as its oracle, and the planner's blocks by rows.

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { Refusal } from "../../src/faults.ts";
import { DEFAULTS } from "../../src/limits.ts";
import type { Waiting } from "../../src/pool/call.ts";
import { newSeat, Planner } from "../../src/pool/planner.ts";
import { Queue } from "../../src/pool/queue.ts";

const LIMITS = { ...DEFAULTS, queueCalls: 5, queueCallsTenant: 3, queueBytes: 100 };

interface Item {
  readonly tenant: string;
  readonly hook: number;
  readonly bytes: number;
  readonly dueMs: number;
}

describe("Queue", () => {
  const item = fc.record({
    tenant: fc.constantFrom("a", "b", "c"),
    hook: fc.constant(1),
    bytes: fc.integer({ min: 1, max: 60 }),
    dueMs: fc.constant(0),
  });
  const step = fc.oneof(
    fc.record({ add: item }),
    fc.record({ remove: fc.nat(6) }),
    fc.record({ back: fc.nat(3) }),
  );

  test("holds its bounds and its order under any steps, as a list does", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const queue = new Queue<Item>(LIMITS);
        let list: Item[] = [];
        for (const one of steps) {
          if ("add" in one) {
            const call = { ...one.add };
            const isFull =
              list.length >= 5 ||
              list.filter(({ tenant }) => tenant === call.tenant).length >= 3 ||
              list.reduce((sum, { bytes }) => sum + bytes, call.bytes) > 100;
            if (isFull) expect(() => queue.add(call)).toThrow(Refusal);
            else {
              queue.add(call);
              list.push(call);
            }
          } else if ("remove" in one) {
            const call = list[one.remove];
            if (call) expect(queue.remove(call)).toBe(true);
            list = list.filter((each) => each !== call);
          } else {
            const taken = list.slice(-one.back || list.length).toReversed();
            for (const call of taken) queue.remove(call);
            queue.putBack(taken);
            list = [...taken, ...list.filter((each) => !taken.includes(each))];
          }
          expect([...queue]).toEqual(list);
          expect(queue.first).toBe(list[0]);
        }
      }),
    );
  });
});

describe("Planner", () => {
  const call = (hook: number, bytes = 10) => ({ tenant: "t", hook, bytes, dueMs: 0 }) as Waiting;
  const block = (
    calls: readonly Waiting[],
    seats: number,
    learned: Record<number, number> = {},
  ) => {
    const queue = new Queue<Waiting>(DEFAULTS);
    for (const one of calls) queue.add(one);
    const planner = new Planner();
    for (const [hook, wallMs] of Object.entries(learned)) planner.learn(Number(hook), wallMs);
    const seat = newSeat(1);
    seat.warm.add(2);
    const taken = planner.takeBlock(queue, seat, seats);
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
});
