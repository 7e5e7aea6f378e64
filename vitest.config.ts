import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "scripts/vitest-setup.mjs",
    setupFiles: "test/support/seed.ts",
    // The tests drive the built package just as a user's Node does: Vitest must not transform it.
    server: { deps: { external: [/\/dist\//] } },
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
  },
});
