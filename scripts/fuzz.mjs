// @ts-check
/**
 * `npm run fuzz [-- PROGRAMS [SEED]]`: random programs beside NumPy; by default 50,000, from a random seed. It ends at
 * the first program that is wrong, and prints the smallest one that it finds, with the seed.
 */
import { build, install, native, node, python, script } from "./setup.mjs";

script(() => {
  const [programs = "50000", seed = "random", ...more] = process.argv.slice(2);
  if (!/^[1-9]\d*$/.test(programs) || !/^(random|\d+)$/.test(seed) || more.length > 0)
    throw new Error(`fuzz: got "${process.argv.slice(2).join(" ")}"; expected a number of programs and a seed`);
  install();
  build();
  python({ packages: "test" });
  native();
  const env = { CHUNKWISE_PROGRAMS: programs, CHUNKWISE_SEED: seed };
  return node(["node_modules/vitest/vitest.mjs", "run", "test/fuzz", "--testTimeout=0"], env);
});
