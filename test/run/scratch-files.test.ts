/** Detects scratch files that are not made at their full length, overwrite something, or stay. */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Runnable } from "#src/graph/runnable";
import { Scratch } from "#src/run/scratch-files";
import { LocalFile } from "#src/storage/stores/file";
import { expectFiles } from "../api/helpers.js";
import { temporaryFolder, thrownBy } from "../support/folder.js";

const folder = temporaryFolder();
const scratchFile = (name: string, size = 800) => {
  const file = {
    path: join(folder, name),
    offset: 0,
    size,
    modified: 0,
    dtype: "float64" as const,
    encoding: { otherEndian: false, half: false },
    shape: [size / 8],
    strides: [1],
  };
  return { file, bytes: size };
};

/** The paths at which workers find scratch files. */
function placed(scratch: Scratch, files: readonly ReturnType<typeof scratchFile>[]): string[] {
  const job = { files: files.map(({ file }) => file), programs: [], routines: [], arrays: [], backend: "wasm" };
  return scratch.place({ job } as unknown as Runnable).job.files.map(({ path }) => path);
}

test("scratch files have their full length, hold what is written, and can be removed twice", () => {
  const files = [scratchFile("a", 800), scratchFile("b", 0), { ...scratchFile("c", 2 ** 40), bytes: 0 }];
  const scratch = new Scratch(files);
  const paths = placed(scratch, files);
  expect(paths.map((path) => statSync(path).size)).toEqual([800, 0, 2 ** 40]);
  const writer = LocalFile.open(paths[0]!, "update");
  writer.write(Uint8Array.of(1, 2, 3), 100);
  writer.close();
  const reader = LocalFile.open(paths[0]!, "read");
  const bytes = new Uint8Array(3);
  reader.readInto(bytes, 100);
  reader.close();
  expect([...bytes]).toEqual([1, 2, 3]);
  scratch.remove();
  expectFiles(folder);
  scratch.remove();
});

test.runIf(process.platform === "linux")("scratch files have no name from the moment that they are made", () => {
  const scratch = new Scratch([scratchFile("a")]);
  expect(readdirSync(folder)).toEqual([]);
  scratch.remove();
});

test("errors name a scratch file as it was made", () => {
  const files = [scratchFile("a")];
  const scratch = new Scratch(files);
  const [path] = placed(scratch, files);
  const error = thrownBy(() => LocalFile.open(path!, "read").readInto(new Uint8Array(900), 0));
  expect(scratch.named(error)).toMatchObject({ name: "FormatError", path: files[0]!.file.path });
  scratch.remove();
});

test("when one scratch file cannot be made, the others are removed and other files stay", () => {
  writeFileSync(join(folder, "there"), "not ours");
  for (const bad of [scratchFile("there"), scratchFile("no/such"), scratchFile("there/below")]) {
    const error = thrownBy(() => new Scratch([scratchFile("a"), bad, scratchFile("b")]));
    expect(error).toMatchObject({ name: "StorageError", path: bad.file.path });
    expect((error as Error).message).toMatch(/^cannot make the scratch file .*: /);
    expectFiles(folder, "there");
  }
  expect(readFileSync(join(folder, "there"), "latin1")).toBe("not ours");
});

test("scratch files that the disk has no room for are refused, together", () => {
  const half = 2 ** 52;
  const error = thrownBy(() => new Scratch([scratchFile("a", half), scratchFile("b", half)]));
  expect(error).toMatchObject({ name: "StorageError", systemCode: "ENOSPC" });
  expect((error as Error).message).toMatch(/it takes 9\.01 PB, and the disk has room for /);
  expectFiles(folder, "there");
});
