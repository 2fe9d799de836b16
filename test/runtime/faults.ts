import { expect } from "vitest";

import { type FaultCode, HookError } from "../../src/index.ts";

/** What a test wants of a fault: its code, and where it matters its path and a part of its text. */
export interface Wanted {
  readonly code: FaultCode;
  readonly path?: string;
  readonly detail?: string | RegExp;
  readonly at?: { readonly line: number; readonly column: number };
}

/** Returns the `HookError` that `work` ends with; fails when it ends with anything else. */
export async function faultOf(work: Promise<unknown>): Promise<HookError> {
  try {
    const value = await work;
    expect.unreachable(`wanted a fault, got ${JSON.stringify(value)}`);
  } catch (error) {
    if (error instanceof HookError) return error;
    throw error;
  }
}

/** Holds that `work` ends with the fault that is wanted. */
export async function expectFault(work: Promise<unknown>, wanted: Wanted): Promise<HookError> {
  const fault = await faultOf(work);
  expect({ code: fault.code, text: fault.message }).toMatchObject({ code: wanted.code });
  if (wanted.path !== undefined) expect(fault.path).toBe(wanted.path);
  if (wanted.at) expect(fault.at).toEqual(wanted.at);
  if (typeof wanted.detail === "string") expect(fault.detail).toContain(wanted.detail);
  else if (wanted.detail) expect(fault.detail).toMatch(wanted.detail);
  return fault;
}
