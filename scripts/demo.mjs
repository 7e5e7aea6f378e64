// @ts-check
/** `npm run demo [-- arguments]`: the first example, on a fresh clone too. */
import { build, install, node, script } from "./setup.mjs";

script(() => {
  install();
  build();
  return node(["examples/column-means.mjs", ...process.argv.slice(2)]);
});
