/** Detects kernels that are right only on the oldest Node: newer ones have relaxed SIMD, and other compilers. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { newerNode } from "../support/platform.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

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
      ...["fused", "functions", "backend", "gemm"].map((name) => `test/kernels/wasm/${name}`),
      "test/routines/factorizations",
    ];
    const args = ["node_modules/vitest/vitest.mjs", "run", "--reporter=json", ...files, "test/laws/fusion"];
    const env = { ...process.env, NODE_OPTIONS: "" };
    const { stdout } = await run(newerNode!, args, { cwd: root, env, maxBuffer: 2 ** 26 });
    const { numPassedTests, numTotalTests } = JSON.parse(stdout.slice(stdout.indexOf("{")));
    expect(numPassedTests).toBe(numTotalTests);
    expect(numTotalTests).toBeGreaterThan(100);
  },
  1_800_000,
);
