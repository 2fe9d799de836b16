/**
 * papaparse, the stand-in for Python's `csv`: the stock package on text and on bytes.
 *
 * Stock, it takes bytes for a file of a browser, and reaches for workers, downloads and timers:
 * here bytes are decoded, and what an isolate cannot do is refused by name.
 *
 * @module
 */

import type { Library, LibraryWorld } from "../src/contract/library.ts";
import { textFrom } from "./shims/util-text.ts";

type Config = { readonly [option: string]: unknown };

interface Papa {
  parse(text: string, config?: Config): unknown;
  unparse(data: unknown, config?: Config): string;
  [name: string]: unknown;
}

/** Options that need a browser, and what to do without. */
const NOT_HERE: Readonly<Record<string, string>> = {
  worker: "a hook has one thread",
  download: "there is no network here; give the text or the bytes",
};

export default {
  name: "papaparse",
  aliases: ["csv"],
  standsIn: "csv",
  notes:
    "Papa.parse(text or bytes, options) gives {data, errors, meta}: rows are lists, or dicts " +
    "with header: true, and a fault in the text is an entry of errors, not an exception. Fields " +
    "are strings unless dynamicTyping is true. Bytes are utf-8, or latin1 with encoding: " +
    "'latin1'. Papa.unparse(rows) ends lines with CR LF, as csv.writer does, but not the last.",
  bundle: { alias: { stream: "./shims/empty.ts" } },
  load(world) {
    const stock = require("papaparse") as Papa;
    return { ...stock, parse: parser(stock), unparse: writer(stock, world) };
  },
} satisfies Library;

function parser({ parse }: Papa): (value: unknown, config?: Config) => unknown {
  return (value, config = {}) => {
    for (const [option, why] of Object.entries(NOT_HERE)) {
      if (config[option]) throw new TypeError(`Papa.parse has no ${option}: ${why}`);
    }
    return parse(textFrom(value, "Papa.parse", config.encoding), config);
  };
}

/** Stock, it writes the fields of a dict: what is a tensor of another library is written as one. */
function writer({ unparse }: Papa, { Tensor, tensorOf }: LibraryWorld): Papa["unparse"] {
  return (data, config) => {
    const tensor = typeof data === "object" && data !== null ? tensorOf(data) : undefined;
    return unparse((Tensor.is(data) ? data : tensor)?.tolist() ?? data, config);
  };
}
