import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/setup.ts"],
    // Each test file starts real processes; two files at a time is what two processors can bear.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // What comes about by itself takes longer than a second on a machine that is full.
    expect: { poll: { timeout: 15_000 } },
  },
});
