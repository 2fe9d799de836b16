// The probe has teeth: each harm that an attack could do is done here, by a runtime that is not
// whole, and found.

import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { Attack } from "../../src/doctor/attack.ts";
import type { Attacked } from "../../src/doctor/carry-out.ts";
import { broken, type Measures, type Quiet } from "../../src/doctor/invariants.ts";
import { Probe } from "../../src/doctor/probe.ts";
import { createRuntime, type Runtime } from "../../src/index.ts";

const ATTACK: Attack = {
  ...{ id: "T1", section: "cpu", says: "an attack for a test", ends: ["value"] },
  ...{ source: "(d) => 1", holds: (value: unknown) => value === 1 },
};
const SECRET = "the host's secret 77aa";
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const NEXT_ID = { value: 1 };
const LIMITS = { wallMs: 100 };

/** What happens in the call of the attacker, and of the bystander behind it. */
interface Harm {
  readonly attacker?: () => unknown;
  readonly bystander?: () => unknown;
}

/** A runtime that does harm once it is armed. */
class Leaky {
  harm: Harm = {};
  readonly #runtime: Runtime;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  get attacked(): Attacked {
    const register = async (options: { tenant?: string }) => {
      const hook = await this.#runtime.register(options as never);
      const { tenant } = options;
      const call = async (...args: readonly unknown[]) => {
        const result = await (hook.call as (...all: readonly unknown[]) => Promise<object>)(
          ...args,
        );
        const own = tenant === "attacker" ? this.harm.attacker : this.harm.bystander;
        const value = await own?.();
        return value === undefined ? result : { ...result, value };
      };
      return { call, remove: () => hook.remove() };
    };
    return { register: register as never, describe: () => this.#runtime.describe() };
  }
}

describe("Probe.run()", () => {
  let runtime: Runtime;
  let leaky: Leaky;
  let probe: Probe;
  const children: ChildProcess[] = [];
  const open: number[] = [];
  const kept: Uint8Array[] = [];

  beforeAll(async () => {
    runtime = await createRuntime({ workers: 1 });
    leaky = new Leaky(runtime);
    probe = await Probe.open(leaky.attacked, { limits: LIMITS, secrets: [SECRET], collect });
  });
  afterAll(() => runtime.close());

  /** A process that lives until the test ends it. */
  function start(program: string): void {
    children.push(spawn(process.execPath, ["-e", program], { stdio: "ignore" }));
  }

  const busy = (ms: number) => {
    for (const from = performance.now(); performance.now() - from < ms;);
  };
  const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)).then(() => {});

  const HARMS: readonly [what: string, harm: Harm, invariant: string, says: RegExp][] = [
    ["another value", { attacker: () => 2 }, "end", /gave +2/],
    [
      "no answer of the host's",
      { attacker: () => busy(1_500) },
      "I1",
      /did not answer for \d{3,4} ms/,
    ],
    ["a call that is not ended", { attacker: () => wait(2_500) }, "I2", /the call took 2\d{3} ms/],
    ["a forged answer of another tenant", { bystander: () => "forged" }, "I3", /was wrong/],
    ["a late answer of another tenant", { bystander: () => wait(2_500) }, "I3", /took 2\d{3} ms/],
    [
      "a process that goes on",
      { attacker: () => start("for (;;);") },
      "I4",
      /a processor is \d+ % busy/,
    ],
    [
      "memory that is not given back",
      { attacker: () => void kept.push(new Uint8Array(2 ** 27).fill(1)) },
      "I4",
      /1[23]\d MiB are kept/,
    ],
    ["a secret", { attacker: () => [{ [`x${SECRET}`]: 1 }] }, "I5", /gave away the host's secret/],
    ["a secret as bytes", { attacker: () => Buffer.from(`..${SECRET}..`) }, "I5", /gave away/],
    [
      "a process that waits, one for each try",
      { attacker: () => start("setInterval(() => {}, 9000)") },
      "I6",
      /3 processes are left/,
    ],
    [
      "descriptors",
      { attacker: () => void open.push(...[1, 2, 3, 4, 5].map(() => openSync("/dev/null", "r"))) },
      "I6",
      /\d descriptors are left/,
    ],
  ];
  test.each(HARMS)(
    "finds %s",
    async (_what, harm, invariant, says) => {
      leaky.harm = harm;
      // A text of its own, for deaths are held against texts.
      const attack = { ...ATTACK, source: `(d) => ${NEXT_ID.value++} && 1` };
      const { findings } = await probe.run(attack);
      leaky.harm = {};
      for (const child of children.splice(0)) {
        child.kill("SIGKILL");
        await new Promise((resolve) => child.once("close", resolve));
      }
      for (const one of open.splice(0)) closeSync(one);
      kept.length = 0;
      const found = findings.filter((one) => one.invariant === invariant);
      expect(found.map((one) => one.says)).toContainEqual(expect.stringMatching(says));
      // What is wrong by the clock is tried three times.
    },
    90_000,
  );

  test("finds nothing where there is nothing", async () => {
    const { findings, endings } = await probe.run(ATTACK);
    expect([findings, endings]).toEqual([[], ["value"]]);
  });

  const WRONG: readonly [what: string, row: Partial<Attack>, says: RegExp][] = [
    [
      "a fault that the row does not have",
      { source: "(d) => { throw 1 }" },
      /wants value, got HOOK_TH/,
    ],
    [
      "a fault of other words",
      { source: "(d) => { throw 1 }", ends: ["HOOK_THREW"], detail: /two/ } as Partial<Attack>,
      /wants a fault like \/two\//,
    ],
    [
      "log lines that should not be there",
      { source: "(d) => { console.log('x'); return 1 }", logs: () => false } as Partial<Attack>,
      /logged 1 lines/,
    ],
    [
      "a frame that is let through",
      { source: undefined, frame: () => new Uint8Array([1]), ends: ["BAD_REQUEST"] } as never,
      /wants BAD_REQUEST, got value/,
    ],
  ];
  test.each(WRONG)("finds %s", async (_what, row, says) => {
    const { findings } = await probe.run({ ...ATTACK, ...row } as Attack);
    // The clocks of the others are judged elsewhere.
    const ends = findings.filter(({ invariant }) => invariant === "end");
    expect(ends).toMatchObject([{ invariant: "end", says: expect.stringMatching(says) }]);
  });
});

describe("broken()", () => {
  const QUIET: Quiet = {
    pingMs: 10,
    warmMs: 2,
    coldMs: 60,
    apartMs: 50,
    processes: 4,
    descriptors: 40,
  };
  const CALM = { cpuShare: 0.01, grownBytes: 0, processes: 4, zombies: 0, descriptors: 40 };
  const GOOD: Measures = {
    ...{ pingMs: 20, callMs: 400, callMsMax: 650 },
    ...{ bystander: { ms: 2, isWarm: true, isRight: true }, aftermath: CALM },
  };
  const warm = (ms: number) => ({ ms, isWarm: true, isRight: true });
  const cold = (ms: number) => ({ ms, isWarm: false, isRight: true });

  // Each bound at its edge: what is changed, and which invariant that breaks.
  const ROWS: readonly [change: Partial<Measures>, broken: readonly string[]][] = [
    [{}, []],
    [{ pingMs: 110 }, []],
    [{ pingMs: 111 }, ["I1"]],
    [{ callMs: 710 }, []],
    [{ callMs: 711 }, ["I2"]],
    [{ bystander: warm(16) }, []],
    [{ bystander: warm(17) }, ["I3"]],
    [{ bystander: cold(190) }, []],
    [{ bystander: cold(191) }, ["I3"]],
    [{ aftermath: { ...CALM, cpuShare: 0.05, grownBytes: 2 ** 26 } }, []],
    [{ aftermath: { ...CALM, cpuShare: 0.051 } }, ["I4"]],
    [{ aftermath: { ...CALM, grownBytes: 2 ** 26 + 1 } }, ["I4"]],
    [{ aftermath: { ...CALM, processes: 5, zombies: 1 } }, ["I6", "I6"]],
    [{ aftermath: { ...CALM, descriptors: 44 } }, []],
    [{ aftermath: { ...CALM, descriptors: 45 } }, ["I6"]],
    [{ aftermath: undefined }, []],
  ];
  test.each(ROWS)("%o breaks %o", (change, wanted) => {
    const findings = broken({ ...GOOD, ...change }, QUIET);
    expect(findings.map(({ invariant }) => invariant)).toEqual(wanted);
  });
});
