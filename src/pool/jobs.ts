/**
 * What crosses the border between the main thread and a worker thread: one interface a message.
 *
 * @module
 */

import type { Allowed } from "../contract/library.ts";
import type { HookSource } from "../contract/source/source.ts";
import type { Schema } from "../contract/schema/schema.ts";
import type { Fault } from "../faults.ts";
import type { Limits } from "../limits.ts";
import type { HookSpec } from "../sandbox/spec.ts";
import type { Launch } from "./launch.ts";
import type { SnapshotFile } from "./snapshots.ts";

/** What a worker thread is started with. */
export interface WorkerConfig {
  /** Where the build put the sandbox and the guest: a `file:` URL. */
  readonly bundles: string;
  readonly isolation: "process" | "thread";
  /** Whether tenants share a sandbox process, one call at a time, or each has one of his own. */
  readonly tenancy: "shared" | "dedicated";
  /** How a sandbox process is started. */
  readonly launch: Launch;
  readonly libraries: Allowed;
  readonly limits: Limits;
}

/** A hook as a worker knows it: what its sandbox needs, and what the worker checks. */
export interface WorkerHook {
  readonly spec: HookSpec;
  readonly tenant: string;
  /** The same for the same text of the same tenant, however often it is registered. */
  readonly key: string;
  readonly accepts?: Schema | undefined;
  readonly returns?: Schema | undefined;
  /** What its isolate wakes from, where that is there. */
  readonly snapshot?: SnapshotFile | undefined;
  /** What comes after it wants of its answer, in a flow: checked behind `returns`. */
  readonly next?: Schema | undefined;
}

/** Reads the text of a hook: pure work, but of a size that the main thread should not do. */
export interface InspectJob {
  readonly kind: "inspect";
  readonly text: string;
  readonly hookKind: "pre" | "post";
  readonly tenant: string;
  readonly accepts?: unknown;
  readonly returns?: unknown;
}

/** Whose sandbox a hook runs in: one for all tenants, or one of a tenant's own. */
export interface Home {
  /** The same for the same sandbox of a worker. */
  readonly key: string;
  /** Whether it is for a tenant who ended sandboxes of late: he has no spare. */
  readonly isApart: boolean;
  readonly isShared: boolean;
}

/** Makes the isolate of a hook, to see that it can be made. */
export interface PrepareJob {
  readonly kind: "prepare";
  readonly home: Home;
  readonly hook: WorkerHook;
}

/**
 * Runs calls: their records, one behind the other, are the first `bytes` of `block`. Moved, not
 * copied.
 */
export interface BlockJob {
  readonly kind: "block";
  readonly id: number;
  readonly home: Home;
  /** Hooks of this block that the worker was not told of before. */
  readonly hooks: readonly WorkerHook[];
  /** Hooks that are gone. */
  readonly forget: readonly number[];
  readonly block: ArrayBuffer;
  readonly bytes: number;
}

/** Does nothing: it is answered when the worker and its sandbox are there. */
export interface HelloJob {
  readonly kind: "hello";
}

/** Looks at the sandboxes that nothing is asked of: their thread sleeps meanwhile. */
export interface LookJob {
  readonly kind: "look";
}

/** Ends the sandbox and its spare: the thread is about to be ended. */
export interface CloseJob {
  readonly kind: "close";
}

export type Job = InspectJob | PrepareJob | BlockJob | HelloJob | LookJob | CloseJob;

export type InspectResult = { readonly source: HookSource } | { readonly fault: Fault };

/**
 * Answers of a block that come before its end, because one call of it is slow: a message of the
 * worker's own, beside the job that still runs.
 */
export interface EarlyAnswers {
  readonly kind: "early";
  readonly id: number;
  readonly answers: ArrayBuffer;
}

/** A sandbox process has been started, or is gone: who ends this process ends those, too. */
export interface SandboxNotice {
  readonly kind: "started" | "gone";
  readonly pid: number;
}

/** The buffer of a large block that is done with: moved back, to be used again. */
export interface SpentBlock {
  readonly kind: "spent";
  readonly block: ArrayBuffer;
}

/** What a worker says beside the results of its jobs. */
export type Notice = EarlyAnswers | SandboxNotice | SpentBlock;
