// @ts-check
/** `npm run bench [-- arguments]`: the benchmarks, with Dask, NumPy and Polars to compare with. */
import { build, install, node, python, script } from "./setup.mjs";

script(() => {
  install();
  build();
  return node(["bench/main.mjs", ...process.argv.slice(2)], { CHUNKWISE_PYTHON: python({ packages: "bench" }) });
});
