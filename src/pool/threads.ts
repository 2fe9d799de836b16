/**
 * The worker threads, as Piscina keeps them.
 *
 * @module
 */

import { Piscina } from "piscina";

import type { WorkerConfig } from "./jobs.ts";

/**
 * Returns so many threads. Which of them does a job is not Piscina's to say: `target` gives the id
 * of the one that is meant, because only the pool knows which sandbox has which hook warm.
 */
export function threadsFor(workers: number, config: WorkerConfig, target: () => number): Piscina {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return new Piscina({
    filename: new URL(`worker.${extension}`, import.meta.url).href,
    minThreads: workers,
    maxThreads: workers,
    concurrentTasksPerWorker: 1,
    idleTimeout: Infinity,
    env: {},
    execArgv: [],
    workerData: config,
    recordTiming: false,
    loadBalancer: (_task, seats) => seats.find(({ id }) => id === target()) ?? null,
  });
}
