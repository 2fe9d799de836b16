/**
 * What the doctor found, in lines for a terminal and as plain data.
 *
 * @module
 */

import { styleText } from "node:util";

import { type Diagnosis, type Levels, unitOf } from "../doctor/doctor.ts";
import { INVARIANTS } from "../doctor/invariants.ts";
import type { Probed } from "../doctor/probe.ts";
import type { LimitName } from "../limits.ts";

const ID_WIDTH = 16;
const SAYS_WIDTH = 58;
const ENDINGS_WIDTH = 26;
const LEVEL_WIDTH = 14;

const JAILS: Readonly<Record<Levels["jail"], string>> = {
  bubblewrap: "bubblewrap: no files, no network, no other process in sight",
  permission: "Node's permission model only; install bubblewrap",
  none: "none; allow it, and install bubblewrap",
};

/** Returns the levels in force, and the head of the table that follows. */
export function levelLines(levels: Levels): string[] {
  const { isolation, jail, seccomp, tenancy, node, isNodeOld, limits } = levels;
  const filter = seccomp === undefined ? "not known" : seccomp ? "yes" : "no";
  const old = isNodeOld ? "; run 24.22.1 or later, for V8's security fixes" : "";
  const rows = [
    ["isolation", isolation],
    ["jail", JAILS[jail]],
    ["seccomp", filter],
    ["tenancy", tenancy],
    ["Node", `${node}${old}`],
    ...Object.entries(limits).map(([name, value]) => [
      name,
      `${value} ${unitOf(name as LimitName)}`,
    ]),
  ];
  const head = [row("attack", "", "outcome"), "time".padStart(8)].join(" ");
  return [
    styled("bold", "In force"),
    ...rows.map(([name = "", value = ""]) => `  ${name.padEnd(LEVEL_WIDTH)}${value}`),
    "",
    isolation === "thread"
      ? "Threads hold no hostile code: what cannot be interrupted never ends. Nothing was tried."
      : styled("underline", head),
  ];
}

/** Returns what came of an attack: a line, and one more for each thing that did not hold. */
export function probedLines({ attack, endings, ms, findings }: Probed): string[] {
  const { id, says } = attack;
  const mark = findings.length === 0 ? styled("green", "ok") : styled("red", "NOT HELD");
  const took = `${ms.toFixed(0)} ms`.padStart(8);
  return [
    `${row(id, says, endings.join(", "))} ${took}  ${mark}`,
    ...findings.map(
      (finding) =>
        `  ${styled("red", finding.invariant)} ${INVARIANTS[finding.invariant]}: ${finding.says}`,
    ),
  ];
}

/** Returns the last line. */
export function diagnosisLine({ probed, ok }: Diagnosis): string {
  const bad = probed.filter(({ findings }) => findings.length > 0).length;
  if (ok) return styled("green", `All ${probed.length} attacks were held.`);
  return styled("red", `${bad} of ${probed.length} attacks were not held.`);
}

/** Returns a diagnosis as plain data. */
export function diagnosisData({ levels, probed, ok }: Diagnosis): object {
  const attacks = probed.map(({ attack, endings, ms, findings }) => {
    const { id, section, says } = attack;
    return { id, section, says, endings, ms, ok: findings.length === 0, findings };
  });
  return { ok, levels, attacks };
}

function row(id: string, says: string, endings: string): string {
  const short = says.length > SAYS_WIDTH ? `${says.slice(0, SAYS_WIDTH - 1)}…` : says;
  return [id.padEnd(ID_WIDTH), short.padEnd(SAYS_WIDTH), endings.padEnd(ENDINGS_WIDTH)].join(" ");
}

function styled(style: Parameters<typeof styleText>[0], text: string): string {
  return styleText(style, text, { stream: process.stdout, validateStream: true });
}
