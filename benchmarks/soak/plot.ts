/**
 * A soak as a picture: time of honest calls above, memory below, over the same seconds.
 *
 * @module
 */

import type { Called } from "./honest.ts";
import type { Sample } from "./watch.ts";

interface Series {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

interface Panel {
  readonly title: string;
  readonly top: number;
  readonly isLog: boolean;
  readonly series: readonly Series[];
}

const SIZE = { width: 960, height: 620, left: 70, right: 20, panel: 220 };
const BIN_COUNT = 120;

/** Returns the picture as SVG; `attackedMs` is when the attacks began. */
export function plotOf(
  calls: readonly Called[],
  samples: readonly Sample[],
  attackedMs: number,
): string {
  const endMs = Math.max(1, ...calls.map(({ atMs }) => atMs), ...samples.map(({ atMs }) => atMs));
  const bins = binned(calls, endMs);
  const memory = (of: (sample: Sample) => number) =>
    samples.map((sample) => [sample.atMs, of(sample)] as const);
  const panels: Panel[] = [
    {
      title: "honest calls, ms (log)",
      top: 50,
      isLog: true,
      series: [
        { name: "slowest", colour: "#d55e00", points: bins.map(([x, , most]) => [x, most]) },
        { name: "median", colour: "#0072b2", points: bins.map(([x, middle]) => [x, middle]) },
      ],
    },
    {
      title: "resident memory, MiB",
      top: 340,
      isLog: false,
      series: [
        { name: "sandboxes", colour: "#d55e00", points: memory((one) => one.sandboxesMiB) },
        { name: "host", colour: "#0072b2", points: memory((one) => one.hostMiB) },
      ],
    },
  ];
  const { width, height } = SIZE;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ` +
      'font-family="sans-serif" font-size="12">',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...panels.map((panel) => drawn(panel, endMs, attackedMs)),
    "</svg>\n",
  ].join("\n");
}

/** The median and the slowest of the calls of each stretch of time. */
function binned(calls: readonly Called[], endMs: number): [x: number, p50: number, max: number][] {
  const bins = new Map<number, number[]>();
  for (const { atMs, ms } of calls) {
    const bin = Math.floor((atMs / endMs) * BIN_COUNT);
    bins.set(bin, [...(bins.get(bin) ?? []), ms]);
  }
  return [...bins].map(([bin, all]) => {
    const sorted = all.toSorted((a, b) => a - b);
    const middle = sorted[Math.floor(sorted.length / 2)] ?? 0;
    return [((bin + 0.5) / BIN_COUNT) * endMs, middle, sorted.at(-1) ?? 0];
  });
}

function drawn({ title, top, isLog, series }: Panel, endMs: number, attackedMs: number): string {
  const values = series.flatMap(({ points }) => points.map(([, y]) => y));
  const scale = (y: number) => (isLog ? Math.log10(Math.max(0.1, y)) : y);
  const low = isLog ? -1 : 0;
  const high = Math.max(
    low + 1,
    isLog ? Math.ceil(scale(Math.max(...values))) : Math.max(...values),
  );
  const bottom = top + SIZE.panel;
  const xOf = (x: number) => SIZE.left + (x / endMs) * (SIZE.width - SIZE.left - SIZE.right);
  const yOf = (y: number) => bottom - ((scale(y) - low) / (high - low)) * SIZE.panel;
  const ticks = isLog
    ? Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i))
    : [0, 0.25, 0.5, 0.75, 1].map((share) => share * high);
  const right = SIZE.width - SIZE.right;
  const begun = xOf(attackedMs);
  return [
    `<text x="${SIZE.left}" y="${top - 14}" font-weight="bold">${title}</text>`,
    `<rect x="${begun.toFixed(1)}" y="${top}" width="${(right - begun).toFixed(1)}" ` +
      `height="${SIZE.panel}" fill="#fff4e8"/>`,
    ...ticks.map((y) => tick(yOf(y), isLog ? `${Number(y.toPrecision(1))}` : y.toFixed(0))),
    ...series.map((one, i) => line(one, xOf, yOf, { x: right - 200 + 100 * i, y: top - 14 })),
    `<text x="${SIZE.left}" y="${bottom + 18}">0 s</text>`,
    `<text x="${begun.toFixed(1)}" y="${bottom + 18}">attacks begin</text>`,
    `<text x="${right}" y="${bottom + 18}" text-anchor="end">${(endMs / 1000).toFixed(0)} s</text>`,
  ].join("\n");
}

function tick(y: number, label: string): string {
  const at = y.toFixed(1);
  return (
    `<line x1="${SIZE.left}" x2="${SIZE.width - SIZE.right}" y1="${at}" y2="${at}" ` +
    `stroke="#ddd"/><text x="${SIZE.left - 8}" y="${at}" dy="4" text-anchor="end">${label}</text>`
  );
}

function line(
  { name, colour, points }: Series,
  xOf: (x: number) => number,
  yOf: (y: number) => number,
  label: { readonly x: number; readonly y: number },
): string {
  const path = points.map(([x, y]) => `${xOf(x).toFixed(1)},${yOf(y).toFixed(1)}`).join(" ");
  return (
    `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="1.5"/>` +
    `<text x="${label.x}" y="${label.y}" fill="${colour}">${name}</text>`
  );
}
