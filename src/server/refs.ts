/**
 * Refs to what it is that they name: `name`, `name@version`, a version or an id alone.
 *
 * @module
 */

import { type FaultCode, Refusal } from "../faults.ts";
import { isName } from "../runtime/options.ts";
import type { Named, Registered, Registry, Version } from "./registry.ts";
import { placed } from "./registry-index.ts";

/** A version, and where it is. */
export type Found = Named & Version;

/** Digits of a version that are enough, and those that a ref of ours has. */
const DIGITS_MIN = 8;
const DIGITS_SHOWN = 12;
const HASH = /^[0-9a-f]{64}$/;
const DIGITS = /^[0-9a-f]+$/;
const NAMES_SHOWN = 10;

const UNKNOWN: Record<Registered, FaultCode> = { hook: "UNKNOWN_HOOK", flow: "UNKNOWN_FLOW" };

/** Returns the ref of a version. */
export function refOf({ name, version }: Pick<Found, "name" | "version">): string {
  return `${name}@${version.slice(0, DIGITS_SHOWN)}`;
}

/**
 * Returns what a ref names.
 *
 * @throws {Refusal} `UNKNOWN_HOOK` or `UNKNOWN_FLOW`, with what there is instead; `BAD_REQUEST`
 * when it is no ref.
 */
export function found(registry: Registry, kind: Registered, tenant: string, ref: unknown): Found {
  if (typeof ref !== "string" || ref === "" || ref.length > 200) {
    const wants = `wants the name of a ${kind}, name@version, or a version`;
    const got = typeof ref === "string" ? `${ref.length} characters` : typeof ref;
    throw new Refusal("BAD_REQUEST", kind, `${wants}, got ${got}`);
  }
  if (HASH.test(ref)) {
    const one = registry.find(kind, tenant, ref);
    if (one) return one;
  }
  const [name = "", digits] = ref.split("@", 2);
  const named: Named = { kind, tenant, name };
  const one = isName(name) ? versionOf(registry, named, digits) : undefined;
  if (one) return placed(named, one);
  throw new Refusal(UNKNOWN[kind], kind, unknown(registry, named, ref));
}

function versionOf(
  registry: Registry,
  named: Named,
  digits: string | undefined,
): Version | undefined {
  if (digits === undefined) return registry.current(named);
  if (digits.length < DIGITS_MIN || !DIGITS.test(digits)) return undefined;
  const fits = registry.versions(named).filter(({ version }) => version.startsWith(digits));
  return fits.length === 1 ? fits[0] : undefined;
}

function unknown(registry: Registry, { kind, tenant, name }: Named, ref: string): string {
  const versions = registry.versions({ kind, tenant, name });
  if (versions.length > 0) {
    const there = versions.map(({ version }) => refOf({ name, version })).slice(-NAMES_SHOWN);
    return `wants a version of ${name} that is kept (${there.join(", ")}), got ${ref}`;
  }
  const names = registry.names(kind, tenant);
  const shown = names.slice(0, NAMES_SHOWN).join(", ");
  const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : "";
  const there = names.length > 0 ? `there are ${shown}${more}` : "there is none yet";
  return `wants a ${kind} of tenant ${tenant}: ${there}; got ${ref}`;
}
