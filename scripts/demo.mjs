// @ts-check
/** `npm run demo [-- arguments]`: the first example, on a fresh clone too; with our addon if it compiles. */
import { build, install, kernels, node, script } from "./setup.mjs";

script(() => {
  install();
  build();
  kernels();
  return node(["examples/column-means.mjs", ...process.argv.slice(2)]);
});
