/**
 * What is compared: ways to run the same function elsewhere.
 *
 * Bookend is measured as it is installed, from `dist/`.
 *
 * @module
 */

import { Piscina } from "piscina";

import type { CallScenario } from "./scenarios.ts";

/** One way to run a function. `call` copies what it is given: a caller keeps its data. */
export interface Variant extends AsyncDisposable {
  readonly call: () => Promise<unknown>;
}

type Open = (name: string, scenario: CallScenario, workers: number) => Promise<Variant>;

/** The first is the baseline. */
export const VARIANTS: Readonly<Record<string, Open>> = {
  piscina: openPiscina,
  "bookend-process": (_, scenario, workers) => openBookend(scenario, workers, "process"),
  "bookend-thread": (_, scenario, workers) => openBookend(scenario, workers, "thread"),
};

/** Loads the package as users have it; its types are those of the source. */
export async function loadBookend(): Promise<typeof import("../src/index.ts")> {
  return import(new URL("../dist/index.js", import.meta.url).href);
}

/** No sandbox; default options but for the number of threads; arguments by structured clone. */
async function openPiscina(
  name: string,
  scenario: CallScenario,
  workers: number,
): Promise<Variant> {
  const pool = new Piscina({
    filename: new URL("piscina-worker.ts", import.meta.url).href,
    minThreads: workers,
    maxThreads: workers,
  });
  const { data, files } = scenario;
  return {
    call: () => pool.run({ scenario: name, data, files }),
    [Symbol.asyncDispose]: () => pool.destroy(),
  };
}

async function openBookend(
  scenario: CallScenario,
  workers: number,
  isolation: "process" | "thread",
): Promise<Variant> {
  const { createRuntime } = await loadBookend();
  const runtime = await createRuntime({ workers, isolation });
  const hook = await runtime.register({ kind: "pre", source: scenario.run });
  const { data, files } = scenario;
  return {
    call: () => hook.call(data, files),
    [Symbol.asyncDispose]: () => runtime.close(),
  };
}
