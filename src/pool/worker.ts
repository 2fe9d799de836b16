/**
 * What runs in each Piscina thread: trusted work off the main thread, and one sandbox to feed.
 *
 * @module
 */

import { parentPort, workerData } from "node:worker_threads";

import { move } from "piscina";

import { allowedFor } from "../contract/library.ts";
import { compileSchema } from "../contract/schema/schema.ts";
import { readHook } from "../contract/source/source.ts";
import { Refusal } from "../faults.ts";
import type { FeederOptions } from "./feeder.ts";
import { Feeders } from "./feeders.ts";
import type { BlockJob, InspectJob, InspectResult, Job, Notice, WorkerConfig } from "./jobs.ts";
import { RECYCLED_BYTES_MIN } from "./recycler.ts";
import { stripTypes } from "./strip-types.ts";
import { Supply } from "./supply.ts";

const config = workerData as WorkerConfig;
const supply = new Supply(config, (kind, pid) => tell({ kind, pid }));
const options: Omit<FeederOptions, "hooks"> = {
  limits: config.limits,
  takeSandbox: (isApart) => supply.take(isApart),
  sendEarly: (id, answers) => tell({ kind: "early", id, answers }, [answers]),
};
const feeders = new Feeders(options);

/** Says something to the main thread beside the results of jobs. */
function tell(notice: Notice, moved: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(notice, moved);
}

/** Does one job. What it returns is moved, or plain data. */
async function handle(job: Job): Promise<unknown> {
  switch (job.kind) {
    case "hello":
      return undefined;
    case "inspect":
      return inspect(job);
    case "prepare":
      return move(await feeders.prepare(job));
    case "block":
      return move(await runBlock(job));
    case "look":
      // A turn of the loop, in which what rang or ended meanwhile is heard.
      await new Promise((resolve) => setImmediate(resolve));
      return feeders.look();
    case "close":
      await Promise.all([supply.close(), feeders.close()]);
      return undefined;
  }
}

/** A large buffer goes back when nothing of it is needed any more. */
async function runBlock(job: BlockJob): Promise<ArrayBuffer> {
  const answers = await feeders.run(job);
  const { block } = job;
  if (block.byteLength >= RECYCLED_BYTES_MIN) tell({ kind: "spent", block }, [block]);
  return answers;
}

function inspect({ text, hookKind, tenant, accepts, returns }: InspectJob): InspectResult {
  try {
    // Compiled once here to be refused here; each worker compiles its own when it learns the hook.
    if (accepts !== undefined) compileSchema(accepts, "accepts");
    if (returns !== undefined) compileSchema(returns, "returns");
    const { limits } = config;
    const libraries = allowedFor(config.libraries, tenant);
    const options = { kind: hookKind, libraries, sourceBytesMax: limits.sourceBytes, stripTypes };
    return { source: readHook(text, options) };
  } catch (error) {
    if (error instanceof Refusal) return { fault: error.toFault() };
    throw error;
  }
}

async function start(): Promise<typeof handle> {
  await supply.start();
  return handle;
}

export default start();
