/**
 * One attack as data: what is done, and how it may end.
 *
 * An attack is a row, not a program, so that whoever wants to can run it: the suite, the doctor, a
 * soak among honest calls. What it sends is made by a function when it is wanted, for a table of
 * bombs should not be one.
 *
 * Not here: how it is run, and what is measured meanwhile (`probe.ts`).
 *
 * @module
 */

import type { FaultCode } from "../faults.ts";
import type { LimitOptions } from "../limits.ts";
import type { FileInput } from "../runtime/arguments.ts";

/** What an attack is after. */
export type Section =
  | "escape"
  | "returns"
  | "cpu"
  | "memory"
  | "tenants"
  | "floods"
  | "payloads"
  | "images"
  | "libraries";

/** How a call of an attack may end: with a fault, or with a value that `holds` says is harmless. */
export type Ending = FaultCode | "value";

/** What all attacks have. */
interface Base {
  /** Unique: `C9`, and `C9.digits` for another one of the same class. */
  readonly id: string;
  /** What it does, for a table. */
  readonly says: string;
  /** The ways in which it may end. */
  readonly ends: readonly Ending[];
}

/** A hook that means harm, or that is given harmful data or files. */
export interface HookAttack extends Base {
  /** The text of a `pre`. */
  readonly source: string;
  /** Its `data`; null where nobody says. */
  readonly data?: () => unknown;
  readonly files?: () => readonly FileInput[];
  readonly state?: "warm" | "fresh";
  /** Whose hook it is; the prober's own idea of an attacker where nobody says. */
  readonly tenant?: string;
  /** Over the limits that the prober sets for all. */
  readonly limits?: LimitOptions;
  /** In how many rounds it is called, one after the other; one where nobody says. */
  readonly rounds?: number;
  /** How many calls a round has, all at the same time; one where nobody says. */
  readonly atOnce?: number;
  /** Whether a value is harmless; any is where nobody says. */
  readonly holds?: (value: unknown) => boolean;
  /** Whether the log lines are, of a value and of a fault. */
  readonly logs?: (logs: Logged) => boolean;
  /** What the text of a fault must match. */
  readonly detail?: RegExp;
}

/** Bytes from outside that claim to be MessagePack: looked over by the scan, and never decoded. */
export interface FrameAttack extends Base {
  readonly frame: () => Uint8Array;
}

/** A row of a table. */
export type AttackRow = HookAttack | FrameAttack;

/** A row, and which table it is of. */
export type Attack = AttackRow & { readonly section: Section };

/** What a call logged, as far as an attack can be judged by it. */
export interface Logged {
  readonly lines: readonly string[];
  readonly dropped: number;
}
