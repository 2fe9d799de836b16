/**
 * lodash: functions on lists, dicts and strings, stock.
 *
 * @module
 */

import type { Library } from "../src/contract/library.ts";

export default {
  name: "lodash",
  aliases: ["_"],
  standsIn: "itertools and collections",
  notes:
    "Stock: groupBy, countBy, orderBy, zip, chunk, get, template and the rest; sortBy is stable, " +
    "as sorted is. What waits for a timer (debounce, throttle, delay, defer) has none here.",
  bundle: {},
  load() {
    return require("lodash") as unknown;
  },
} satisfies Library;
