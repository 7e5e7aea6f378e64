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
    // Only what hangs takes this long, whatever else the machine has to do: no test may fail because it was slow.
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
