/** Detects handles that pile up: thousands of files in a process that may open 256. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { npyHeader } from "#src/formats/npy/npy";
import { temporaryFolder } from "../support/folder.js";
import { linux } from "../support/platform.js";

const folder = temporaryFolder();
const root = fileURLToPath(new URL("../..", import.meta.url));

test.runIf(linux)("3,000 .npy files and 300 Parquet files are read by a process that may open 256", async () => {
  const header = npyHeader({ dtype: "float64", shape: [2] });
  for (let i = 0; i < 3000; i++) {
    writeFileSync(join(folder, `${i}.npy`), Buffer.concat([header, new Uint8Array(Float64Array.of(i, 1).buffer)]));
  }
  const text = `
    import { arange, concat, openNpy, openParquet } from "chunkwise";
    const path = (i, ending) => ${JSON.stringify(folder)} + "/" + i + ending;
    const all = concat(Array.from({ length: 3000 }, (_, i) => openNpy(path(i, ".npy"))));
    await arange(4, { dtype: "float64" }).saveParquet(path(0, ".parquet"));
    const parts = Array.from({ length: 300 }, () => openParquet(path(0, ".parquet")));
    const tables = concat(await Promise.all(parts));
    const made = all.rechunk(1500).mapBlocks(({ data }) => data);
    const sums = [all.sum().compute({ workers: 0 }), made.sum().compute({ workers: 2 }), tables.sum().compute()];
    console.log((await Promise.all(sums)).map((sum) => sum.item()).join(" "));`;
  const command = 'ulimit -n 256; exec "$0" --input-type=module --eval "$1"';
  const { stdout } = await promisify(execFile)("sh", ["-c", command, process.execPath, text], { cwd: root });
  const sum = (3000 * 2999) / 2 + 3000;
  expect(stdout).toBe(`${sum} ${sum} 1800\n`);
});
