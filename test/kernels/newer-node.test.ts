/**
 * Detects kernels that are right only on the oldest Node: newer ones have relaxed SIMD, and another compiler of
 * WebAssembly. The other backends do not run again: they are JavaScript without anything new in it, or the loops of
 * WebAssembly beside a native library that is the same for every Node. Functions are judged on both in their own file,
 * where the judge computes the truth once.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { newerNode } from "../support/platform.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

/** The names of tests of other backends than WebAssembly. */
const elsewhere = "on the backend (javascript|reference|tensorflow)\\b";

interface Report {
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

test.runIf(newerNode !== undefined)(
  "the tests of kernels and of fusion pass on a newer Node",
  async () => {
    const { stdout: relaxed } = await run(
      newerNode!,
      ["--input-type=module", "-e", 'import { relaxedSimd } from "#src/kernels/wasm/kernel"; console.log(relaxedSimd)'],
      { cwd: root },
    );
    expect(relaxed.trim()).toBe("true");
    const files = [
      ...["fused", "backend", "gemm"].map((name) => `test/kernels/wasm/${name}`),
      "test/routines/factorizations",
    ];
    const which = [...files, "test/laws/fusion", "-t", `^(?!.*${elsewhere})`];
    const args = ["node_modules/vitest/vitest.mjs", "run", "--reporter=json", ...which];
    const env = { ...process.env, NODE_OPTIONS: "" };
    const { stdout } = await run(newerNode!, args, { cwd: root, env, maxBuffer: 2 ** 26 });
    const { numFailedTests, testResults }: Report = JSON.parse(stdout.slice(stdout.indexOf("{")));
    expect(numFailedTests).toBe(0);
    expect(testResults.map(({ status }) => status)).toEqual(testResults.map(() => "passed"));
    expect(testResults).toHaveLength(5);
    const chosen = testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .filter(({ fullName }) => !new RegExp(elsewhere).test(fullName));
    expect(chosen.filter(({ status }) => status !== "passed")).toEqual([]);
    expect(chosen.length).toBeGreaterThan(100);
  },
  1_800_000,
);
