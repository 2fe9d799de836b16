/**
 * dayjs, the stand-in for `datetime`: the stock package with its plugins for UTC and for formats.
 *
 * @module
 */

import type { Library } from "../src/contract/library.ts";

interface Dayjs {
  isValid(): boolean;
  toISOString(): string;
}

interface Package {
  (...values: unknown[]): Dayjs;
  readonly extend: (plugin: unknown) => void;
}

let loaded: Package | undefined;

export default {
  name: "dayjs",
  aliases: [],
  standsIn: "datetime",
  notes:
    "With the plugins utc and customParseFormat. dayjs() reads and shows the local time of the " +
    "machine, so use dayjs.utc(). Months count from 0, formats are YYYY-MM-DD HH:mm:ss and not " +
    "%Y-%m-%d, and a date that is returned becomes its ISO string in UTC, to the millisecond.",
  bundle: {},
  load() {
    const dayjs = require("dayjs") as Package;
    dayjs.extend(require("dayjs/plugin/utc"));
    dayjs.extend(require("dayjs/plugin/customParseFormat"));
    loaded = dayjs;
    return dayjs;
  },
  toPlain(value) {
    if (!loaded || !(value instanceof loaded)) return undefined;
    const date = value as Dayjs;
    if (date.isValid()) return date.toISOString();
    throw new RangeError("dayjs holds no date: it was made of text or numbers that are none");
  },
} satisfies Library;
