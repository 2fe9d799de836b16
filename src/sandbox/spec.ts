/**
 * What a sandbox is told about a hook: all that it needs to make its isolate, once or again.
 *
 * @module
 */

import type { LibraryFile } from "../contract/library.ts";
import type { Limits } from "../limits.ts";

/** A hook as it travels to a worker and on to its sandbox. Plain data. */
export interface HookSpec {
  /** The number that stands for it in records. */
  readonly hook: number;
  /** The name of its script in stacks. */
  readonly file: string;
  /** One JavaScript expression whose value is the hook. */
  readonly expression: string;
  /** What `import` was replaced by in it; empty when there is none. */
  readonly importName: string;
  /** Characters in front of the author's own on the first line. */
  readonly columnShift: number;
  /** Libraries to have ready. */
  readonly libraries: readonly LibraryFile[];
  readonly limits: Limits;
  /** Whether each call gets a new context: nothing of a call is left for the next. */
  readonly isFresh?: boolean | undefined;
  /** The start-up snapshot to wake its isolate from, where there is one of its libraries. */
  readonly snapshot?: number | undefined;
}
