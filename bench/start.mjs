// @ts-check
/** From the start of a process to the result of a small array: wall time of whole processes, the best of ten. */
import { spawnSync } from "node:child_process";

const runs = 10;

/** @type {Record<"ours" | "numpy" | "dask", string>} */
const programs = {
  ours: `import { openNpy } from "chunkwise"; console.log((await openNpy(process.argv[1]).mean(0).compute()).get(0));`,
  numpy: "import sys, numpy; print(numpy.load(sys.argv[1]).mean(0)[0])",
  dask: `import sys, numpy, dask.array
print(dask.array.from_array(numpy.load(sys.argv[1])).mean(0).compute()[0])`,
};

/** @param {keyof typeof programs} who @param {string} python @param {string} path */
function once(who, python, path) {
  const program = programs[who];
  const [command, args] =
    who === "ours"
      ? [process.execPath, ["--input-type=module", "-e", program, "--", path]]
      : [python, ["-c", program, path]];
  const start = performance.now();
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8", cwd: new URL("..", import.meta.url) });
  if (status !== 0) throw new Error(`${who}: ${stderr}`);
  return (performance.now() - start) / 1000;
}

/**
 * Seconds of each side, in turns.
 * @param {string | undefined} python @param {string} path a small .npy file
 * @returns {Partial<Record<keyof typeof programs, number>>}
 */
export function timeStart(python, path) {
  /** @type {(keyof typeof programs)[]} */
  const sides = python === undefined ? ["ours"] : ["ours", "numpy", "dask"];
  /** @type {Partial<Record<keyof typeof programs, number>>} */
  const best = {};
  for (let n = 0; n < runs; n++)
    for (const side of sides) best[side] = Math.min(best[side] ?? Infinity, once(side, python ?? "", path));
  return best;
}
