import { defineConfig } from "vitest/config";

/**
 * Tests that need a process of their own; all others share two, where compiled code, kernels, and Python with its
 * libraries are there for the next file. What shares a process counts from what it finds, and cleans up.
 */
const alone = [
  // measure the memory or the work of the whole process
  "test/api/leaks.test.ts",
  "test/damage/*.test.ts",
  "test/formats/{csv,zarr}/damage.test.ts",
  "test/laws/backends.test.ts",
  "test/ops/linalg/complex.test.ts",
  "test/run/many-chunks.test.ts",
  "test/scheduler/scale.test.ts",
  // load the native library, whose threads a process chooses once
  "test/api/large-results.test.ts",
  "test/ops/linalg/linalg.test.ts",
  "test/run/backend-choice.test.ts",
  "test/kernels/tensorflow/*.test.ts",
  // measure programs, whose peak of memory begins with that of the process that starts them
  "test/api/{good-neighbour,resident-memory}.test.ts",
  // start many programs, which takes a large process longer
  "test/api/unwritable.test.ts",
  "test/cli/*.test.ts",
  "test/native/install.test.ts",
  // hold a whole program of the compiler, or wait for a run of Vitest
  "test/api/types.test.ts",
  "test/kernels/newer-node.test.ts",
];

/** When functions are compiled by the optimizing compiler, in the words of each engine: fifteen times as late. */
const late =
  Number.parseInt(process.versions.node, 10) < 22
    ? "--interrupt-budget=1000000"
    : "--invocation-count-for-turbofan=45000";

/**
 * Engine flags of the processes. The optimizing compiler takes a third of their time, and code that runs for a few
 * seconds does not pay for it. Collectors of garbage on threads beside take a seventh more processor time than one
 * alone.
 */
const execArgv = [late, "--single-threaded-gc"];

/**
 * Where many files share a process, new objects have twice the usual room from the beginning: a seventh of the time
 * went into collecting them. A process whose memory is measured keeps the usual room.
 */
const roomy = ["--min-semi-space-size=32", "--max-semi-space-size=32"];

export default defineConfig({
  test: {
    globalSetup: "scripts/vitest-setup.mjs",
    setupFiles: "test/support/seed.ts",
    // The tests drive the built package just as a user's Node does: Vitest must not transform it.
    server: { deps: { external: [/\/dist\//] } },
    pool: "forks",
    maxWorkers: 2,
    execArgv,
    // Only what hangs takes this long, whatever else the machine has to do: no test may fail because it was slow.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    projects: [
      {
        extends: true,
        test: {
          name: "sharing",
          isolate: false,
          include: ["test/**/*.test.ts"],
          exclude: alone,
          execArgv: roomy,
        },
      },
      { extends: true, test: { name: "alone", include: alone } },
    ],
  },
});
