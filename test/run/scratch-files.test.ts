/** Detects scratch files that are not made at their full length, overwrite something, or stay. */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createScratch } from "#src/run/scratch-files";
import { expectFiles } from "../api/helpers.js";
import { temporaryFolder, thrownBy } from "../support/folder.js";

const folder = temporaryFolder();
const file = (name: string, size = 800) => ({
  path: join(folder, name),
  offset: 0,
  size,
  modified: 0,
  dtype: "float64" as const,
  encoding: { otherEndian: false, half: false },
  shape: [size / 8],
  strides: [1],
});

test("scratch files are made at their full length, empty ones too, and can be removed twice", () => {
  const scratch = createScratch([file("a", 800), file("b", 0), file("c", 2 ** 40)]);
  expect(["a", "b", "c"].map((name) => statSync(join(folder, name)).size)).toEqual([800, 0, 2 ** 40]);
  scratch.remove();
  expectFiles(folder);
  scratch.remove();
});

test("when one scratch file cannot be made, the others are removed and other files stay", () => {
  writeFileSync(join(folder, "there"), "not ours");
  for (const bad of [file("there"), file("no/such"), file("there/below")]) {
    const error = thrownBy(() => createScratch([file("a"), bad, file("b")]));
    expect(error).toMatchObject({ name: "StorageError", path: bad.path });
    expect((error as Error).message).toMatch(/^cannot make the scratch file .*: /);
    expectFiles(folder, "there");
  }
  expect(readFileSync(join(folder, "there"), "latin1")).toBe("not ours");
});
