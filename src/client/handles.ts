/**
 * Hooks and flows on a server, as callers have them in hand.
 *
 * @module
 */

import { Refusal } from "../faults.ts";
import type { StageInfo } from "../flow/endpoint.ts";
import type { FlowResult } from "../flow/run.ts";
import type { CallResult } from "../runtime/answer.ts";
import type { FileInput } from "../runtime/arguments.ts";
import type { HookName } from "../runtime/hook-error.ts";
import { callResultIn, flowResultIn, type FlowView, type HookView } from "./answers.ts";
import { errorOf, type Asker } from "./asker.ts";
import type { AskOptions, RemoteEndpoint } from "./interface.ts";

const NAMES = { pre: ["data"], post: ["result", "inputData"] } as const;

/** A hook that is asked for by its ref. */
export class HookHandle {
  readonly id: string;
  readonly kind: "pre" | "post";
  readonly name: string;
  readonly tenant: string;
  readonly version: string;
  readonly ref: string;
  readonly parameters: number;
  readonly libraries: readonly string[];
  readonly #asker: Asker;
  #isRemoved = false;

  /** @param ref What it is asked for by: of the view's own name, the newest version. */
  constructor(asker: Asker, view: HookView, ref: string) {
    this.id = view.id;
    this.kind = view.kind;
    this.name = view.name;
    this.tenant = view.tenant;
    this.version = view.version;
    this.ref = ref;
    this.parameters = view.parameters;
    this.libraries = view.libraries;
    this.#asker = asker;
  }

  async call(...given: unknown[]): Promise<CallResult> {
    try {
      if (this.#isRemoved) throw new Refusal("UNKNOWN_HOOK", "", "The hook was removed");
      const { packing } = this.#asker;
      const names = NAMES[this.kind];
      // What the hook does not declare is not sent. A name may come to stand for another hook.
      const parameters = this.ref === this.name ? names.length + 1 : this.parameters;
      const values = names
        .slice(0, parameters)
        .map((name, i) => [name, packing.value(given[i], name)] as const);
      const files = parameters > names.length ? packing.files(given[names.length]) : undefined;
      const options = given[names.length + 1] as AskOptions | undefined;
      const question = { method: "call", ref: this.ref, values, files } as const;
      return callResultIn(await this.#asker.ask(question, options));
    } catch (error) {
      throw errorOf(error, this.#hookName());
    }
  }

  async remove(): Promise<void> {
    if (this.#isRemoved) return;
    await this.#asker.ask({ method: "remove", kind: "hook", ref: this.ref });
    this.#isRemoved = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The hook is the server's to keep: others may call it, and so may who comes back.
  }

  #hookName(): HookName {
    const { id, kind, name, tenant } = this;
    return { id, kind, name, tenant };
  }
}

/** A flow that is asked for by its ref. */
export class FlowHandle implements RemoteEndpoint {
  readonly name: string;
  readonly tenant: string;
  readonly version: string;
  readonly ref: string;
  readonly takesFiles: boolean;
  readonly stages: readonly StageInfo[];
  readonly #asker: Asker;
  #isRemoved = false;

  /** @param ref What it is asked for by: of the view's own name, the newest version. */
  constructor(asker: Asker, view: FlowView, ref: string) {
    this.name = view.name;
    this.tenant = view.tenant;
    this.version = view.version;
    this.ref = ref;
    this.takesFiles = view.takesFiles;
    this.stages = view.stages;
    this.#asker = asker;
  }

  async run(
    data: unknown,
    files: readonly FileInput[] = [],
    options: AskOptions = {},
  ): Promise<FlowResult> {
    try {
      if (this.#isRemoved) {
        throw new Refusal("UNKNOWN_FLOW", "", `The flow ${this.name} was removed`);
      }
      const { packing } = this.#asker;
      const values = [["data", packing.value(data, "data")]] as const;
      const question = {
        method: "run",
        ref: this.ref,
        values,
        files: packing.files(files),
      } as const;
      return flowResultIn(await this.#asker.ask(question, options));
    } catch (error) {
      throw errorOf(error);
    }
  }

  async remove(): Promise<void> {
    if (this.#isRemoved) return;
    await this.#asker.ask({ method: "remove", kind: "flow", ref: this.ref });
    this.#isRemoved = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The flow is the server's to keep: others may run it, and so may who comes back.
  }
}
