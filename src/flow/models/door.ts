/**
 * The doors of this folder: what they refuse, users catch as a `HookError`, as everywhere else.
 *
 * @module
 */

import { hookErrorOf } from "../../runtime/hook.ts";
import type { Model } from "../model.ts";

/**
 * Returns what `make` does.
 *
 * @throws {HookError} For what it refuses.
 */
export function atTheDoor(make: () => Model): Model {
  try {
    return make();
  } catch (error) {
    throw hookErrorOf(error);
  }
}
