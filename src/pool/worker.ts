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
import { LIMITS } from "../limits.ts";
import { Feeder } from "./feeder.ts";
import type { BlockJob, InspectJob, InspectResult, Job, Notice, WorkerConfig } from "./jobs.ts";
import { RECYCLED_BYTES_MIN } from "./recycler.ts";
import { SandboxProcess, type Sandbox } from "./sandbox-process.ts";
import { sandboxInThread } from "./sandbox-thread.ts";
import { stripTypes } from "./strip-types.ts";

/** What a body may have beside its payload and its logs: heads, and the text of a fault. */
const BODY_SLACK_BYTES = 64 * 1024;

/**
 * Gives sandboxes, and keeps one spare that is ready, so that a death costs the next call little.
 */
class Supply {
  readonly #bundles: URL;
  readonly #config: WorkerConfig;
  #spare: SandboxProcess | undefined;
  #isFirst = true;

  constructor(config: WorkerConfig) {
    this.#config = config;
    this.#bundles = new URL(config.bundles);
  }

  async take(): Promise<Sandbox> {
    const { isolation, launch } = this.#config;
    if (isolation === "thread") return sandboxInThread(this.#bundles, launch.libraries);
    const sandbox = this.#spare ?? this.#make();
    this.#spare = undefined;
    await sandbox.ready;
    // The first one is not followed by a spare: most runtimes never lose a sandbox.
    if (!this.#isFirst) this.#keepSpare();
    this.#isFirst = false;
    return sandbox;
  }

  async close(): Promise<void> {
    await this.#spare?.close();
  }

  #keepSpare(): void {
    const spare = this.#make();
    this.#spare = spare;
    spare.ready.catch(() => {
      if (this.#spare === spare) this.#spare = undefined;
    });
  }

  #make(): SandboxProcess {
    // A hook may have set its own limits higher than the runtime's; no higher than the table's.
    const most = LIMITS.outputBytes.max + 2 * LIMITS.logBytes.max + BODY_SLACK_BYTES;
    const sandbox = new SandboxProcess(this.#config.launch, most);
    const { pid } = sandbox;
    if (pid !== undefined) {
      tell({ kind: "started", pid });
      void sandbox.gone.then(() => tell({ kind: "gone", pid }));
    }
    return sandbox;
  }
}

const config = workerData as WorkerConfig;
const supply = new Supply(config);
const feeder = new Feeder({
  limits: config.limits,
  takeSandbox: () => supply.take(),
  sendEarly: (id, answers) => tell({ kind: "early", id, answers }, [answers]),
});

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
      return move(await feeder.prepare(job.hook));
    case "block":
      return move(await runBlock(job));
    case "close":
      await Promise.all([supply.close(), feeder.close()]);
      return undefined;
  }
}

/** A large buffer goes back when nothing of it is needed any more. */
async function runBlock(job: BlockJob): Promise<ArrayBuffer> {
  const answers = await feeder.run(job);
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
  await feeder.start();
  return handle;
}

export default start();
