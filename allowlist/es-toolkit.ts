/**
 * es-toolkit: functions on lists, dicts and strings, stock.
 *
 * @module
 */

import type { Library } from "../src/contract/library.ts";

export default {
  name: "es-toolkit",
  aliases: [],
  standsIn: "itertools",
  notes:
    "chunk, groupBy, zip, uniq, sortBy, sum, mean and their like, stock. What waits for a timer " +
    "(delay, timeout, debounce, throttle) has none here.",
  bundle: {},
  load() {
    return require("es-toolkit") as unknown;
  },
} satisfies Library;
