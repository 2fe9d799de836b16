import { defineConfig } from "vitest/config";
export default defineConfig({
  root: "/work/main",
  test: {
    include: ["test/wire/*.test.ts", "test/contract/tensor.test.ts"],
    maxWorkers: 2,
    testTimeout: 30000,
  },
});
