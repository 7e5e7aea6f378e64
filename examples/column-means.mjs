// @ts-check
/**
 * Column means of a file that is larger than the memory it may use: `npm run demo [-- options]`.
 *
 * Writes a .npy file whose means are known, reads it back under the memory limit, and compares. The element in row i
 * and column j is 1024·i + j, so the mean of column j is 512·(rows − 1) + j. All sums are whole numbers below 2^53:
 * float64 holds them exactly.
 *
 *   --size 2GB       size of the file; at most half of what is free on the disk
 *   --memory 256MB   memory limit; at most a quarter of the size unless given
 *   --workers N      worker threads; default: one for each physical core
 *   --file PATH      where to write; a file that is there already is read as it is, and stays
 *   --keep           keep the file
 */
import { existsSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { arange, close, openNpy, progressBar } from "chunkwise";

const columns = 1024;
const rowBytes = 8 * columns;

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort(new Error("interrupted")));

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error(`column-means: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

async function main() {
  const { values } = parseArgs({
    options: {
      size: { type: "string", default: "2GB" },
      memory: { type: "string" },
      workers: { type: "string" },
      file: { type: "string" },
      keep: { type: "boolean", default: false },
    },
  });
  const folder = values.file === undefined ? mkdtempSync(join(tmpdir(), "chunkwise-demo-")) : undefined;
  const file = resolve(folder ?? "", values.file ?? "rows.npy");
  const found = existsSync(file);
  try {
    return await demo(file, found, values);
  } finally {
    if (values.keep) row("kept", file);
    else if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    else if (!found) rmSync(file, { force: true });
  }
}

/**
 * @param {string} file
 * @param {boolean} found
 * @param {{ size: string, memory?: string, workers?: string }} values
 */
async function demo(file, found, values) {
  const idle = process.memoryUsage().rss;
  const { bavail, bsize } = statfsSync(dirname(file));
  const size = found ? openNpy(file).nbytes : Math.min(toBytes(values.size), (bavail * bsize) / 2);
  const memoryLimit = values.memory === undefined ? Math.min(256e6, Math.floor(size / 4)) : toBytes(values.memory);
  const rows = Math.max(1, Math.floor(size / rowBytes));
  const options = {
    memoryLimit,
    signal: stop.signal,
    ...(values.workers === undefined ? {} : { workers: Number(values.workers) }),
  };

  console.log("Column means of a file that is larger than the memory limit\n");
  row("file", file);
  row("content", `${rows} rows × ${columns} columns of float64, ${amount(rows * rowBytes)}`);
  row("memory", `limit ${amount(memoryLimit)}, ${(size / memoryLimit).toFixed(1)} times less than the file`);
  row("workers", values.workers ?? "one for each physical core");
  console.log("");

  if (!found) {
    // Blocks of whole rows, several of which fit into the memory at a time.
    const chunks = Math.min(4096, Math.max(1, Math.floor(memoryLimit / 16 / rowBytes)));
    const i = arange(rows, { dtype: "float64", chunks }).expandDims(1);
    const j = arange(columns, { dtype: "float64" });
    await timed("writing", (onProgress) =>
      i
        .multiply(columns)
        .add(j)
        .saveNpy(file, { ...options, onProgress }),
    );
  }
  const x = openNpy(file);
  if (x.dtype !== "float64" || x.ndim !== 2 || x.shape[1] !== columns)
    throw new Error(`${x} was not written by this demo`);
  /** @param {string} label */
  const run = async (label) => {
    let mapped = 0;
    const [means, seconds] = await timed(label, (report) => {
      const onProgress = (/** @type {import("chunkwise").Progress} */ now) => {
        mapped = now.bytesMapped;
        return report(now);
      };
      return x.mean(0).compute({ ...options, onProgress });
    });
    return { means, seconds, mapped };
  };
  const { means, seconds, mapped } = await run("means");
  let withoutAddon;
  if (mapped > 0) {
    // once more with new workers, which do without the addon
    await close();
    process.env.CHUNKWISE_ADDON = "off";
    withoutAddon = (await run("reading")).seconds;
    delete process.env.CHUNKWISE_ADDON;
  }

  let worst = 0;
  for (let j = 0; j < columns; j++) {
    const right = (columns / 2) * (rows - 1) + j;
    const error = Math.abs(Number(means.get(j)) - right) / Math.max(1, right);
    worst = Math.max(worst, error);
  }
  const correct = worst <= 1e-12;
  console.log("");
  const speed = (/** @type {number} */ time) => `${(x.nbytes / time / 1e9).toFixed(2)} GB/s`;
  row("speed", `${speed(seconds)}: ${amount(x.nbytes)} in ${seconds.toFixed(2)} s`);
  if (withoutAddon !== undefined) row("", `${speed(withoutAddon)} without the addon, by reading`);
  row(
    "addon",
    mapped > 0 ? `used: ${amount(mapped)} of the file were mapped, not copied` : "not used: the file was read",
  );
  row(
    "peak",
    `${amount(process.resourceUsage().maxRSS * 1024)} of memory for the whole process; ${amount(idle)} before it began`,
  );
  row("check", `${correct ? "all" : "NOT all"} ${columns} means are right; largest relative error ${worst}`);
  return correct;
}

/**
 * Runs with a progress bar in a terminal and with a line in a log.
 * @template T
 * @param {string} label
 * @param {(onProgress: import("chunkwise").OnProgress) => Promise<T>} work
 * @returns {Promise<[result: T, seconds: number]>}
 */
async function timed(label, work) {
  const bar = progressBar(process.stdout, { label: `  ${label.padEnd(9)}`, force: true });
  const began = performance.now();
  try {
    return [await work(bar), (performance.now() - began) / 1000];
  } finally {
    bar.finish();
  }
}

/** @param {string} name @param {string} text */
function row(name, text) {
  console.log(`  ${name.padEnd(10)}${text}`);
}

/** @param {number} bytes */
function amount(bytes) {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

/** "512MB" as a number. @param {string} text */
function toBytes(text) {
  const [, number, unit = ""] = /^([\d.]+) *([kmgt]?)b?$/i.exec(text) ?? [];
  const bytes = Number(number) * 1000 ** " kmgt".indexOf(unit.toLowerCase() || " ");
  if (bytes >= 1) return Math.floor(bytes);
  throw new Error(`${JSON.stringify(text)} is not a size; expected 2000000000 or "2GB"`);
}
