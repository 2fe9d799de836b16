/**
 * Libraries, in lines for a terminal: what there is, and what came of adding one.
 *
 * @module
 */

import type { LibraryEntry } from "../contract/library.ts";
import type { Added, LibraryRefused } from "../library/add.ts";
import { safe, styled } from "./terminal.ts";

const WIDTH = 100;
const INDENT = "    ";
/** More names than these tell a reader nothing. */
const EXPORTS_SHOWN_MAX = 12;

const HEAD = ["name", "stands in for", "version", "licence", "size", "evaluated", "woken", "heap"];
/** Columns of numbers stand at the right. */
const NUMBERS_FROM = 4;

/**
 * Returns the table: a row for each library, and below it what else it is called and how it differs
 * from what it stands in for.
 */
export function tableOf(entries: readonly LibraryEntry[]): string {
  if (entries.length === 0) return "There is no library that hooks may use.";
  const rows = entries.map(cellsOf);
  const widths = HEAD.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => (row[i] ?? "").length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) =>
        i < NUMBERS_FROM ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0),
      )
      .join("  ")
      .trimEnd();
  const lines = entries.flatMap((entry, i) => [
    styled("bold", line(rows[i] ?? [])),
    ...(entry.aliases.length > 0 ? wrapped(`also ${entry.aliases.join(", ")}`) : []),
    ...wrapped(entry.notes).map((one) => styled("dim", one)),
  ]);
  return [styled("underline", line(HEAD)), ...lines].join("\n");
}

function cellsOf(entry: LibraryEntry): string[] {
  const { name, standsIn, version, licence, bytes, load } = entry;
  const woken = load.wakeMs === null ? "never" : `${load.wakeMs.toFixed(1)} ms`;
  const cost = [`${load.evaluateMs.toFixed(1)} ms`, woken, `${load.heapMiB.toFixed(1)} MiB`];
  return [
    name,
    safe(standsIn),
    safe(version),
    safe(licence),
    `${Math.ceil(bytes / 1024)} KiB`,
    ...cost,
  ];
}

/** Returns what was added, what it costs, and what of it will not work. */
export function addedLines({ entry, trial, made, lacks }: Added, folder: string): string[] {
  const { name, version, licence, bytes, packages, load } = entry;
  const size = `${Math.ceil(bytes / 1024)} KiB`;
  const woken =
    load.wakeMs === null
      ? "V8 makes no start-up snapshot with it, so each isolate evaluates it"
      : `awake from a snapshot in ${load.wakeMs} ms`;
  const count = Object.keys(packages).length;
  return [
    `${styled("bold", `${name} ${safe(version)}`)} (${safe(licence)}), ${size}, is in ${folder}`,
    `  evaluated in ${load.evaluateMs} ms, ${woken}, heap ${load.heapMiB} MiB`,
    `  gives ${shown(trial.type, trial.exports)}`,
    `  holds ${count === 1 ? "one package" : `${count} packages`}; their licences are beside it`,
    ...made.unlicensed.map((one) => `  ${styled("red", "!")} ${one} ships no text of its licence`),
    ...lackLines(lacks).map((line) => `  ${line}`),
    "",
    `createRuntime({ allowlist: { folder: ${JSON.stringify(folder)} } }) lets hooks ` +
      `require(${JSON.stringify(name)}).`,
  ];
}

/** Returns why a library was not added. */
export function refusedLines({ message, lacks }: LibraryRefused): string[] {
  return [safe(message), ...lackLines(lacks)];
}

function lackLines(lacks: readonly string[]): string[] {
  const lines = lacks.map((one) => `  ${safe(one)}`);
  return lines.length === 0 ? [] : ["fails where it uses", ...lines];
}

function shown(type: string, names: readonly string[]): string {
  if (type !== "object") return `a ${type}`;
  if (names.length === 0) return "an object without names";
  const more = names.length - EXPORTS_SHOWN_MAX;
  const listed = safe(names.slice(0, EXPORTS_SHOWN_MAX).join(", "));
  return `${listed}${more > 0 ? ` and ${more} more` : ""}`;
}

function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of safe(text).split(/\s+/)) {
    if (line !== "" && line.length + word.length >= WIDTH - INDENT.length) {
      lines.push(line);
      line = word;
    } else line += line === "" ? word : ` ${word}`;
  }
  return [...lines, line].filter((one) => one !== "").map((one) => INDENT + one);
}
