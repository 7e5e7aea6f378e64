/**
 * Detects files that stay open after a computation, however it ended, and files that are opened although nobody needs
 * them.
 */
import { readdirSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type ChunkedArray, type ComputeOptions, openNpy, random } from "chunkwise";
import { beforeEach, describe, expect, test } from "vitest";
import { rejectionOf } from "../api/helpers.js";
import { temporaryFolder } from "../support/folder.js";
import { linux } from "../support/platform.js";

const folder = temporaryFolder();
const path = join(folder, "x.npy");
const open = (): ChunkedArray => openNpy(path, { chunks: [10, 8] });

/** The files of the folder that this process, workers included, has open. */
function openFiles(): string[] {
  const links = readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return ""; // the handle of this listing itself
    }
  });
  return links.filter((link) => link.startsWith(folder));
}

beforeEach(() => random.normal([200, 8], { seed: 1 }).saveNpy(path));

// /proc is Linux's; elsewhere a process cannot list what it has open
describe.runIf(linux).each([0, 1, 2])("with %i workers no file stays open", (workers) => {
  const options: ComputeOptions = { workers, memoryLimit: "20MB" };

  test("no file stays open after opening, computing, saving and a scratch file", async () => {
    const array = open();
    expect(openFiles()).toEqual([]);
    await array
      .mapBlocks(({ data }) => data)
      .sum()
      .compute(options);
    await array.T.saveNpy(join(folder, "y.npy"), options);
    const large = random.uniform([1000, 800], { seed: 1, chunks: [25, -1] }).mapBlocks(({ data }) => data);
    const little = { ...options, memoryLimit: "3MB", scratchFolder: folder };
    await large
      .rechunk([-1, 25])
      .mapBlocks(({ data }) => data)
      .sum()
      .compute(little);
    expect(openFiles()).toEqual([]);
  });

  test("no file stays open after a failure, an abort and a reader that left", async () => {
    const bad = open().mapBlocks(({ data }, { index }) => (index[0] === 15 ? [] : data));
    await rejectionOf(bad.compute(options));
    await rejectionOf(bad.saveNpy(join(folder, "y.npy"), options));
    for await (const { index } of open().add(1).blocks(options)) {
      if (index[0] === 1 && workers > 0) expect(openFiles()).toContain(path);
      if (index[0] === 2) break;
    }
    const controller = new AbortController();
    const onProgress = (): void => controller.abort("enough");
    const late = { ...options, signal: controller.signal, onProgress };
    expect(
      await rejectionOf(
        open()
          .mapBlocks(({ data }) => data)
          .compute(late),
      ),
    ).toBe("enough");
    expect(openFiles()).toEqual([]);
  });

  test("no file stays open after a file that has changed was refused", async () => {
    const array = open();
    rmSync(path);
    await random.normal([300, 8], { seed: 1 }).saveNpy(path);
    expect(await rejectionOf(array.mapBlocks(({ data }) => data).compute(options))).toMatchObject({ path });
    expect(openFiles()).toEqual([]);
  });
});
