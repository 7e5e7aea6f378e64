/** Detects a local store that reads or lists what it should not, and failures of the system that are not reported. */
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { openBytes, storeAt } from "#src/storage/stores/local-store";
import { listableStoreSuite, readableStoreSuite } from "../../conformance/store.js";
import { newFolder, temporaryFolder } from "../../support/folder.js";

const folder = temporaryFolder();

/** A new store, and what puts files into it as other programs do: whole, by a rename. */
function local() {
  const path = newFolder(folder);
  const put = (key: string, bytes: Uint8Array): void => {
    const file = join(path, key);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${path}.draft`, bytes);
    renameSync(`${path}.draft`, file);
  };
  return { store: storeAt(path), put };
}

describe("the bytes of a local folder", () => readableStoreSuite(local));
describe("the names in a local folder", () => listableStoreSuite(local));

test("a folder that does not exist is an empty store", async () => {
  const store = storeAt(join(newFolder(folder), "new", "er"));
  expect(await store.list("")).toEqual([]);
  expect(await store.open("x")).toBeUndefined();
});

test("files that are still being written are not listed", async () => {
  const path = newFolder(folder);
  writeFileSync(join(path, ".chunkwise-1.tmp"), "");
  writeFileSync(join(path, ".zarray"), "");
  expect(await storeAt(path).list("")).toEqual([".zarray"]);
});

test("links that lead in a circle are an error of the system", async () => {
  const path = newFolder(folder);
  symlinkSync("loop", join(path, "loop"));
  await expect(storeAt(path).open("loop")).rejects.toMatchObject({ name: "StorageError", systemCode: "ELOOP" });
});

test("bytes at a path that does not exist are an error of the system", async () => {
  await expect(openBytes(join(folder, "none"))).rejects.toMatchObject({ name: "StorageError", systemCode: "ENOENT" });
});
