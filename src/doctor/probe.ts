/**
 * Runs attacks against a runtime and measures what they do to everything around them.
 *
 * A bystander, a hook of another tenant, is called behind every attack. What is measured is held
 * against what the same runtime did before the first attack: `Probe.open` looks at it then, and it
 * looks at the price of a dead sandbox too, which a bystander may have to pay a part of.
 *
 * Invariant: nothing is run twice but an attack of which only a clock said that something is wrong.
 *
 * @module
 */

import type { PreHook } from "../runtime/hook.ts";
import { HookError } from "../runtime/hook-error.ts";
import type { Attack, Ending } from "./attack.ts";
import { type Attacked, callMsMax, type Hostile, judged, leaked, prepared } from "./carry-out.ts";
import {
  type Aftermath,
  broken,
  type Finding,
  type Invariant,
  isOver,
  type Measures,
  type Quiet,
} from "./invariants.ts";
import { type Tree, treeNow, waitedMs } from "./processes.ts";

/** What a probe is opened with. */
export interface ProbeOptions {
  /** What must come up nowhere: the bystander's own secret is looked for anyway. */
  readonly secrets?: readonly string[];
  /** The limits of attackers; over them come those of a row. */
  readonly limits: Hostile["limits"];
  /**
   * Gives memory of this process back that nobody uses. Without it one cannot tell what is kept
   * from what was not collected yet, and only the memory of the sandboxes is looked at.
   */
  readonly collect?: () => void;
}

/** What came of an attack. */
export interface Probed {
  readonly attack: Attack;
  /** How its calls ended, each way once. */
  readonly endings: readonly (Ending | "none")[];
  /** The longest that one took. */
  readonly ms: number;
  /** What did not hold; nothing when all did. */
  readonly findings: readonly Finding[];
}

const ATTACKER = "attacker";
const BYSTANDER = "bystander";
const QUIET_CALLS = 50;
const QUIET_DEATHS = 5;
/** Fewer than put a hook in quarantine. */
const QUIET_STARTS = 3;
const TRIES = 3;
const PING_EVERY_MS = 5;
const AFTERMATH_MS = 1_000;
const STARVED_MS_MAX = 5_000;
const WINDOW_MS = 60;
const CALM_WINDOWS = 15;
const SETTLE_WINDOWS_MAX = 150;
/** Invariants that look at a clock or at what the whole machine does. */
const BY_CLOCK: readonly Invariant[] = ["I1", "I2", "I3", "I4", "I6"];

const SECRET = "the bystander's own secret 5f3a";
const DATA = { secret: SECRET, words: ["b", "a"], numbers: [1, 2.5, -3] };
const HONEST = `(d) => {
  const numbers = Tensor.from(d.numbers, "float64").tolist();
  const sum = numbers.map((x) => x * 2).reduce((a, b) => a + b, 0);
  const words = d.words.slice().sort().join("").toUpperCase();
  return { sum, words, json: JSON.stringify(d.words), max: Math.max(...numbers) };
}`;
const RIGHT = JSON.stringify({ sum: 1, words: "AB", json: '["b","a"]', max: 2.5 });
/** What V8 cannot interrupt, so that its process has to be ended. */
const KILLER = "(d) => { (2n ** 100000000n) ** 5n; return 1; }";
const KILLER_MS = 50;

/** Runs attacks. */
export class Probe {
  readonly #runtime: Attacked;
  readonly #hostile: Hostile;
  readonly #secrets: readonly string[];
  readonly #collect: (() => void) | undefined;
  readonly #honest: PreHook;
  #quiet: Quiet = { pingMs: 0, warmMs: 0, coldMs: 0, apartMs: 0, processes: 0, descriptors: 0 };

  /** Looks at how a runtime is while nothing is attacked. */
  static async open(runtime: Attacked, options: ProbeOptions): Promise<Probe> {
    const honest = await runtime.register({ kind: "pre", source: HONEST, tenant: BYSTANDER });
    const probe = new Probe(runtime, options, honest);
    await probe.#lookAround();
    return probe;
  }

  constructor(runtime: Attacked, options: ProbeOptions, honest: PreHook) {
    const { secrets = [], limits, collect } = options;
    this.#runtime = runtime;
    this.#hostile = { tenant: ATTACKER, limits };
    this.#secrets = [SECRET, ...secrets];
    this.#collect = collect;
    this.#honest = honest;
  }

  /** How things are while nothing is attacked. */
  get quiet(): Quiet {
    return this.#quiet;
  }

  /** Runs an attack; again when only a clock says that it did harm, for clocks err. */
  async run(attack: Attack): Promise<Probed> {
    for (let tries = 1; ; tries++) {
      const probed = await this.#once(attack);
      const isDoubtful = probed.findings.every(({ invariant }) => BY_CLOCK.includes(invariant));
      if (probed.findings.length === 0 || !isDoubtful || tries === TRIES) return probed;
    }
  }

  async #once(attack: Attack): Promise<Probed> {
    const before = this.#memory(treeNow());
    const { pingMs, bystander, ...carried } = await this.#carryOut(attack);
    const measures: Measures = {
      ...{ pingMs, callMs: carried.ms, callMsMax: callMsMax(attack, this.#hostile), bystander },
      aftermath: await this.#aftermath(before),
    };
    const findings = [...carried.findings, ...broken(measures, this.#quiet)];
    return { ...carried, attack, findings };
  }

  /** What the attack is made of and what it gave is let go with this function. */
  async #carryOut(
    attack: Attack,
  ): Promise<Omit<Probed, "attack"> & Pick<Measures, "pingMs" | "bystander">> {
    const carryOut = prepared(this.#runtime, attack, this.#hostile);
    const pings = new Pings();
    const ends = await carryOut();
    const pingMs = pings.stop();
    const bystander = await this.#callHonest();
    const ms = Math.max(...ends.map((ended) => ended.ms));
    const findings = [...judged(attack, ends), ...leaked(ends, this.#secrets)];
    const endings = [...new Set(ends.map(({ ending }) => ending))];
    return { pingMs, bystander, ms, findings, endings };
  }

  /**
   * Looks until nothing is left that should not be, for a second at most; what the sandboxes waited
   * for a processor meanwhile is not counted, as that of whoever else uses the machine.
   */
  async #aftermath(before: number): Promise<Aftermath | undefined> {
    const begunMs = performance.now();
    let untilMs = begunMs + AFTERMATH_MS;
    let last: Aftermath | undefined;
    while (last === undefined || (!isOver(last, this.#quiet) && performance.now() < untilMs)) {
      const from = treeNow();
      if (from === undefined) return undefined;
      const fromMs = performance.now();
      const used = process.cpuUsage();
      await sleep(WINDOW_MS);
      const { user, system } = process.cpuUsage(used);
      const ms = performance.now() - fromMs;
      const to = treeNow() as Tree;
      const waited = Math.max(0, to.waitedMs - from.waitedMs);
      untilMs = Math.min(untilMs + waited, begunMs + STARVED_MS_MAX);
      const cpuShare = ((user + system) / 1e3 + to.cpuMs - from.cpuMs) / ms;
      last = {
        ...to,
        cpuShare,
        grownBytes: this.#memory(to) - before,
        descriptors: this.#open(to),
      };
    }
    return last;
  }

  /** Memory of all; of this process what it uses, for what it freed it need not have given back. */
  #memory(tree: Tree | undefined): number {
    const below = tree?.ownBytes ?? 0;
    if (!this.#collect) return below;
    this.#collect();
    const { heapUsed, external } = process.memoryUsage();
    return below + heapUsed + external;
  }

  /** The open descriptors, but for those of snapshots, which are kept for good and are few. */
  #open({ descriptors }: Tree): number {
    return descriptors - this.#runtime.describe().snapshots;
  }

  async #callHonest(): Promise<Measures["bystander"]> {
    const begunMs = performance.now();
    try {
      const { value, receipt } = await this.#honest.call(DATA);
      const ms = performance.now() - begunMs;
      return { ms, isWarm: receipt.warm, isRight: JSON.stringify(value) === RIGHT };
    } catch (error) {
      if (!(error instanceof HookError)) throw error;
      return { ms: performance.now() - begunMs, isWarm: false, isRight: false };
    }
  }

  async #lookAround(): Promise<void> {
    const pings = new Pings();
    const colds: number[] = [];
    for (let death = 0; death < QUIET_DEATHS; death++) colds.push(await this.#priceOfDeath(death));
    const warms: number[] = [];
    for (let i = 0; i < QUIET_CALLS; i++) warms.push((await this.#callHonest()).ms);
    const pingMs = pings.stop();
    this.#quiet = {
      ...{ pingMs, warmMs: Math.max(...warms), coldMs: Math.max(...colds) },
      ...(await this.#standingBy()),
    };
  }

  /** How long the bystander's call takes behind a sandbox that had to be ended. */
  async #priceOfDeath(death: number): Promise<number> {
    // Each a tenant of his own: who has killed before is kept apart, and harms nobody else.
    await this.#callOf(`${ATTACKER}-${death}`, KILLER);
    return (await this.#callHonest()).ms;
  }

  /**
   * What is there when all is quiet: a spare, and a sandbox in each worker for the attacker, who is
   * kept apart once he has killed. How long such a one takes to start is looked at, too.
   */
  async #standingBy(): Promise<Pick<Quiet, "apartMs" | "processes" | "descriptors">> {
    await this.#callOf(ATTACKER, KILLER);
    await this.#callHonest();
    const before = await settled();
    let apartMs = 0;
    for (let start = 0; start < QUIET_STARTS; start++) {
      const begunMs = performance.now();
      await this.#callOf(ATTACKER, HONEST);
      apartMs = Math.max(apartMs, performance.now() - begunMs);
      await this.#callOf(ATTACKER, KILLER);
    }
    await this.#callOf(ATTACKER, HONEST);
    const after = await settled();
    if (!before || !after) return { apartMs, processes: 0, descriptors: 0 };
    const others = this.#runtime.describe().workers - 1;
    const more = (then: number, now: number) => now + others * Math.max(0, now - then);
    return {
      apartMs,
      processes: more(before.processes, after.processes),
      descriptors: more(this.#open(before), this.#open(after)),
    };
  }

  async #callOf(tenant: string, source: string): Promise<void> {
    const limits = { wallMs: KILLER_MS };
    const hook = await this.#runtime.register({ kind: "pre", source, limits, tenant });
    await hook.call(source === HONEST ? DATA : null).catch(() => undefined);
    await hook.remove();
  }
}

/** What there is when no process has come or gone, or had much to do, for a second. */
async function settled(): Promise<Tree | undefined> {
  let last = treeNow();
  let calm = 0;
  for (let i = 0; last !== undefined && calm < CALM_WINDOWS && i < SETTLE_WINDOWS_MAX; i++) {
    await sleep(WINDOW_MS);
    const now = treeNow() as Tree;
    const isCalm = now.processes === last.processes && now.cpuMs - last.cpuMs < WINDOW_MS / 10;
    calm = isCalm ? calm + 1 : 0;
    last = now;
  }
  return last;
}

/**
 * The longest that the event loop was busy with one thing. What it waited for a processor which
 * others had, whoever they are, is none of its business.
 */
class Pings {
  #lastMs = performance.now();
  #waitedMs = waitedMs();
  #longestMs = 0;
  readonly #timer = setInterval(() => this.#ping(), PING_EVERY_MS);

  stop(): number {
    clearInterval(this.#timer);
    this.#ping();
    return this.#longestMs;
  }

  #ping(): void {
    const now = performance.now();
    const waited = waitedMs();
    const ownMs = now - this.#lastMs - (waited - this.#waitedMs) - PING_EVERY_MS;
    this.#longestMs = Math.max(this.#longestMs, ownMs);
    this.#lastMs = now;
    this.#waitedMs = waited;
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
