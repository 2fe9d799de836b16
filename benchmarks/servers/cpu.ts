/**
 * The processor time of a server with all that it started.
 *
 * @module
 */

import { readdirSync, readFileSync } from "node:fs";

/** Linux counts in hundredths of a second. */
const US_PER_TICK = 10_000;
/** Where they stand behind the name of the process, which may hold anything. */
const FIELD = { parent: 1, user: 11, system: 12, endedUser: 13, endedSystem: 14 };

/** Returns the processor time that a process and its descendants have had, in microseconds. */
export function cpuUs(root: number): number {
  const processes = new Map(all().map((one) => [one.pid, one]));
  const isOurs = (pid: number): boolean =>
    pid === root || (processes.has(pid) && isOurs(processes.get(pid)?.parent ?? 0));
  const own = [...processes.values()].filter(({ pid }) => isOurs(pid));
  return own.reduce((sum, { ticks }) => sum + ticks, 0) * US_PER_TICK;
}

function all(): { pid: number; parent: number; ticks: number }[] {
  return readdirSync("/proc").flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "latin1");
      const fields = stat
        .slice(stat.lastIndexOf(")") + 2)
        .split(" ")
        .map(Number);
      const { parent, ...times } = FIELD;
      const ticks = Object.values(times).reduce((sum, field) => sum + (fields[field] ?? 0), 0);
      return [{ pid: Number(entry), parent: fields[parent] ?? 0, ticks }];
    } catch {
      // It ended while it was looked at.
      return [];
    }
  });
}
