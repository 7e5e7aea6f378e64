// @ts-check
/**
 * Least squares on a file that is larger than the memory it may use: QR in blocks of rows, then a small triangular
 * system.
 *
 *     node examples/least-squares.mjs [--rows 1000000] [--memory 16MB]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fromArray, linalg, openNpy, random } from "chunkwise";

const { values } = parseArgs({
  options: { rows: { type: "string", default: "1000000" }, memory: { type: "string", default: "16MB" } },
});
const rows = Number(values.rows);
const folder = mkdtempSync(join(tmpdir(), "chunkwise-squares-"));

try {
  // What was measured: four quantities for each row, and what depends on them, with noise.
  const truth = [3, -1, 0.5, 2];
  const measured = random.normal([rows, 4], { seed: 1, chunks: [10_000, 4] });
  const noise = random.normal([rows], { seed: 2, scale: 0.1, chunks: 10_000 });
  await measured.saveNpy(join(folder, "x.npy"));
  await measured.matmul(fromArray(truth)).add(noise).saveNpy(join(folder, "y.npy"));

  const x = openNpy(join(folder, "x.npy"), { chunks: [10_000, -1] });
  const y = openNpy(join(folder, "y.npy"), { chunks: 10_000 });
  const found = await linalg.lstsq(x, y).compute({ memoryLimit: values.memory });
  console.log("truth:", truth.join(" "));
  console.log("found:", Array.from(/** @type {Float64Array} */ (found.data), (value) => value.toFixed(2)).join(" "));
} finally {
  rmSync(folder, { recursive: true });
}
