import { readdirSync, readFileSync } from "node:fs";

interface Found {
  readonly pid: number;
  readonly parent: number;
}

/** Returns the sandboxes that run on this machine, with their parents. */
function allSandboxes(): Found[] {
  const found: Found[] = [];
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const status = readFileSync(`/proc/${entry}/status`, "utf8");
      const command = readFileSync(`/proc/${entry}/cmdline`, "utf8");
      if (!command.includes("sandbox.js")) continue;
      found.push({ pid: Number(entry), parent: Number(/\nPPid:\s+(\d+)/.exec(status)?.[1]) });
    } catch {
      // It ended while it was looked at.
    }
  }
  return found;
}

/** Returns the process ids of this process's sandboxes. */
export function sandboxes(of = process.pid): number[] {
  return allSandboxes().flatMap(({ pid, parent }) => (parent === of ? [pid] : []));
}

/** Returns the process ids of sandboxes whose host is gone. */
export function orphans(): number[] {
  return allSandboxes().flatMap(({ pid, parent }) => (parent === 1 ? [pid] : []));
}

/** Waits until `holds`, for five seconds at most unless it is said how many. */
export async function until(holds: () => boolean, seconds = 5): Promise<boolean> {
  for (let i = 0; i < 100 * seconds; i++) {
    if (holds()) return true;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return false;
}
