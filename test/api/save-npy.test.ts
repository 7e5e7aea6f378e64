/** Detects .npy files that are written wrongly, in part, under a wrong name, or over one that is still read. */
import { chmodSync, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { arange, type ChunkedArray, compute, fromArray, full, NDArray, ones, openNpy, random, zeros } from "chunkwise";
import { describe, expect, test } from "vitest";
import { allocate, dtypes, factsOf } from "#src/data/dtype";
import { temporaryFolder } from "../support/folder.js";
import { expectFiles, rejectionOf, worked } from "./helpers.js";

const top = temporaryFolder();
let count = 0;

/** A new folder, and the path of a file in it. */
function place(): { folder: string; path: string } {
  const folder = join(top, `${++count}`);
  mkdirSync(folder);
  return { folder, path: join(folder, "x.npy") };
}

const bytesOf = ({ data }: NDArray): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

/** An array of a dtype whose bytes are all different patterns, NaNs with payloads among them. */
function patterned(dtype: (typeof dtypes)[number], shape: readonly number[]): NDArray {
  const data = allocate(
    dtype,
    shape.reduce((a, b) => a * b, 1),
  );
  const bytes = new Uint8Array(data.buffer);
  for (let i = 0; i < bytes.length; i++) bytes[i] = dtype === "bool" ? i % 2 : (i * 167 + 13) % 256;
  return new NDArray(dtype, shape, data);
}

describe("what is saved is opened again, bit for bit", () => {
  test.each(dtypes)("an array of %s that is saved is opened again, bit for bit", async (dtype) => {
    const { folder, path } = place();
    const array = patterned(dtype, [7, 11, 3]);
    await fromArray(array, { chunks: [3, 4, 3] }).saveNpy(path);
    const opened = openNpy(path, { chunks: [2, 11, 2] });
    expect({ dtype: opened.dtype, shape: opened.shape }).toEqual({ dtype, shape: [7, 11, 3] });
    const header = statSync(path).size - array.nbytes;
    expect(header % 64).toBe(0);
    expect(readFileSync(path).subarray(header).equals(bytesOf(array))).toBe(true);
    expect(bytesOf(await opened.compute()).equals(bytesOf(array))).toBe(true);
    expectFiles(folder, "x.npy");
  });

  test.each([[[]], [[0]], [[0, 3]], [[3, 0]], [[1]], [[1, 1, 1]], [[2, 70_000]]])(
    "an array of shape %j that is saved is opened again, bit for bit",
    async (shape) => {
      const { path } = place();
      const array = patterned("float32", shape);
      await worked(fromArray(array)).saveNpy(path, { workers: 2 });
      const opened = await openNpy(path).compute();
      expect(opened.shape).toEqual(shape);
      expect(bytesOf(opened).equals(bytesOf(array))).toBe(true);
    },
  );

  test("several workers write views that are transposed, reversed, cut or broadcast", async () => {
    const { path } = place();
    const x = random.normal([60, 50], { seed: 1, chunks: [7, 13] });
    const views: ChunkedArray[] = [
      x.T,
      x.flip(0),
      x.slice([
        [50, 2, -3],
        [1, 40],
      ]),
      x.slice([3]).broadcastTo([4, 50]),
    ];
    for (const view of [...views, x.mean(0), worked(x).rechunk([60, 5])]) {
      await view.saveNpy(path, { workers: 2 });
      expect((await openNpy(path).compute()).toArray()).toEqual((await view.compute()).toArray());
    }
  });
});

describe("a file that is there already", () => {
  test("is replaced although it is read by what replaces it", async () => {
    const { folder, path } = place();
    await arange(20_000, { dtype: "float64" }).reshape([200, 100]).saveNpy(path);
    const before = await openNpy(path).T.multiply(2).compute();
    await worked(openNpy(path, { chunks: 10 }))
      .T.multiply(2)
      .saveNpy(path, { workers: 2 });
    expect((await openNpy(path).compute()).toArray()).toEqual(before.toArray());
    expectFiles(folder, "x.npy");
  });

  test("keeps its mode, and a link to it stays a link", async () => {
    const { folder, path } = place();
    await ones([3]).saveNpy(path);
    chmodSync(path, 0o640);
    symlinkSync(path, join(folder, "link.npy"));
    await zeros([3]).saveNpy(join(folder, "link.npy"));
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(lstatSync(join(folder, "link.npy")).isSymbolicLink()).toBe(true);
    expect((await openNpy(path).compute()).toArray()).toEqual([0, 0, 0]);
  });

  test("is one of the two, whole, if it is saved from two sides at once", async () => {
    const { folder, path } = place();
    for (let round = 0; round < 10; round++) {
      const [a, b] = [full([300], round, { chunks: 10 }), full([200], -round, { chunks: 7 })];
      await Promise.all([a.saveNpy(path), worked(b).saveNpy(path)]);
      const { shape, data } = await openNpy(path).compute();
      expect([...data]).toEqual(new Array(shape[0]).fill(shape[0] === 300 ? round : -round));
    }
    expectFiles(folder, "x.npy");
  });
});

test("an array that was opened before its file was replaced is not read with the old header", async () => {
  const { path } = place();
  await ones([4, 5]).saveNpy(path);
  const old = openNpy(path);
  await ones([5, 4]).saveNpy(path);
  const [error, fresh] = await Promise.all([rejectionOf(compute([old.sum()])), openNpy(path).compute()]);
  expect(error).toMatchObject({ name: "ComputeError", path, cause: { name: "FormatError" } });
  expect(fresh.shape).toEqual([5, 4]);
});

test("a file of one element has a header and the bytes of the element, and no more", async () => {
  const { path } = place();
  await full([], 7, { dtype: "uint8" }).saveNpy(path);
  expect(statSync(path).size).toBe(128 + factsOf("uint8").bytes);
});
