// Who kills too often is kept away for a while: on a clock that stands still until it is moved.

import { describe, expect, test } from "vitest";

import { DEFAULTS } from "../../src/limits.ts";
import { Quarantine } from "../../src/pool/quarantine.ts";

const LIMITS = { ...DEFAULTS, kills: 3, killsMs: 10_000, quarantineMs: 1_000 };

function make() {
  let now = 5_000;
  const quarantine = new Quarantine(LIMITS, () => now);
  let call = 0;
  const admitted = (key = "a/1") => {
    call += 1;
    try {
      quarantine.admit(key, call);
      return call;
    } catch (error) {
      return (error as Error).message;
    }
  };
  const kill = (times: number, key = "a/1") =>
    Array.from({ length: times }, () => quarantine.killed(key));
  const wait = (ms: number) => {
    now += ms;
  };
  return { quarantine, admitted, kill, wait };
}

describe("Quarantine", () => {
  test("lets a hook in that killed less often than it takes", () => {
    const { admitted, kill } = make();
    expect(kill(2)).toEqual([false, false]);
    expect(admitted()).toBe(1);
  });

  test("begins with the kill that is one too many, and says until when and why", () => {
    const { admitted, kill } = make();
    expect(kill(3)).toEqual([false, false, true]);
    expect(admitted()).toContain("HOOK_QUARANTINED");
    expect(admitted()).toContain("it killed its process 3 times within 10 s; in 1 s one call");
  });

  test("holds kills against a hook for so long and no longer", () => {
    const { admitted, kill, wait } = make();
    kill(2);
    wait(10_001);
    expect(kill(2)).toEqual([false, false]);
    expect(admitted()).toBe(1);
  });

  test("is the hook's own: another one, and the same text of another tenant, run", () => {
    const { admitted, kill } = make();
    kill(3);
    expect(admitted("a/2")).toBe(1);
    expect(admitted("b/1")).toBe(2);
  });

  test("is not made longer by calls that ran beside the last one", () => {
    const { admitted, kill, wait } = make();
    expect(kill(5)).toEqual([false, false, true, true, true]);
    wait(1_001);
    expect(admitted()).toBe(1);
  });

  test("is followed by one call on trial; the others wait for what becomes of it", () => {
    const { quarantine, admitted, kill, wait } = make();
    kill(3);
    wait(1_001);
    const trial = admitted() as number;
    expect(admitted()).toContain("one call is being tried now");
    quarantine.survived("a/1", trial);
    expect(admitted()).toBe(3);
    // All is forgotten: it takes three again.
    expect(kill(3)).toEqual([false, false, true]);
  });

  test("is twice as long each time that the trial kills too, up to sixteen times", () => {
    const { admitted, kill, wait } = make();
    kill(3);
    const terms: number[] = [];
    for (let ms = 1_000, i = 0; i < 7; i++) {
      wait(ms - 1);
      expect(admitted()).toContain("HOOK_QUARANTINED");
      wait(2);
      expect(admitted()).toEqual(expect.any(Number));
      expect(kill(1)).toEqual([true]);
      ms = Number(/; in (\d+) s/.exec(String(admitted()))?.[1]) * 1000;
      terms.push(ms);
    }
    expect(terms).toEqual([2_000, 4_000, 8_000, 16_000, 16_000, 16_000, 16_000]);
  });

  test("lets another call be tried when the first one was withdrawn", () => {
    const { quarantine, admitted, kill, wait } = make();
    kill(3);
    wait(1_001);
    const trial = admitted() as number;
    quarantine.withdrawn("a/1", 999);
    expect(admitted()).toContain("one call is being tried now");
    quarantine.withdrawn("a/1", trial);
    expect(admitted()).toEqual(expect.any(Number));
  });

  test("ends for good with the answer of the trial only, not of a call from before", () => {
    const { quarantine, admitted, kill, wait } = make();
    const early = admitted() as number;
    kill(3);
    quarantine.survived("a/1", early);
    expect(admitted()).toContain("HOOK_QUARANTINED");
    wait(1_001);
    admitted();
    quarantine.survived("a/1", early);
    expect(admitted()).toContain("one call is being tried now");
  });
});
