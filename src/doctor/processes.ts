/**
 * What the processes below this one hold and do: read from `/proc`, and so known on Linux only.
 *
 * Nothing is started to find it out, and no process is asked.
 *
 * @module
 */

import { readdirSync, readFileSync } from "node:fs";

/** This process and those below it, at one moment. */
export interface Tree {
  /** The processes below this one, zombies too. */
  readonly processes: number;
  readonly zombies: number;
  /** Open descriptors of this process. */
  readonly descriptors: number;
  /** Processor time that those below have used which are alive. */
  readonly cpuMs: number;
  /** Memory that is each one's own, of those below this one. */
  readonly ownBytes: number;
}

const PAGE_BYTES = 4_096;

/** Returns what there is now, or nothing where there is no `/proc` to look at. */
export function treeNow(): Tree | undefined {
  const descriptors = listed("/proc/self/fd").length;
  if (descriptors === 0) return undefined;
  const pids = below(String(process.pid));
  let [cpuMs, ownBytes, zombies] = [0, 0, 0];
  for (const pid of pids) {
    cpuMs += cpuMsOf(pid);
    const [, resident = "0", shared = "0"] = read(`/proc/${pid}/statm`).split(" ");
    ownBytes += (Number(resident) - Number(shared)) * PAGE_BYTES;
    if (/\) Z /.test(read(`/proc/${pid}/stat`))) zombies += 1;
  }
  return { processes: pids.length, zombies, descriptors, cpuMs, ownBytes };
}

/**
 * Returns whether each process at the end of a branch below this one, which is where hooks run, has
 * a filter on its system calls; nothing where there is none to look at.
 */
export function areFiltered(): boolean | undefined {
  const pids = below(String(process.pid)).filter((pid) => below(pid).length === 0);
  const modes = pids.map((pid) => /^Seccomp:\s+(\d)/m.exec(read(`/proc/${pid}/status`))?.[1]);
  const known = modes.filter((mode) => mode !== undefined);
  return known.length === 0 ? undefined : known.every((mode) => mode === "2");
}

/** Returns how long this thread has waited for a processor; 0 where nobody can tell. */
export function waitedMs(): number {
  return Number(read("/proc/thread-self/schedstat").split(" ")[1] ?? 0) / 1e6;
}

/** The processes below `pid`: each thread has a list of those that it started. */
function below(pid: string): string[] {
  const own = listed(`/proc/${pid}/task`).flatMap((thread) =>
    read(`/proc/${pid}/task/${thread}/children`).split(" ").filter(Boolean),
  );
  return own.flatMap((child) => [child, ...below(child)]);
}

/** The first number of `schedstat` is the time on a processor, in nanoseconds. */
function cpuMsOf(pid: string): number {
  const threads = listed(`/proc/${pid}/task`).map((thread) =>
    Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(" ")[0]),
  );
  return threads.reduce((sum, ns) => sum + (ns || 0), 0) / 1e6;
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Processes end while they are looked at: then there is nothing. */
function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
