import { readdirSync, readFileSync } from "node:fs";

/** Returns the process ids of this process's children, and theirs, that run a sandbox. */
export function sandboxes(of = process.pid): number[] {
  const found: number[] = [];
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const parent = Number(
        /\nPPid:\s+(\d+)/.exec(readFileSync(`/proc/${entry}/status`, "utf8"))?.[1],
      );
      const command = readFileSync(`/proc/${entry}/cmdline`, "utf8");
      if (parent === of && command.includes("sandbox.js")) found.push(Number(entry));
    } catch {
      // It ended while it was looked at.
    }
  }
  return found;
}

/** Waits until `holds`, for five seconds at most. */
export async function until(holds: () => boolean): Promise<boolean> {
  for (let i = 0; i < 500; i++) {
    if (holds()) return true;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return false;
}
