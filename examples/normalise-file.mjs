// @ts-check
/**
 * From file to file: each column of IN.npy with mean 0 and standard deviation 1, written to OUT.npy. Neither has to fit
 * into memory. Without arguments it normalises random numbers in a temporary folder.
 *
 *     node examples/normalise-file.mjs [IN.npy OUT.npy]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compute, openNpy, progressBar, random } from "chunkwise";

const folder = mkdtempSync(join(tmpdir(), "chunkwise-normalise-"));
const [source = join(folder, "in.npy"), target = join(folder, "out.npy")] = process.argv.slice(2);

try {
  if (process.argv.length < 4) await random.normal([20_000, 8], { seed: 1, loc: 170, scale: 10 }).saveNpy(source);

  // Mean and standard deviation share one pass over the file; the second pass writes.
  const x = openNpy(source);
  const normalised = x.subtract(x.mean(0)).divide(x.std(0));
  await normalised.saveNpy(target, { memoryLimit: "256MB", onProgress: progressBar(process.stderr) });

  const y = openNpy(target);
  const [means, deviations] = await compute([y.mean(0).abs().max(), y.std(0).subtract(1).abs().max()]);
  console.log(`${x} normalised`);
  console.log("largest |mean|:", Number(means?.item()).toExponential(1));
  console.log("largest |standard deviation − 1|:", Number(deviations?.item()).toExponential(1));
} finally {
  rmSync(folder, { recursive: true });
}
