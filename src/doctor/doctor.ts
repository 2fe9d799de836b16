/**
 * An operator's own proof: which levels of containment are in force in his installation, and what
 * becomes of attacks on it.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

import { LIMITS, type LimitName, type Limits } from "../limits.ts";
import type { RuntimeInfo } from "../runtime/runtime.ts";
import type { Attack } from "./attack.ts";
import type { Attacked } from "./carry-out.ts";
import { ATTACKS, CORPUS_LIMITS, SECTIONS } from "./corpus.ts";
import { Probe, type Probed } from "./probe.ts";
import { areFiltered } from "./processes.ts";

/** What stands between a hook and the host. */
export interface Levels {
  readonly isolation: RuntimeInfo["isolation"];
  readonly jail: RuntimeInfo["jail"];
  /** Whether the sandboxes have a filter on their system calls; undefined where none can tell. */
  readonly seccomp: boolean | undefined;
  readonly tenancy: RuntimeInfo["tenancy"];
  readonly node: string;
  /** Whether this Node lacks the newest security fixes that this version of Bookend knows of. */
  readonly isNodeOld: boolean;
  /** The limits that bound an attack. */
  readonly limits: Partial<Limits>;
}

/** What was found out. */
export interface Diagnosis {
  readonly levels: Levels;
  readonly probed: readonly Probed[];
  /** Whether all that was tried was held, and something was tried. */
  readonly ok: boolean;
}

/** The security release of October 2026. */
const NODE_WANTED = [24, 22, 1];
const LIMITS_SHOWN: readonly LimitName[] = [
  ...(["wallMs", "loadMs", "heapMiB", "residentMiB", "frameBytes", "outputBytes"] as const),
  ...(["sourceBytes", "pixels", "logBytes", "kills", "quarantineMs"] as const),
];
/** One or more of each class, in about 20 s. */
const QUICK = [
  ...["E1", "E2", "E2.golden", "E3", "E4.stack", "E5", "E6", "E7", "E9", "E15", "E16"],
  ...["R1", "R2", "R6", "R7", "R8", "R9", "R11", "R14", "R16", "R20", "R20.proxy", "R20.text"],
  ...["C1", "C2", "C3", "C7", "C9", "C10", "C16", "C17", "C20", "C20.many", "C23.nested"],
  ...["M1", "M2", "M3", "M3.reflect", "M5", "M9", "M9.concat", "M10", "M17.collator"],
  ...["X1", "X2", "X3", "X5.path", "X6", "X6.files", "X7", "O1", "O1.bytes", "L1", "L2", "L3"],
  ...["P1", "P2.list", "P3", "P5", "P6", "P10.proto", "P12.two", "P20.nodes", "P20.shared"],
  ...["G1", "G3", "G5", "G7", "G8.bmp", "G10", "G10.path", "B1", "B1.proto", "B2", "B5"],
];

/**
 * Returns the attacks that somebody chose: by section, by id, or all; a part where nobody did.
 *
 * @throws {RangeError} When a word is none of these.
 */
export function chosen(only: readonly string[]): readonly Attack[] {
  if (only.length === 0) return ATTACKS.filter(({ id }) => QUICK.includes(id));
  const wrong = only.find((word) => ATTACKS.every((attack) => !isNamed(attack, word)));
  if (wrong === undefined) {
    return ATTACKS.filter((attack) => only.some((word) => isNamed(attack, word)));
  }
  const sections = SECTIONS.join(", ");
  throw new RangeError(`There is no attack ${wrong}; there are all, ${sections}, and ids like C9`);
}

/** `C9` names its variants too. */
function isNamed({ id, section }: Attack, word: string): boolean {
  return word === "all" || word === section || word === id || id.startsWith(`${word}.`);
}

/**
 * Runs attacks against a runtime.
 *
 * @param tell Called with the levels, and then with what came of each attack.
 * @returns All of it. In thread isolation nothing is tried: what cannot be interrupted would never
 * end there.
 */
export async function diagnose(
  runtime: Attacked,
  attacks: readonly Attack[],
  tell: (news: Levels | Probed) => void,
): Promise<Diagnosis> {
  const levels = levelsOf(runtime.describe());
  tell(levels);
  if (levels.isolation === "thread") return { levels, probed: [], ok: false };
  const probe = await Probe.open(runtime, { limits: CORPUS_LIMITS, secrets: secretsHere() });
  const probed: Probed[] = [];
  for (const attack of attacks) {
    const one = await probe.run(attack);
    probed.push(one);
    tell(one);
  }
  const ok = probed.length > 0 && probed.every(({ findings }) => findings.length === 0);
  return { levels, probed, ok };
}

function levelsOf({ isolation, jail, tenancy, limits }: RuntimeInfo): Levels {
  const { node } = process.versions;
  const shown = LIMITS_SHOWN.map((name) => [name, limits[name]]);
  return {
    ...{ isolation, jail, tenancy, node, isNodeOld: isOlder(node, NODE_WANTED) },
    seccomp: isolation === "process" ? areFiltered() : undefined,
    limits: Object.fromEntries(shown) as Partial<Limits>,
  };
}

/** Whether a version such as `24.21.0` comes before another. */
export function isOlder(version: string, than: readonly number[]): boolean {
  const parts = version.split(".").map(Number);
  const differs = than.findIndex((part, i) => part !== parts[i]);
  return differs >= 0 && (parts[differs] ?? 0) < (than[differs] ?? 0);
}

/** Paths of this host, none of which may come out of a hook. */
function secretsHere(): string[] {
  return [process.execPath, fileURLToPath(new URL("../../bundles", import.meta.url))];
}

/** What a number of a limit counts. */
export function unitOf(name: LimitName): string {
  return LIMITS[name].unit;
}
