/**
 * All attacks that this project knows, as one list: each row of the threat model, and variants.
 *
 * @module
 */

import { LIMITS, type LimitOptions } from "../limits.ts";
import type { Attack, AttackRow, Section } from "./attack.ts";
import { CPU } from "./attacks/cpu.ts";
import { ESCAPE } from "./attacks/escape.ts";
import { FLOODS } from "./attacks/floods.ts";
import { IMAGES } from "./attacks/images.ts";
import { LIBRARIES } from "./attacks/libraries.ts";
import { MEMORY } from "./attacks/memory.ts";
import { PAYLOADS } from "./attacks/payloads.ts";
import { RETURNS } from "./attacks/returns.ts";
import { TENANTS } from "./attacks/tenants.ts";

const TABLES: Readonly<Record<Section, readonly AttackRow[]>> = {
  escape: ESCAPE,
  returns: RETURNS,
  cpu: CPU,
  memory: MEMORY,
  tenants: TENANTS,
  floods: FLOODS,
  payloads: PAYLOADS,
  images: IMAGES,
  libraries: LIBRARIES,
};

/**
 * The limits that the rows are written for: an attacker has these, but for those of its row. Short
 * times, so that many attacks take little, and of the rest what is the default.
 */
export const CORPUS_LIMITS: LimitOptions = {
  wallMs: 200,
  heapMiB: 32,
  nodes: LIMITS.nodes.default,
  depth: LIMITS.depth.default,
  outputBytes: LIMITS.outputBytes.default,
  logBytes: LIMITS.logBytes.default,
  logLines: LIMITS.logLines.default,
};

/** The sections, in the order of {@link ATTACKS}. */
export const SECTIONS = Object.keys(TABLES) as readonly Section[];

/** Every attack, by section. */
export const ATTACKS: readonly Attack[] = SECTIONS.flatMap((section) =>
  TABLES[section].map((row) => ({ ...row, section })),
);
