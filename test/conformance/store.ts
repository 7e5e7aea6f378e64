/** What every store does, one suite for each capability. A store runs the suites of the capabilities that it offers. */
import { beforeEach, expect, test } from "vitest";
import type { ListableStore, RangeReadable, ReadableStore } from "#src/storage/stores/capabilities";

/** A store to be tested, and a way to put bytes under a key in the place of what is there. */
export interface TestedStore<Store> {
  readonly store: Store;
  put(key: string, bytes: Uint8Array): void | Promise<void>;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const badKeys = ["..", "../x", "a/../../x", "/x", "a//b", "a/", "./a", "a\0b", "a\\..\\b"];

/** The tests of a store from which bytes are read by range; `make` gives an empty one. */
export function readableStoreSuite(make: () => TestedStore<ReadableStore>): void {
  let { store, put }: TestedStore<ReadableStore> = make();
  beforeEach(() => {
    ({ store, put } = make());
  });
  const opened = async (key: string): Promise<RangeReadable> => {
    const source = await store.open(key);
    if (source === undefined) throw new Error(`there is nothing under ${key}`);
    return source;
  };

  test("bytes are read at any offset into any memory, and only those that were asked for", async () => {
    await put("a/b", bytes("hello"));
    const source = await opened("a/b");
    expect(source.size).toBe(5);
    expect(source.path).toContain("a/b");
    expect(source.path.startsWith(store.path)).toBe(true);
    const memory = new Uint8Array(new SharedArrayBuffer(5)).fill(0x2e);
    await source.read(memory.subarray(1, 4), 2);
    expect(Buffer.from(memory).toString()).toBe(".llo.");
    await source.read(memory.subarray(0, 0), 5);
    await source.close();
    await source.close();
  });

  test("bytes that can be read without waiting are the same bytes", async () => {
    await put("x", bytes("hello"));
    const source = await opened("x");
    if (source.sync !== undefined) {
      const memory = new Uint8Array(3);
      source.sync.readInto(memory, 1);
      expect(Buffer.from(memory).toString()).toBe("ell");
      expect([source.sync.size, source.sync.path]).toEqual([source.size, source.path]);
    }
    await source.close();
  });

  test("reading beyond the end is an error with path and offset", async () => {
    await put("x", bytes("hello"));
    const source = await opened("x");
    await expect(source.read(new Uint8Array(3), 3)).rejects.toMatchObject({ name: "FormatError", offset: 5 });
    await expect(source.read(new Uint8Array(1), -1)).rejects.toMatchObject({ name: "ArgumentError" });
    await source.close();
  });

  test("a store has nothing under other keys, nor above and below a key", async () => {
    await put("a/b", bytes("1"));
    for (const key of ["a", "b", "a/b/c", "a/c", "ab"]) expect(await store.open(key), key).toBeUndefined();
  });

  test("a reader of bytes that are replaced keeps the former ones, and the version changes", async () => {
    await put("x", bytes("first"));
    const former = await opened("x");
    await put("x", bytes("second one"));
    const memory = new Uint8Array(5);
    await former.read(memory, 0);
    expect(Buffer.from(memory).toString()).toBe("first");
    const latter = await opened("x");
    expect(latter.size).toBe(10);
    expect(latter.version).not.toBe(former.version);
    await former.close();
    await latter.close();
  });

  test("no bytes at all are bytes too", async () => {
    await put("empty", new Uint8Array(0));
    const source = await opened("empty");
    expect(source.size).toBe(0);
    await source.close();
  });

  test("no key of bytes leads out of the store", async () => {
    for (const key of [...badKeys, ""]) {
      const expected = { name: "ArgumentError", message: expect.stringContaining(JSON.stringify(key)) };
      await expect(store.open(key), key).rejects.toMatchObject(expected);
    }
  });
}

/** The tests of a store that lists its keys; `make` gives an empty one. */
export function listableStoreSuite(make: () => TestedStore<ListableStore>): void {
  let { store, put }: TestedStore<ListableStore> = make();
  beforeEach(() => {
    ({ store, put } = make());
  });

  test("a store lists names level by level, sorted", async () => {
    expect(await store.list("")).toEqual([]);
    for (const key of ["b/z", "b/a/1", "b/a/2", "a", "ba"]) await put(key, bytes(key));
    expect(await store.list("")).toEqual(["a", "b", "ba"]);
    expect(await store.list("b")).toEqual(["a", "z"]);
    expect(await store.list("b/a")).toEqual(["1", "2"]);
    expect(await store.list("a")).toEqual([]);
    expect(await store.list("none")).toEqual([]);
  });

  test("no key of a listing leads out of the store", async () => {
    for (const key of badKeys) {
      const expected = { name: "ArgumentError", message: expect.stringContaining(JSON.stringify(key)) };
      await expect(store.list(key), key).rejects.toMatchObject(expected);
    }
    expect(await store.list("")).toEqual([]);
  });
}
