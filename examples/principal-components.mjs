// @ts-check
/**
 * Principal components of a matrix that is larger than the memory it may use: a random sketch goes through the file a
 * few times, and only thin matrices are ever in memory.
 *
 *     node examples/principal-components.mjs [--rows 20000] [--columns 200] [--memory 16MB]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fromArray, linalg, openNpy, random } from "chunkwise";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "20000" },
    columns: { type: "string", default: "200" },
    memory: { type: "string", default: "16MB" },
  },
});
const [rows, columns] = [Number(values.rows), Number(values.columns)];
const folder = mkdtempSync(join(tmpdir(), "chunkwise-components-"));
const file = join(folder, "samples.npy");

try {
  // Samples that vary along three directions, by 9, 4 and 1, with a little noise and a mean that is not 0.
  const directions = linalg.qr(random.normal([columns, 3], { seed: 1 })).q;
  const along = random.normal([rows, 3], { seed: 2, chunks: [1000, 3] }).multiply(fromArray([9, 4, 1]));
  const noise = random.normal([rows, columns], { seed: 3, scale: 0.01, chunks: [1000, -1] });
  await along.matmul(directions.T).add(noise).add(100).saveNpy(file);

  const samples = openNpy(file, { chunks: [1000, -1] });
  const centred = samples.subtract(samples.mean(0));
  const { s, vh } = linalg.svdCompressed(centred, 3, { powerIterations: 1, seed: 4 });
  const options = { memoryLimit: values.memory };
  const deviations = await s.divide(Math.sqrt(rows)).compute(options);
  const match = await vh.matmul(directions).abs().diagonal().compute(options);
  console.log(
    "deviations:",
    Array.from(/** @type {Float64Array} */ (deviations.data), (value) => value.toFixed(1)).join(" "),
  );
  console.log(
    "directions found:",
    Array.from(/** @type {Float64Array} */ (match.data), (value) => value.toFixed(2)).join(" "),
  );
} finally {
  rmSync(folder, { recursive: true });
}
