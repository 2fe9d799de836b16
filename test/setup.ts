import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { bundleAll } from "../build/bundle.ts";

/** Builds what the tests run against: the same bundles and the same JavaScript that are shipped. */
export default async function setup(): Promise<void> {
  await bundleAll();
  const typescript = dirname(createRequire(import.meta.url).resolve("typescript/package.json"));
  execFileSync(process.execPath, [join(typescript, "bin/tsc"), "-p", "tsconfig.build.json"], {
    cwd: join(import.meta.dirname, ".."),
    stdio: "inherit",
  });
}
