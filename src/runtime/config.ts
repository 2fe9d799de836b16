/**
 * The operator's file: options of a runtime as JSON, so that what hooks may do can be kept and
 * reviewed apart from the program that runs them.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

import { Refusal } from "../faults.ts";
import { hookErrorOf } from "./hook.ts";
import { optionsFrom } from "./options.ts";
import type { RuntimeOptions } from "./runtime.ts";

/** All options but what JSON cannot hold. */
const KNOWN = ["workers", "isolation", "tenancy", "limits", "queue", "allowlist", "jail"];

/**
 * Reads the options of a runtime from a JSON file: all but `signal`.
 *
 * A relative `allowlist.folder` is one beside the file. What the options say is checked by
 * `createRuntime`.
 *
 * @throws {HookError} `BAD_REQUEST` when there is no such file, or it is no JSON of an object.
 *
 * @example
 * ```ts
 * await using runtime = await createRuntime(configFrom("bookend.json"));
 * ```
 */
export function configFrom(path: string): RuntimeOptions {
  try {
    return read(path);
  } catch (error) {
    throw hookErrorOf(error);
  }
}

function read(path: string): RuntimeOptions {
  const options = optionsFrom(parsed(path), KNOWN);
  const { allowlist } = options;
  if (typeof allowlist !== "object" || allowlist === null || !("folder" in allowlist)) {
    return options as RuntimeOptions;
  }
  const folder = resolve(dirname(path), String(allowlist.folder));
  return { ...options, allowlist: { ...allowlist, folder } } as RuntimeOptions;
}

function parsed(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const got = code === "ENOENT" ? "none" : message;
    throw new Refusal("BAD_REQUEST", "", `wants a JSON file at ${path}, got ${got}`);
  }
}
