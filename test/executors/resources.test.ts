/** Detects files that stay open although nobody needs them, and files that have changed between two openings. */
import { statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { StridedFile } from "#src/data/layout";
import { availableFiles, filesOf } from "#src/executors/cores";
import { Resources } from "#src/executors/resources";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder();

function byteFile(number: number): StridedFile {
  const path = join(folder, `${number}`);
  writeFileSync(path, Uint8Array.of(number % 256));
  const { size, mtimeMs } = statSync(path);
  const encoding = { otherEndian: false, half: false };
  return { path, offset: 0, size, modified: mtimeMs, dtype: "uint8", encoding, shape: [1], strides: [1] };
}

/** The first byte of a file of a job. */
function byteOf(resources: Resources, file: number): number {
  const byte = new Uint8Array(1);
  resources.file(file, "read").readInto(byte, 0);
  return byte[0]!;
}

test("files not used for longest are closed, opened again when needed, and refused when changed", async () => {
  const most = availableFiles();
  const files = Array.from({ length: most + 1 }, (_, i) => byteFile(i));
  const resources = new Resources({ programs: [], routines: [], files, arrays: [], backend: "reference" });
  onTestFinished(() => resources.close());
  const opened = files.slice(0, most).map((_, i) => resources.file(i, "read"));
  expect(resources.isFull).toBe(false);
  expect(byteOf(resources, 0)).toBe(0); // used again, so not the oldest
  expect(byteOf(resources, most)).toBe(most % 256);
  expect(resources.isFull).toBe(true);
  await resources.trim();
  expect(resources.isFull).toBe(false);
  expect(resources.file(0, "read")).toBe(opened[0]);
  expect(() => opened[1]!.readInto(new Uint8Array(1), 0)).toThrow("was closed before it was used");
  expect(byteOf(resources, 1)).toBe(1);
  utimesSync(files[2]!.path, 1, 1);
  expect(() => byteOf(resources, 2)).toThrow(`${files[2]!.path}: the file has changed since it was opened`);
});

test("a thread keeps a sixteenth of the files open that a process may open, at least 16 and at most 512", () => {
  const machine = { parallelism: 1, free: 0 };
  const limits = (soft: string): string => `Limit  Soft Limit\nMax open files            ${soft}     1048576   files\n`;
  const found = ["256", "1024", "1048576", "unlimited", "20"].map((soft) =>
    filesOf({ ...machine, read: (path) => (path === "/proc/self/limits" ? limits(soft) : undefined) }),
  );
  expect(found).toEqual([16, 64, 512, 16, 16]);
  expect(filesOf({ ...machine, read: () => undefined })).toBe(16);
});
