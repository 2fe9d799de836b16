/**
 * All attacks that this project knows, as one list: each row of the threat model, and variants.
 *
 * @module
 */

import type { Attack, AttackRow, Section } from "./attack.ts";
import { CPU } from "./attacks/cpu.ts";
import { ESCAPE } from "./attacks/escape.ts";
import { RETURNS } from "./attacks/returns.ts";

/** Every attack, by section. */
export const ATTACKS: readonly Attack[] = [
  ...of("escape", ESCAPE),
  ...of("returns", RETURNS),
  ...of("cpu", CPU),
];

function of(section: Section, rows: readonly AttackRow[]): Attack[] {
  return rows.map((row) => ({ ...row, section }));
}
