// @ts-check
/** `npm test [-- vitest arguments]`: everything the tests need, then the tests. */
import { build, install, native, newerNode, python, runTests, script, zstandard } from "./setup.mjs";

script(() => {
  install();
  build();
  python({ packages: "test" });
  zstandard();
  newerNode();
  native();
  return runTests(process.argv.slice(2));
});
