/** What every store does: bytes under names, whole or not at all, and nothing outside of it. */
import { beforeEach, expect, test } from "vitest";
import type { Store } from "#src/storage/stores/store";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The text under a key. */
async function textOf(store: Store, key: string): Promise<string | undefined> {
  const found = await store.get(key, 100);
  return found === undefined ? undefined : new TextDecoder().decode(found);
}

/** The tests of a store; `make` gives an empty one. */
export function storeSuite(make: () => Store): void {
  let store: Store;
  beforeEach(() => {
    store = make();
  });

  test("what is written is read, in whole and in part", async () => {
    await store.write("a/b", bytes("hello"));
    expect(await textOf(store, "a/b")).toBe("hello");
    const source = (await store.open("a/b"))!;
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

  test("reading beyond the end is told with path and offset", async () => {
    await store.write("x", bytes("hello"));
    const source = (await store.open("x"))!;
    await expect(source.read(new Uint8Array(3), 3)).rejects.toMatchObject({ name: "FormatError", offset: 5 });
    await expect(source.read(new Uint8Array(1), -1)).rejects.toMatchObject({ name: "ArgumentError" });
    await source.close();
  });

  test("more than is expected is refused", async () => {
    await store.write("x", bytes("hello"));
    expect(await store.get("x", 5)).toHaveLength(5);
    await expect(store.get("x", 4)).rejects.toMatchObject({ name: "FormatError", offset: 4 });
  });

  test("nothing stands under other keys, nor above and below one", async () => {
    await store.write("a/b", bytes("1"));
    for (const key of ["a", "b", "a/b/c", "a/c", "ab"]) {
      expect(await store.open(key), key).toBeUndefined();
      expect(await store.get(key, 9), key).toBeUndefined();
    }
  });

  test("what is written again takes the former's place, and whoever reads the former is not disturbed", async () => {
    await store.write("x", bytes("first"));
    const former = (await store.open("x"))!;
    await store.write("x", bytes("second one"));
    expect(await textOf(store, "x")).toBe("second one");
    const memory = new Uint8Array(5);
    await former.read(memory, 0);
    expect(Buffer.from(memory).toString()).toBe("first");
    const latter = (await store.open("x"))!;
    expect(latter.version).not.toBe(former.version);
    await former.close();
    await latter.close();
  });

  test("bytes are the store's own: neither the writer's nor a reader's later changes touch them", async () => {
    const mine = new Uint8Array(new SharedArrayBuffer(3)).fill(0x61);
    await store.write("x", mine);
    mine.fill(0x62);
    (await store.get("x", 9))!.fill(0x63);
    expect(await textOf(store, "x")).toBe("aaa");
    await store.write("empty", new Uint8Array(0));
    expect(await store.get("empty", 0)).toHaveLength(0);
  });

  test("names are listed level by level, sorted", async () => {
    expect(await store.list("")).toEqual([]);
    for (const key of ["b/z", "b/a/1", "b/a/2", "a", "ba"]) await store.write(key, bytes(key));
    expect(await store.list("")).toEqual(["a", "b", "ba"]);
    expect(await store.list("b")).toEqual(["a", "z"]);
    expect(await store.list("b/a")).toEqual(["1", "2"]);
    expect(await store.list("a")).toEqual([]);
    expect(await store.list("none")).toEqual([]);
  });

  test("deleting takes all that is below, and nothing else", async () => {
    for (const key of ["a/b/c", "a/b/d", "a/bc", "ab"]) await store.write(key, bytes(key));
    await store.delete("a/b");
    await store.delete("a/b");
    await store.delete("none/at/all");
    await store.delete("ab/below");
    expect(await store.list("a")).toEqual(["bc"]);
    expect(await store.get("a/b/c", 9)).toBeUndefined();
    await store.delete("ab");
    expect(await store.list("")).toEqual(["a"]);
  });

  test("a rename moves all that is below, in the place of what stood there", async () => {
    for (const key of ["from/a", "from/b/c", "to/old", "other"]) await store.write(key, bytes(key));
    await store.rename("from", "to");
    expect(await store.list("")).toEqual(["other", "to"]);
    expect(await store.list("to")).toEqual(["a", "b"]);
    expect(await textOf(store, "to/b/c")).toBe("from/b/c");
    await store.rename("other", "deep/er/one");
    expect(await textOf(store, "deep/er/one")).toBe("other");
    await expect(store.rename("other", "x")).rejects.toMatchObject({ name: "StorageError" });
    await expect(store.rename("to", "to/a")).rejects.toMatchObject({ name: "ArgumentError" });
    await expect(store.rename("to/a", "to")).rejects.toMatchObject({ name: "ArgumentError" });
    expect(await store.list("to")).toEqual(["a", "b"]);
  });

  test("no key leads out of the store", async () => {
    for (const key of ["..", "../x", "a/../../x", "/x", "a//b", "a/", "./a", "", "a\0b", "a\\..\\b"]) {
      const right = { name: "ArgumentError", message: expect.stringContaining(JSON.stringify(key)) };
      await expect(store.open(key), key).rejects.toMatchObject(right);
      await expect(store.get(key, 1), key).rejects.toMatchObject({ name: "ArgumentError" });
      await expect(store.write(key, bytes("x")), key).rejects.toMatchObject(right);
      await expect(store.delete(key), key).rejects.toMatchObject(right);
      await expect(store.rename("a", key), key).rejects.toMatchObject({ name: "ArgumentError" });
      await expect(store.rename(key, "a"), key).rejects.toMatchObject({ name: "ArgumentError" });
      if (key !== "") await expect(store.list(key), key).rejects.toMatchObject(right);
    }
    expect(await store.list("")).toEqual([]);
  });
}
