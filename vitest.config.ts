import { defineConfig } from "vitest/config";

/**
 * Folders whose tests share two processes: code that is compiled, kernels, and Python with its libraries are there
 * for the next file. The tests of other folders count open files, threads or memory, change the environment, or end
 * workers; each of their files has a process of its own.
 */
const sharing =
  "assembler|conformance|data|diagnostics|expr|formats|graph|kernels|laws|ops|optimize|program|routines|storage";
/**
 * Files of those folders that need a process of their own all the same: they measure memory, or configure TensorFlow,
 * which a process does once.
 */
const alone = [
  "test/formats/{csv,zarr}/damage.test.ts",
  "test/kernels/newer-node.test.ts",
  "test/kernels/tensorflow/*.test.ts",
  "test/laws/backends.test.ts",
  "test/ops/linalg/complex.test.ts",
];

export default defineConfig({
  test: {
    globalSetup: "scripts/vitest-setup.mjs",
    setupFiles: "test/support/seed.ts",
    // The tests drive the built package just as a user's Node does: Vitest must not transform it.
    server: { deps: { external: [/\/dist\//] } },
    pool: "forks",
    maxWorkers: 2,
    // Only what hangs takes this long, whatever else the machine has to do: no test may fail because it was slow.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    projects: [
      {
        extends: true,
        test: {
          name: "sharing",
          isolate: false,
          // Garbage collectors on threads beside take a seventh more processor time than one alone.
          execArgv: ["--single-threaded-gc"],
          include: [`test/(${sharing})/**/*.test.ts`],
          exclude: alone,
        },
      },
      {
        extends: true,
        test: { name: "alone", include: [...alone, `test/!(${sharing})/**/*.test.ts`] },
      },
    ],
  },
});
