import { mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { LocalStore } from "#src/storage/stores/local-store";
import { MemoryStore } from "#src/storage/stores/memory-store";
import { storeSuite } from "../conformance/store.js";
import { makeTinyDisk, temporaryFolder } from "../formats/folder.js";

const folder = temporaryFolder();
const fresh = (): string => mkdtempSync(join(folder, "store-"));

describe("a store in memory", () => storeSuite(() => new MemoryStore()));

describe("a store in a folder", () => {
  storeSuite(() => new LocalStore(fresh()));

  test("the folder need not exist before something is written", async () => {
    const store = new LocalStore(join(fresh(), "new", "er"));
    expect(await store.list("")).toEqual([]);
    expect(await store.open("x")).toBeUndefined();
    await store.write("a/x", new Uint8Array(3));
    expect(readdirSync(join(store.path, "a"))).toEqual(["x"]);
  });

  test("files that are being written are not listed", async () => {
    const store = new LocalStore(fresh());
    writeFileSync(join(store.path, ".chunkwise-1.tmp"), "");
    writeFileSync(join(store.path, ".zarray"), "");
    expect(await store.list("")).toEqual([".zarray"]);
  });

  test("a write that fails leaves nothing behind", async () => {
    const store = new LocalStore(fresh());
    mkdirSync(join(store.path, "x"));
    await expect(store.write("x", new Uint8Array(3))).rejects.toMatchObject({
      name: "StorageError",
      path: join(store.path, "x"),
      systemCode: "EISDIR",
    });
    expect(readdirSync(store.path)).toEqual(["x"]);
    writeFileSync(join(store.path, "file"), "");
    await expect(store.write("file/x", new Uint8Array(3))).rejects.toMatchObject({ name: "StorageError" });
    expect(readdirSync(store.path)).toEqual(["file", "x"]);
  });

  test("a full disk is told, and the former bytes stay", async (context) => {
    const path = join(folder, "tiny");
    if (!makeTinyDisk(path)) return context.skip("no small disk can be mounted here");
    const store = new LocalStore(path);
    await store.write("x", new Uint8Array(1000));
    await expect(store.write("x", new Uint8Array(2 ** 20))).rejects.toMatchObject({ systemCode: "ENOSPC" });
    expect(await store.get("x", 1000)).toHaveLength(1000);
    expect(readdirSync(path)).toEqual(["x"]);
  });

  test("links that lead in a circle are told", async () => {
    const store = new LocalStore(fresh());
    symlinkSync("loop", join(store.path, "loop"));
    await expect(store.open("loop")).rejects.toMatchObject({ name: "StorageError", systemCode: "ELOOP" });
  });
});
