/**
 * Where and of what a measurement was made.
 *
 * @module
 */

import { execFileSync } from "node:child_process";
import { cpus, release, totalmem, type } from "node:os";

export function machine() {
  const [first, ...others] = cpus();
  return {
    processor: first?.model ?? "unknown",
    cores: others.length + 1,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()} ${process.arch}`,
    node: process.version,
  };
}

/** The commit, and whether the tree has changes that are in none. */
export function commit(): { readonly id: string; readonly dirty: boolean } {
  return {
    id: git("rev-parse", "HEAD"),
    dirty: git("status", "--porcelain") !== "",
  };
}

function git(...words: string[]): string {
  return execFileSync("git", words, { cwd: import.meta.dirname, encoding: "utf8" }).trim();
}
