/**
 * What a run is given, packed and copied at once: nobody changes it afterwards, not the caller
 * either.
 *
 * @module
 */

import { Refusal } from "../faults.ts";
import type { Limits } from "../limits.ts";
import { type FileInput, filesFrom } from "../runtime/arguments.ts";
import { type CallOptions, signalFrom } from "../runtime/hook.ts";
import { Packed } from "../wire/packed.ts";
import type { TraceContext } from "./model.ts";
import type { Given } from "./steps.ts";

export type { Given } from "./steps.ts";

/** What a run may be told beside its data and files. */
export interface RunOptions extends CallOptions {
  /** Which trace it belongs to: told to models that are elsewhere. */
  readonly trace?: TraceContext | undefined;
}

/** What holds for what a run is given. */
interface GivenRules {
  readonly options: RunOptions;
  readonly limits: Limits;
  /** Whether nobody else has the bytes of the files. */
  readonly isOwned?: boolean;
}

/**
 * Returns what a run was given, in memory of its own.
 *
 * @param data Anything that travels, or `Packed`, which is taken as it is.
 * @throws {Refusal} `INPUT_MISMATCH` with the path of what cannot travel, or `INPUT_TOO_LARGE`.
 */
export function givenFrom(
  data: unknown,
  files: readonly FileInput[],
  { options, limits, isOwned = false }: GivenRules,
): Given {
  const signal = signalFrom(options);
  if (signal?.aborted) throw new Refusal("CANCELLED", "", "The caller gave the run up");
  const { nodes, depth, frameBytes } = limits;
  const read = filesFrom(files, limits.files);
  const fileBytes = read.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (fileBytes > frameBytes) {
    const wants = `wants at most ${frameBytes} bytes in all files (limits.frameBytes)`;
    throw new Refusal("INPUT_TOO_LARGE", "files", `${wants}, got ${fileBytes}`);
  }
  return {
    data:
      data instanceof Packed
        ? data
        : Packed.of(data ?? null, { nodes, depth, bytes: frameBytes }, "data"),
    files: read.map(({ bytes, about }) => ({ data: isOwned ? bytes : bytes.slice(), ...about })),
    limits,
    signal,
    trace: options.trace,
  };
}
