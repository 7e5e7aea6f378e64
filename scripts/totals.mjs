// @ts-check
/** `node scripts/totals.mjs REPORT`: the totals of a Vitest JSON report as one line; fails if a test did, or none ran. */
import { readFileSync } from "node:fs";

/** @type {import("vitest/node").JsonTestResults} */
const report = JSON.parse(readFileSync(String(process.argv[2]), "utf8"));
// A file that cannot be loaded has no tests, yet it failed.
const broken = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
const passed = report.numPassedTests;
const failed = report.numFailedTests + broken.length;
const skipped = report.numPendingTests + report.numTodoTests;
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = passed > 0 && failed === 0 && report.success ? 0 : 1;
