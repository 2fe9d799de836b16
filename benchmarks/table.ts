/**
 * Rounds as a table: medians, and beside each the ratio to the baseline.
 *
 * @module
 */

import { median } from "./measure.ts";

/** What one process measured. */
export interface Round {
  readonly round: number;
  readonly scenario: string;
  readonly variant: string;
  readonly numbers: Readonly<Record<string, number>>;
}

type Column = { readonly says: string; readonly digits: number };

/** How each number is called, and how many digits of it say something. */
const COLUMNS: Readonly<Record<string, Column>> = {
  p50Us: { says: "p50 µs", digits: 0 },
  p99Us: { says: "p99 µs", digits: 0 },
  perSecond1: { says: "calls/s, 1", digits: 0 },
  perSecond64: { says: "calls/s, 64", digits: 0 },
  ...ofServers([1, 16, 64, 256]),
  p50Ms: { says: "p50 ms", digits: 2 },
  p99Ms: { says: "p99 ms", digits: 1 },
  nsEach: { says: "ns a number", digits: 2 },
  checkNs: { says: "p50 ns", digits: 0 },
  maxMs: { says: "max ms", digits: 1 },
};

const COLUMNS_MAX = 6;

/** Returns the lines of one scenario. Without rounds of `baseline` there are no ratios. */
export function tableOf(says: string, rounds: readonly Round[], baseline: string): string {
  const names = Object.keys(rounds[0]?.numbers ?? {});
  const variants = [...new Set(rounds.map(({ variant }) => variant))].sort(
    (a, b) => Number(b === baseline) - Number(a === baseline) || a.localeCompare(b),
  );
  // Many numbers stand better below each other.
  const isTall = names.length > COLUMNS_MAX;
  const [down, across] = isTall ? [names, variants] : [variants, names];
  const rows = down.map((one) => {
    const cells = across.map((other) => {
      const [name, variant] = isTall ? [one, other] : [other, one];
      return cellOf(name, variant, rounds, baseline).padStart(20);
    });
    return `  ${wordsFor(one).padEnd(16)}${cells.join("")}`;
  });
  const head = across.map((one) => wordsFor(one).padStart(20)).join("");
  return [says, `  ${"".padEnd(16)}${head}`, ...rows].join("\n");
}

/** The words for a number; the name of a variant stands for itself. */
function wordsFor(name: string): string {
  return COLUMNS[name]?.says ?? name;
}

function cellOf(name: string, variant: string, rounds: readonly Round[], baseline: string): string {
  const own = rounds.filter((round) => round.variant === variant);
  const middle = median(own.map(({ numbers }) => numbers[name] ?? Number.NaN));
  const shown = middle.toLocaleString("en-US", {
    maximumFractionDigits: COLUMNS[name]?.digits ?? 2,
  });
  const ratios = own.flatMap(({ round, numbers }) => {
    const other = rounds.find((one) => one.round === round && one.variant === baseline);
    return other ? [(numbers[name] ?? Number.NaN) / (other.numbers[name] ?? Number.NaN)] : [];
  });
  return ratios.length === 0 ? shown : `${shown} (${median(ratios).toFixed(2)}×)`;
}

/** Of a server each is there for so many requests at once. */
function ofServers(concurrencies: readonly number[]): Record<string, Column> {
  const column = (says: string, digits = 0) => ({ says, digits });
  const entries = concurrencies.flatMap((at) => [
    [`p50Us${at}`, column(`p50 µs, ${at}`)] as const,
    [`p99Us${at}`, column(`p99 µs, ${at}`)] as const,
    [`perSecond${at}`, column(`calls/s, ${at}`)] as const,
    [`cpuUs${at}`, column(`cpu µs, ${at}`, 1)] as const,
  ]);
  return Object.fromEntries(entries);
}
