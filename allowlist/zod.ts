/**
 * zod, the stand-in for pydantic: the stock package with its English messages only.
 *
 * The other languages are more than half of the package.
 *
 * @module
 */

import type { Library } from "../src/contract/library.ts";

interface Zod {
  readonly ZodError: new (...values: never[]) => { readonly issues: readonly unknown[] };
}

let loaded: Zod | undefined;

export default {
  name: "zod",
  aliases: [],
  standsIn: "pydantic",
  notes:
    "z.object({...}).parse(value) throws a ZodError that names each path; safeParse gives " +
    "{success, data or error}: return error.issues, not the result. Nothing is coerced unless " +
    "z.coerce says so, and keys that are not declared are dropped. English only.",
  bundle: {
    alias: { "../locales/index.js": "./shims/util-zod-locales.ts" },
  },
  load() {
    loaded = require("zod") as Zod;
    // Left for other copies of zod to find; ours has them in its own variables by now.
    for (const name of ["__zod_globalConfig", "__zod_globalRegistry"]) {
      Reflect.deleteProperty(globalThis, name);
    }
    return loaded;
  },
  toPlain(value) {
    if (!loaded || !(value instanceof loaded.ZodError)) return undefined;
    return { issues: value.issues };
  },
} satisfies Library;
