/**
 * Sandboxes for the feeders of a worker, one of them always ready where it will be wanted soon.
 *
 * @module
 */

import type { WorkerConfig } from "./jobs.ts";
import { type Sandbox, SandboxProcess } from "./sandbox-process.ts";
import { sandboxInThread } from "./sandbox-thread.ts";

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

  /**
   * Gives a sandbox that is ready.
   *
   * @param isApart Whether it is for a tenant who ended sandboxes of late. He waits for its start:
   * the spare is for the others.
   */
  async take(isApart: boolean): Promise<Sandbox> {
    const { isolation, tenancy, launch, bundles } = this.#config;
    if (isolation === "thread") return sandboxInThread(new URL(bundles), launch.libraries);
    if (isApart) return taken(this.#make());
    const sandbox = this.#spare ?? this.#make();
    this.#spare = undefined;
    await taken(sandbox);
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
    const sandbox = new SandboxProcess(this.#config.launch);
    const { pid } = sandbox;
    if (pid !== undefined) {
      this.#watch("started", pid);
      void sandbox.gone.then(() => this.#watch("gone", pid));
    }
    return sandbox;
  }
}

async function taken(sandbox: SandboxProcess): Promise<SandboxProcess> {
  await sandbox.ready;
  if (sandbox.isQuiet()) return sandbox;
  sandbox.kill();
  throw new Error("A sandbox ended, or spoke, before it was asked anything");
}
