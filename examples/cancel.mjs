// @ts-check
/**
 * Ending a computation early: an AbortSignal at any moment, for results and files alike. A file appears under its name
 * only when it is complete, so nothing half-written stays.
 *
 *     node examples/cancel.mjs
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { random } from "chunkwise";

const folder = mkdtempSync(join(tmpdir(), "chunkwise-cancel-"));
const huge = random.normal([1_000_000, 1000], { seed: 1 }); // 8 GB that nobody will see

try {
  // After a time …
  const late = AbortSignal.timeout(200);
  const failed = await huge
    .mean(0)
    .compute({ signal: late })
    .catch((error) => error.name);
  console.log("mean ended by:", failed);

  // … or when the program says so, here at the first sign of progress. The promise rejects with the reason.
  const stop = new AbortController();
  const onProgress = () => stop.abort(new Error("seen enough"));
  const reason = await huge.saveNpy(join(folder, "huge.npy"), { signal: stop.signal, onProgress }).catch(String);
  console.log("saveNpy ended by:", reason);
  console.log("files left behind:", readdirSync(folder).length);
} finally {
  rmSync(folder, { recursive: true });
}
