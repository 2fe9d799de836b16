/**
 * How far the pixels of each variant are from Pillow's:
 * `npx node benchmarks/pictures-error.ts` prints a table; it wants Debian's python3-pil and a built
 * `dist/`.
 *
 * @module
 */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { openPicture, pictureFile, PICTURES } from "./pictures.ts";

const folder = mkdtempSync(join(tmpdir(), "bookend-pictures-"));
try {
  for (const [scenario, { variants }] of Object.entries(PICTURES)) {
    const file = await pictureFile(scenario);
    writeFileSync(join(folder, scenario), file);
    for (const variant of variants) {
      await using opened = await openPicture(variant);
      const { buffer, byteOffset, byteLength } = await opened.call(file);
      writeFileSync(
        join(folder, `${scenario} ${variant}`),
        new Uint8Array(buffer, byteOffset, byteLength),
      );
    }
  }
  const script = fileURLToPath(new URL("pictures-error.py", import.meta.url));
  execFileSync("/usr/bin/python3", [script, folder], { stdio: "inherit" });
} finally {
  rmSync(folder, { recursive: true });
}
