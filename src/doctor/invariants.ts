/**
 * What must hold whatever a hook does, and what was measured of it: a pure comparison.
 *
 * These bounds look at a clock, on machines that have other things to do. So each is held against
 * what the same machine took in the same run while nothing was attacked; and what fails by the
 * clock alone is measured again (`probe.ts`).
 *
 * @module
 */

/** I1 to I6, and `end`: that an attack ends in a way that its row allows. */
export type Invariant = "end" | "I1" | "I2" | "I3" | "I4" | "I5" | "I6";

/** What each invariant is. */
export const INVARIANTS: Readonly<Record<Invariant, string>> = {
  end: "the attack ends in a way that is allowed",
  I1: "this process answers meanwhile",
  I2: "the call is settled soon after its limit",
  I3: "the next call of another tenant is right, and as fast as always",
  I4: "a second later processor and memory are back",
  I5: "no secret is in any answer, log or fault",
  I6: "no process and no descriptor is left behind",
};

/** One thing that did not hold. */
export interface Finding {
  readonly invariant: Invariant;
  readonly says: string;
}

/** How things are while nothing is attacked. */
export interface Quiet {
  /** The longest that this process did not answer. */
  readonly pingMs: number;
  /** The bystander's slowest call where it is warm, and the slowest one behind a death. */
  readonly warmMs: number;
  readonly coldMs: number;
  /** The slowest call of a tenant who is kept apart, behind a death: it waits for a process. */
  readonly apartMs: number;
  readonly processes: number;
  readonly descriptors: number;
}

/** What an attack did, as numbers. */
export interface Measures {
  readonly pingMs: number;
  /** The longest that a call took, without waiting and loading; and what it may take. */
  readonly callMs: number;
  readonly callMsMax: number;
  readonly bystander: { readonly ms: number; readonly isWarm: boolean; readonly isRight: boolean };
  readonly aftermath: Aftermath | undefined;
}

/** What is left at most a second later. */
export interface Aftermath {
  readonly cpuShare: number;
  /** How much more memory is held than before. */
  readonly grownBytes: number;
  readonly processes: number;
  readonly zombies: number;
  readonly descriptors: number;
}

const PING_MS_MAX = 100;
const BYSTANDER_FACTOR = 3;
/** What a thread waits for a processor on a machine that does other things. */
const SCHEDULED_MS = 10;
const CPU_SHARE_MAX = 0.05;
const GROWN_BYTES_MAX = 64 * 2 ** 20;
/**
 * On a busy machine some sockets of a jail that has ended are closed seconds later. What is open is
 * counted from the beginning of the run, so one that each attack leaves is found by the fifth.
 */
const DESCRIPTORS_LATE_MAX = 4;

/** Returns what of I1 to I4 and I6 does not hold. */
export function broken(measures: Measures, quiet: Quiet): Finding[] {
  const { pingMs, callMs, callMsMax, bystander, aftermath } = measures;
  const pingMax = PING_MS_MAX + quiet.pingMs;
  const callMax = callMsMax + Math.max(quiet.coldMs, quiet.apartMs);
  const usual = bystander.isWarm ? quiet.warmMs : quiet.coldMs;
  const bystanderMax = BYSTANDER_FACTOR * usual + SCHEDULED_MS;
  return [
    ...over("I1", "this process did not answer for", pingMs, pingMax),
    ...over("I2", "the call took", callMs, callMax),
    ...over("I3", "the other tenant's call took", bystander.ms, bystanderMax),
    ...(bystander.isRight ? [] : [found("I3", "the other tenant's answer was wrong")]),
    ...(aftermath ? left(aftermath, quiet) : []),
  ];
}

/** Whether the aftermath is over: nothing of it is beyond its bound. */
export function isOver(aftermath: Aftermath, quiet: Quiet): boolean {
  return left(aftermath, quiet).length === 0;
}

function left(aftermath: Aftermath, quiet: Quiet): Finding[] {
  const { cpuShare, grownBytes, processes, zombies, descriptors } = aftermath;
  const findings: Finding[] = [];
  const say = (invariant: Invariant, says: string) => findings.push(found(invariant, says));
  if (cpuShare > CPU_SHARE_MAX) say("I4", `a processor is ${percent(cpuShare)} busy`);
  if (grownBytes > GROWN_BYTES_MAX) say("I4", `${Math.round(grownBytes / 2 ** 20)} MiB are kept`);
  if (zombies > 0) say("I6", `${zombies} processes have ended and are not collected`);
  if (processes > quiet.processes) say("I6", `${processes - quiet.processes} processes are left`);
  if (descriptors > quiet.descriptors + DESCRIPTORS_LATE_MAX) {
    say("I6", `${descriptors - quiet.descriptors} descriptors are left`);
  }
  return findings;
}

function over(invariant: Invariant, what: string, ms: number, most: number): Finding[] {
  if (ms <= most) return [];
  return [found(invariant, `${what} ${Math.round(ms)} ms, wants at most ${Math.round(most)} ms`)];
}

function found(invariant: Invariant, says: string): Finding {
  return { invariant, says };
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
