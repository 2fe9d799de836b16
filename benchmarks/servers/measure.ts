/**
 * One server under load: how long answers take, how many there are, and what each costs.
 *
 * @module
 */

import { loop, quantile } from "../measure.ts";
import { cpuUs } from "./cpu.ts";
import { SERVERS } from "./servers.ts";

/** V8 and the server have seen the loop by then. */
const WARMUP_SECONDS = 1;
const CONCURRENCIES = [1, 16, 64, 256];

/** Returns `p50Us1`, `p99Us1`, `perSecond1`, `cpuUs1` and the same for 16, 64 and 256 at once. */
export async function measureServer(
  scenario: string,
  variant: string,
  { workers, seconds }: { readonly workers: number; readonly seconds: number },
): Promise<Record<string, number>> {
  const open = SERVERS[variant];
  if (!open) throw new Error(`There is no ${variant}`);
  await using server = await open(scenario, workers);
  const call = () => server.client.call();
  const numbers: Record<string, number> = {};
  for (const concurrency of CONCURRENCIES) {
    await loop(call, concurrency, WARMUP_SECONDS);
    const before = cpuUs(server.pid);
    const { callMs, perSecond } = await loop(call, concurrency, seconds);
    numbers[`p50Us${concurrency}`] = quantile(callMs, 0.5) * 1000;
    numbers[`p99Us${concurrency}`] = quantile(callMs, 0.99) * 1000;
    numbers[`perSecond${concurrency}`] = perSecond;
    numbers[`cpuUs${concurrency}`] = (cpuUs(server.pid) - before) / callMs.length;
  }
  return numbers;
}
