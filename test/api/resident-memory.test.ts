/**
 * Detects memory that the account does not know of: the resident size of a process that computes over a file far larger
 * than its memory limit, beside that of one that only has the same workers.
 */
import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { npyHeader } from "#src/formats/npy/npy";
import { temporaryFolder } from "../support/folder.js";
import { program } from "./helpers.js";

const folder = temporaryFolder();
const MiB = 2 ** 20;
const [rows, columns] = [2 ** 17, 2 ** 10];

/** A GiB of zeros that takes no place on the disk, but for a last row of 0, 1, 2, … */
function sparseFile(): string {
  const path = join(folder, "sparse.npy");
  const handle = openSync(path, "w");
  const header = npyHeader({ dtype: "float64", shape: [rows, columns] });
  const size = header.length + rows * columns * 8;
  writeSync(handle, header);
  ftruncateSync(handle, size);
  writeSync(
    handle,
    new Uint8Array(Float64Array.from({ length: columns }, (_, i) => i).buffer),
    0,
    null,
    size - columns * 8,
  );
  closeSync(handle);
  return path;
}

/** The most resident memory that a program with two workers had, and what it said. */
async function resident(text: string): Promise<{ bytes: number; said: string }> {
  const { code, stdout, stderr } = await program(`
    import { compute, configure, ones, openNpy } from "chunkwise";
    configure({ workers: 2, memoryLimit: "64MB" });
    await ones([4], { chunks: 1 }).mapBlocks(({ data }) => data).compute(); // the workers start
    ${text}
    console.log(process.resourceUsage().maxRSS * 1024);`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const lines = stdout.trim().split("\n");
  return { bytes: Number(lines.pop()), said: lines.join("\n") };
}

test("column means of a GiB within 64 MB take less than 256 MiB more than idle workers", async () => {
  const path = sparseFile();
  const idle = await resident("");
  const busy = await resident(`
    const x = openNpy(${JSON.stringify(path)});
    let last;
    const [mean, most] = await compute([x.mean(0), x.max(0)], { onProgress: (told) => { last = told; } });
    console.log(JSON.stringify([mean.get(1000) * ${rows}, most.get(1000), last.bytesRead, last.peakMemory <= 64e6]));`);
  expect(JSON.parse(busy.said)).toEqual([1000, 1000, rows * columns * 8, true]);
  expect(idle.bytes).toBeGreaterThan(20 * MiB);
  expect(busy.bytes).toBeLessThan(idle.bytes + 256 * MiB);
});

test("800 MB that are made, rechunked through a scratch file and reduced take little memory", async () => {
  const idle = await resident("");
  const busy = await resident(`
    const x = ones([20_000, 1250], { chunks: [500, -1] }).mapBlocks(({ data }) => data);
    console.log((await x.rechunk([-1, 50]).mapBlocks(({ data }) => data).sum().compute()).item());`);
  expect(busy.said).toBe(String(20_000 * 1250));
  expect(busy.bytes).toBeLessThan(idle.bytes + 256 * MiB);
});

/** Programs whose memory the engine would free late: what they do, and what they say. */
const late = [
  {
    what: "blocks that are looked at one after the other",
    text: `
      let rows = 0;
      for await (const { block } of x.slice([[0, 24_000]]).blocks({ memoryLimit })) rows += block.shape[0];
      console.log(rows);`,
    said: 24_000,
  },
  {
    what: "users' functions that make blocks of their own",
    text: `
      const made = x.slice([[0, 24_000]]).mapBlocks(({ data }) => data.map((v) => v + 1));
      console.log((await made.sum().compute({ memoryLimit })).item());`,
    said: 24_000 * columns,
  },
  {
    what: "arrays that are kept for a while",
    text: `
      let sum = 0;
      for (let i = 0; i < 20; i++) {
        const part = await x.slice([[i * 2048, (i + 1) * 2048]]).persist({ memoryLimit });
        sum += (await part.add(1).sum().compute({ memoryLimit })).item();
      }
      console.log(sum);`,
    said: 20 * 2048 * columns,
  },
];

test("what the engine would free late takes at most 64 MB beside the memory limit and idle workers", async () => {
  const path = sparseFile();
  const idle = await resident("");
  for (const { what, text, said } of late) {
    const busy = await resident(`
      const memoryLimit = "128MB";
      const x = openNpy(${JSON.stringify(path)}, { chunks: [512, -1] });
      ${text}`);
    expect(busy.said).toBe(String(said));
    expect(busy.bytes - idle.bytes, what).toBeLessThan(128e6 + 64e6);
  }
});
