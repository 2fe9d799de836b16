// What tenants may have of the workers: on a clock that stands still until it is moved.

import { describe, expect, test } from "vitest";

import { newSeat } from "../../src/pool/planner.ts";
import { Tenants } from "../../src/pool/tenants.ts";

function make(tenancy: "shared" | "dedicated" = "shared") {
  let nowMs = 1_000;
  const tenants = new Tenants({ tenancy, limits: { killsMs: 10_000 } }, () => nowMs);
  const wait = (ms: number) => {
    nowMs += ms;
  };
  /** Seats, busy for these tenants; `undefined` is one that is idle. */
  const seats = (...busy: readonly (string | undefined)[]) =>
    busy.map((tenant, i) =>
      Object.assign(newSeat(i), { isBusy: tenant !== undefined, tenant: tenant ?? "bad" }),
    );
  return { tenants, wait, seats };
}

describe("Tenants.homeOf()", () => {
  test("is one for all where they share", () => {
    const { tenants } = make();
    expect(tenants.homeOf("a")).toMatchObject({ isShared: true, isApart: false });
    expect(tenants.homeOf("a").key).toBe(tenants.homeOf("b").key);
  });

  test("is a tenant's own where it is dedicated", () => {
    const { tenants } = make("dedicated");
    expect(tenants.homeOf("a")).toMatchObject({ isShared: false, isApart: false });
    expect(tenants.homeOf("a").key).not.toBe(tenants.homeOf("b").key);
  });

  test.each(["shared", "dedicated"] as const)(
    "%s: is apart for who ended a sandbox, until a while after the last time",
    (tenancy) => {
      const { tenants, wait } = make(tenancy);
      const before = tenants.homeOf("bad").key;
      tenants.seen("good");
      tenants.seen("bad");
      tenants.killed("bad");
      wait(9_000);
      tenants.killed("bad");
      tenants.seen("good");
      wait(9_999);
      const apart = tenants.homeOf("bad");
      expect(apart).toMatchObject({ isShared: false, isApart: true });
      expect([before, tenants.homeOf("good").key]).not.toContain(apart.key);
      wait(1);
      expect(tenants.homeOf("bad").key).toBe(before);
    },
  );

  test("is the same for who ended one and is alone, or alone again", () => {
    const { tenants, wait } = make();
    for (let i = 0; i < 3; i++) tenants.seen("bad");
    tenants.killed("bad");
    expect(tenants.homeOf("bad").isShared).toBe(true);
    tenants.seen("good");
    for (let i = 0; i < 3; i++) tenants.seen("bad");
    expect(tenants.homeOf("bad").isApart).toBe(true);
    wait(9_999);
    tenants.killed("bad");
    wait(1);
    tenants.seen("bad");
    expect(tenants.homeOf("bad").isShared).toBe(true);
  });

  test("is apart for each of two who ended one", () => {
    const { tenants } = make();
    for (const tenant of ["bad", "worse"]) {
      tenants.seen(tenant);
      tenants.killed(tenant);
    }
    const [bad, worse] = [tenants.homeOf("bad"), tenants.homeOf("worse")];
    expect([bad.isApart, worse.isApart]).toEqual([true, true]);
    expect(bad.key).not.toBe(worse.key);
  });

  test("is no other for who ran to his limit", () => {
    const { tenants } = make();
    tenants.overran("slow", 1_000);
    expect(tenants.homeOf("slow").isShared).toBe(true);
  });
});

describe("Tenants.mayHave()", () => {
  type Rig = ReturnType<typeof make>;
  const ROWS: readonly [
    says: string,
    done: (rig: Rig) => void,
    busy: readonly (string | undefined)[],
    may: boolean,
  ][] = [
    ["nothing is held against him", () => undefined, ["bad", undefined], true],
    ["he killed, and has none", ({ tenants }) => tenants.killed("bad"), ["good", undefined], true],
    [
      "he killed, and it is the last",
      ({ tenants }) => tenants.killed("bad"),
      ["bad", undefined],
      false,
    ],
    [
      "he killed, and two are left",
      ({ tenants }) => tenants.killed("bad"),
      ["bad", undefined, undefined],
      true,
    ],
    [
      "another one who killed has the rest",
      ({ tenants }) => (tenants.killed("bad"), tenants.killed("worse")),
      ["worse", undefined],
      false,
    ],
    ["there is one worker", ({ tenants }) => tenants.killed("bad"), [undefined], true],
    [
      "he ran to his limit",
      ({ tenants, wait }) => (tenants.overran("bad", 1_000), wait(1_999)),
      ["bad", undefined],
      false,
    ],
    [
      "he ran to his limit a while ago",
      ({ tenants, wait }) => (tenants.overran("bad", 1_000), wait(2_000)),
      ["bad", undefined],
      true,
    ],
    [
      "he killed a while ago",
      ({ tenants, wait }) => (
        tenants.killed("bad"),
        wait(9_000),
        tenants.seen("good"),
        wait(1_000)
      ),
      ["bad", undefined],
      true,
    ],
    [
      "the others have gone",
      ({ tenants, wait }) => (wait(10_000), tenants.killed("bad")),
      ["bad", undefined],
      true,
    ],
    [
      "the last of the others killed, too",
      ({ tenants }) => (tenants.killed("bad"), tenants.killed("good")),
      ["bad", undefined],
      true,
    ],
  ];
  test.each(ROWS)("when %s", (_says, done, busy, may) => {
    const rig = make();
    rig.tenants.seen("bad");
    rig.tenants.seen("good");
    done(rig);
    // Who is held is not one of the others, however often he calls.
    rig.tenants.seen("bad");
    expect(rig.tenants.mayHave("bad", rig.seats(...busy))).toBe(may);
    expect(rig.tenants.mayHave("new", rig.seats(...busy))).toBe(true);
  });

  test("one who is alone may have them all, whatever he did", () => {
    const { tenants, seats } = make();
    tenants.seen("bad");
    tenants.killed("bad");
    tenants.seen("bad");
    expect(tenants.mayHave("bad", seats("bad", undefined))).toBe(true);
  });
});
