// @ts-check
/** `npm test [-- vitest arguments]`: everything the tests need, then the tests. */
import { build, install, native, newerNode, node, python, script } from "./setup.mjs";

script(() => {
  install();
  build();
  python({ packages: "test" });
  newerNode();
  native();
  return node(["node_modules/vitest/vitest.mjs", "run", ...process.argv.slice(2)]);
});
