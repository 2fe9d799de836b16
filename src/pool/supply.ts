/**
 * Sandboxes for the feeders of a worker, one of them always ready where it will be wanted soon.
 *
 * @module
 */

import { LIMITS } from "../limits.ts";
import type { WorkerConfig } from "./jobs.ts";
import { type Sandbox, SandboxProcess } from "./sandbox-process.ts";
import { sandboxInThread } from "./sandbox-thread.ts";

/** What a body may have beside its payload and its logs: heads, and the text of a fault. */
const BODY_SLACK_BYTES = 64 * 1024;

/** Told of each process that is started, and when nothing of it is left. */
export type Watch = (kind: "started" | "gone", pid: number) => void;

/** Gives sandboxes, and keeps a spare that is ready, so that a death costs the next call little. */
export class Supply {
  readonly #config: WorkerConfig;
  readonly #watch: Watch;
  #spare: SandboxProcess | undefined;
  #isFirst = true;

  constructor(config: WorkerConfig, watch: Watch) {
    this.#config = config;
    this.#watch = watch;
  }

  /** Sees that a sandbox can be started, before anybody needs one. */
  async start(): Promise<void> {
    if (this.#config.isolation === "thread") return;
    this.#keepSpare();
    await this.#spare?.ready;
  }

  async take(): Promise<Sandbox> {
    const { isolation, tenancy, launch, bundles } = this.#config;
    if (isolation === "thread") return sandboxInThread(new URL(bundles), launch.libraries);
    const sandbox = this.#spare ?? this.#make();
    this.#spare = undefined;
    await sandbox.ready;
    // Where tenants share, the first one is not followed by a spare: most runtimes never lose it.
    if (!this.#isFirst || tenancy === "dedicated") this.#keepSpare();
    this.#isFirst = false;
    return sandbox;
  }

  async close(): Promise<void> {
    await this.#spare?.close();
  }

  #keepSpare(): void {
    const spare = this.#make();
    this.#spare = spare;
    const drop = () => {
      if (this.#spare === spare) this.#spare = undefined;
    };
    spare.ready.catch(drop);
    void spare.gone.then(drop);
  }

  #make(): SandboxProcess {
    // A hook may have set its own limits higher than the runtime's; no higher than the table's.
    const most = LIMITS.outputBytes.max + 2 * LIMITS.logBytes.max + BODY_SLACK_BYTES;
    const sandbox = new SandboxProcess(this.#config.launch, most);
    const { pid } = sandbox;
    if (pid !== undefined) {
      this.#watch("started", pid);
      void sandbox.gone.then(() => this.#watch("gone", pid));
    }
    return sandbox;
  }
}
