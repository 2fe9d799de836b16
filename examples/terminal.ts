/**
 * How the examples print: lines of at most 92 columns, colour only where a person looks.
 *
 * @module
 */

import type { Receipt } from "../src/index.ts";

const COLUMNS_MAX = 92;

const WIDTHS = [9, 7, 7, 8, 8, 9, 10, 9, 10];

const STYLES = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39] } as const;

/** Prints one line. Text that is styled must fit into it already. */
export function say(line = ""): void {
  process.stdout.write(`${line}\n`);
}

export function styled(style: keyof typeof STYLES, text: string): string {
  const [on, off] = STYLES[style];
  return process.stdout.isTTY ? `\x1b[${on}m${text}\x1b[${off}m` : text;
}

/** Returns the text as lines that begin with `indent`, broken between words. */
export function wrapped(text: string, indent: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (indent.length + longer.length > COLUMNS_MAX && line !== "") {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line].map((one) => indent + one).join("\n");
}

/** What stands over the lines that {@link receiptLine} gives. */
export const RECEIPT_HEAD = receiptRow("call", [
  "total ms",
  "queue",
  "load",
  "hook",
  "cpu",
  "isolate",
  "bytes in",
  "out",
  "heap MiB",
]);

/** Returns what a call cost, as one line. */
export function receiptLine(call: string, receipt: Receipt): string {
  const { totalMs, queueMs, loadMs, wallMs, cpuMs } = receipt;
  return receiptRow(call, [
    ...[totalMs, queueMs, loadMs, wallMs, cpuMs].map((ms) => ms.toFixed(1)),
    receipt.warm ? "warm" : "cold",
    count(receipt.bytesIn),
    count(receipt.bytesOut),
    (receipt.heapBytes / 2 ** 20).toFixed(1),
  ]);
}

/** Returns a number as people write it: `865,898`. */
export function count(number: number): string {
  return number.toLocaleString("en-US");
}

function receiptRow(call: string, cells: readonly string[]): string {
  const padded = cells.map((cell, i) => cell.padStart(WIDTHS[i] ?? 0));
  return `  ${call.padEnd(12)}${padded.join("")}`;
}
