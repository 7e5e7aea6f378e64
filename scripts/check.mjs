// @ts-check
/** `npm run check`: everything a change must pass. Every part runs even if others fail; the last lines sum up. */
import {
  build,
  install,
  native,
  newerNode,
  node,
  python,
  runTests,
  say,
  script,
  testsPassed,
  zstandard,
} from "./setup.mjs";

const colors = process.stdout.isTTY ? "--colors=force" : "--colors=off";

/** @type {[name: string, run: () => number | void][]} */
const parts = [
  ["build", () => build()],
  ["format and lint", () => node(["node_modules/@biomejs/biome/bin/biome", "ci", "--error-on-warnings", colors])],
  ["C++", () => node(["scripts/lint-native.mjs"])],
  ["types", () => node(["node_modules/typescript/bin/tsc", "--noEmit"])],
  ["imports", () => node(["node_modules/dependency-cruiser/bin/dependency-cruise.mjs", "src"])],
  ["import table", () => node(["scripts/import-table.mjs"])],
  ["line length", () => node(["scripts/lines.mjs"])],
  ["unused code", () => node(["node_modules/knip/bin/knip.js"])],
  ["Python", () => void python({ packages: "test" })],
  ["Zstandard", () => zstandard()],
  ["newer Node", () => newerNode()],
  ["native library", () => native()],
  ["tests", tests],
  ["API documentation", () => node(["node_modules/typedoc/bin/typedoc"])],
];

/** Tests take minutes, so they do not run again if `npm test` has just passed on the same files. */
function tests() {
  if (!testsPassed()) return runTests();
  say("all tests have passed on these very files and do not run again");
  return 0;
}

script(() => {
  install();
  const failed = parts.filter(([name, run]) => !passes(name, run)).map(([name]) => name);
  say(failed.length === 0 ? `all ${parts.length} checks passed` : `failed: ${failed.join(", ")}`);
  return failed.length === 0 ? 0 : 1;
});

/** @param {string} name @param {() => number | void} run */
function passes(name, run) {
  say(`check: ${name}`);
  try {
    return (run() ?? 0) === 0;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return false;
  }
}
