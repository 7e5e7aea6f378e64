/** Detects memory, files or listeners that a computation leaves behind. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { arange, close, compute, fromArray, openNpy, random } from "chunkwise";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/folder.js";
import { linux } from "../support/platform.js";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;
const path = join(temporaryFolder(), "x.npy");
const MB = 1e6;

/** What the process holds after everything that nobody needs is gone. */
async function held(): Promise<{ buffers: number; heap: number; resident: number; files: number }> {
  for (let i = 0; i < 3; i++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { arrayBuffers, heapUsed, rss } = process.memoryUsage();
  return { buffers: arrayBuffers, heap: heapUsed, resident: rss, files: readdirSync("/proc/self/fd").length };
}

test.runIf(linux)("5,000 computations leave no memory, no file and no listener behind", async () => {
  await random.normal([400, 20], { seed: 1 }).saveNpy(path);
  const signal = new AbortController().signal;
  const round = async (i: number): Promise<void> => {
    const x = openNpy(path, { chunks: 200 });
    await compute([x.mean(0), x.add(7).std(0)], { signal, workers: i % 10 === 0 ? 2 : 0 });
    const kept = await fromArray(new Float64Array(30_000).fill(i)).add(1).persist({ workers: 0 });
    await kept.sum().compute({ workers: 0 });
    // another constant each time: kernels are kept, but not without bound
    const last = await arange(1000, { chunks: 500 }).add(i).max().compute({ workers: 0 });
    if (last.item() !== BigInt(999 + i)) throw new Error(`round ${i} gave ${last.item()}`);
    for await (const { block } of x.blocks({ workers: 0 })) if (block.size > 0) break;
  };
  const rounds = async (from: number, to: number): Promise<void> => {
    for (let i = from; i < to; i++) await round(i);
  };
  // until all caches are full: 512 kernels are kept
  await rounds(0, 600);
  const before = await held();
  await rounds(600, 600 + 1000); // five computations each
  const after = await held();
  expect(after.files).toBeLessThanOrEqual(before.files);
  expect(after.buffers).toBeLessThan(before.buffers + 2 * MB); // one persisted array has 0.24 MB
  expect(after.heap).toBeLessThan(before.heap + 2 * MB);
  // only this one sees the heaps of the workers, which grow once, by some 50 MB each
  expect(after.resident).toBeLessThan(before.resident + 150 * MB);
  await close();
});
