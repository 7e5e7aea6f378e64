// @ts-check
/**
 * `node scripts/totals.mjs REPORT`: the totals of a Vitest report in JSON as one line. Fails if a test failed or none
 * ran, and in CI if one was skipped: what a test needs is installed there, and a test that does not run says nothing.
 * Only a platform on which less can be tested (`test/support/platform.ts`) may skip.
 */
import { readFileSync } from "node:fs";

/** @type {import("vitest/node").JsonTestResults} */
const report = JSON.parse(readFileSync(String(process.argv[2]), "utf8"));
// A file that cannot be loaded has no tests, yet it failed.
const broken = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
const passed = report.numPassedTests;
const failed = report.numFailedTests + broken.length;
const skipped = report.testResults.flatMap(({ assertionResults }) =>
  assertionResults.filter(({ status }) => status !== "passed" && status !== "failed"),
);
const everythingRuns = process.platform === "linux" && process.arch === "x64";
const refused = process.env.CI === "true" && everythingRuns && skipped.length > 0;
if (refused) for (const { fullName } of skipped) console.log(`skipped, which CI does not allow: ${fullName}`);
console.log(`${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ""}`);
process.exitCode = passed > 0 && failed === 0 && report.success && !refused ? 0 : 1;
