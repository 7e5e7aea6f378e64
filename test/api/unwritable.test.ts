/**
 * Detects, for every format that is written, what a full disk or one that takes no files comes to: an error that does
 * not say which target, an older file lost, a new one that is not whole, temporary files left.
 */
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { type ChunkedArray, ones, random, type StorageError, saveNpz } from "chunkwise";
import { describe, expect, type TestContext, test } from "vitest";
import {
  asNobody,
  contentOf,
  fillDisk,
  makeReadOnly,
  makeTinyDisk,
  newFolder,
  temporaryFolder,
} from "../support/folder.js";
import { linux } from "../support/platform.js";
import { expectPoolWorks, rejectionOf, worked } from "./helpers.js";

const top = temporaryFolder();

type Save = (x: ChunkedArray, path: string) => Promise<void>;
const overwrite = { mode: "overwrite" } as const;

const formats: [name: string, file: string, save: Save][] = [
  ["npy", "x.npy", (x, path) => x.saveNpy(path)],
  ["npz", "x.npz", (x, path) => saveNpz(path, { first: x, second: x.add(1) })],
  ["zarr", "x.zarr", (x, path) => x.saveZarr(path, overwrite)],
  ["zarr 2", "x.zarr", (x, path) => x.saveZarr(path, { ...overwrite, zarrFormat: 2, compressor: null })],
  ["zarr, shards", "x.zarr", (x, path) => x.saveZarr(path, { ...overwrite, chunks: [1000, 4], shards: [8000, 4] })],
  ["zarr, a group", "x.zarr", (x, path) => x.saveZarr(path, { ...overwrite, path: "deep/x" })],
  ["arrow", "x.arrow", (x, path) => x.saveArrow(path)],
  ["arrow, lz4", "x.arrow", (x, path) => x.saveArrow(path, { compression: "lz4" })],
  ["parquet", "x.parquet", (x, path) => x.saveParquet(path)],
  ["csv", "x.csv", (x, path) => x.saveCsv(path)],
];

const small = ones([10, 4]);
/** What no compression makes small: 32 bytes a row. */
const noise = (rows: number): ChunkedArray => worked(random.normal([rows, 4], { seed: 1, chunks: [1000, -1] }));

describe.each(formats)("saving %s", (_, file, save) => {
  /** A disk of 256 KiB, with an older file or without one. */
  async function disk(former: string, { skip }: TestContext): Promise<string> {
    const folder = join(newFolder(top), "disk");
    if (!makeTinyDisk(folder)) skip("no file system can be mounted here");
    if (former === "older") await save(small, join(folder, file));
    return folder;
  }

  /** Saving must be refused for this reason and change nothing. */
  async function refused(x: ChunkedArray, folder: string, systemCode: string): Promise<void> {
    const path = join(folder, file);
    const before = contentOf(folder);
    const error = (await rejectionOf(save(x, path))) as StorageError;
    expect(contentOf(folder)).toEqual(before);
    const reason = (error.name === "ComputeError" ? error.cause : error) as StorageError;
    expect(reason).toMatchObject({ name: "StorageError", systemCode });
    for (const told of [error.message, error.path, reason.message, reason.path]) {
      expect(told).toContain(path);
      expect(told).not.toMatch(/\.tmp|\.parts|\.chunkwise/);
    }
    await expectPoolWorks();
  }

  describe.for(["new", "older"])("over a file that is %s", (former) => {
    test("fails on a full disk, with no room for the blocks, or for nothing but them", async (context) => {
      const folder = await disk(former, context);
      for (const rows of [9000, 40_000]) await refused(noise(rows), folder, "ENOSPC");
      await save(small, join(folder, file));
    });

    test("fails on a disk without a free byte", async (context) => {
      const folder = await disk(former, context);
      fillDisk(folder);
      await refused(small, folder, "ENOSPC");
    });

    test("fails on a read-only disk", async (context) => {
      const folder = await disk(former, context);
      makeReadOnly(folder);
      await refused(small, folder, "EROFS");
    });

    test.runIf(linux)("fails in a folder without permission", async () => {
      const folder = newFolder(top);
      // what the format needs is loaded, which nobody may not read
      await save(small, join(former === "older" ? folder : newFolder(top), file));
      chmodSync(top, 0o755);
      chmodSync(folder, 0o555);
      await asNobody(() => refused(small, folder, "EACCES"));
      chmodSync(folder, 0o755);
    });
  });
});
