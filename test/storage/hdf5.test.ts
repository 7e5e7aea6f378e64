import { closeSync, openSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { blockAt, chunkBox, countChunks, gridOf } from "#src/data/chunks";
import { factsOf } from "#src/data/dtype";
import type { EncodedArray } from "#src/data/encoded";
import { countsOf, sizeOf } from "#src/data/region";
import { loadFormat } from "#src/storage/formats/index";
import { type FormatCase, formatSuite } from "../conformance/format.js";
import { temporaryFolder } from "./folder.js";
import { python, storages, types, writeAll } from "./hdf5-files.js";

const folder = temporaryFolder();
const hdf5 = () => loadFormat("hdf5");
const place = (name: string) => join(folder, name);

/** What opening throws. */
async function refusal(path: string, dataset?: string): Promise<Error> {
  return (await hdf5()).open(path, dataset === undefined ? {} : { dataset }).then(
    () => {
      throw new Error("nothing was thrown");
    },
    (error: Error) => error,
  );
}

/** Opens a dataset that must be decoded. */
async function encoded(path: string, dataset?: string): Promise<EncodedArray> {
  const opened = await (await hdf5()).open(path, dataset === undefined ? {} : { dataset });
  if (opened.kind !== "encoded") throw new Error("not encoded");
  return opened.array;
}

/** All elements of an array in C order, read part by part. */
async function readAll(array: EncodedArray): Promise<Buffer> {
  const reader = await (await hdf5()).reader(JSON.parse(JSON.stringify(array)) as EncodedArray);
  const item = factsOf(array.dtype).bytes;
  const columns = array.shape.at(-1) ?? 1;
  const result = Buffer.alloc(sizeOf(array.shape) * item);
  for (let number = 0; number < countChunks(array.grid); number++) {
    const box = chunkBox(array.grid, blockAt(gridOf(array.grid), number));
    const [rows, width] = [countsOf(box)[0] ?? 1, countsOf(box)[1] ?? 1];
    const bytes = new Uint8Array(sizeOf(countsOf(box)) * item);
    await reader.read(box, bytes);
    for (let row = 0; row < rows; row++) {
      const at = (((box.start[0] ?? 0) + row) * columns + (box.start[1] ?? 0)) * item;
      result.set(bytes.subarray(row * width * item, (row + 1) * width * item), at);
    }
  }
  await reader.close();
  return result;
}

/** The elements of a type as they should be read: in this machine's order, halves widened. */
function expected(path: string, name: string): Buffer {
  const raw = readFileSync(`${path}.${name}.bin`);
  const part = name.includes("c") ? Number(/\d+/.exec(name)![0]) / 2 : Number(/\d+/.exec(name)![0]);
  if (name.startsWith(">")) {
    if (part === 2) raw.swap16();
    else if (part === 4) raw.swap32();
    else raw.swap64();
  }
  return raw;
}

describe.each([
  ["earliest", 0],
  ["latest", 0],
  ["earliest", 1024],
  ["latest", 512],
] as const)("files of h5py, libver %s, user block of %i bytes", (libver, userblock) => {
  const path = place(`${libver}-${userblock}.h5`);
  beforeAll(() => writeAll(path, libver, userblock));

  test("every dtype in every storage", async () => {
    for (const [type, dtype] of types) {
      const name = type.replace("|", "");
      for (const storage of Object.keys(storages)) {
        const opened = await (await hdf5()).open(path, { dataset: `/${name}/${storage}` });
        expect(opened.kind, `${name} ${storage}`).toBe(storage === "contiguous" ? "strided" : "encoded");
        if (opened.kind === "strided") {
          const { file } = opened;
          expect(file).toMatchObject({ dtype, shape: [7, 9], strides: [9, 1], size: statSync(path).size });
          const stored = file.encoding.half ? 2 : factsOf(dtype).bytes;
          const bytes = readFileSync(path).subarray(file.offset, file.offset + 63 * stored);
          expect(bytes.equals(readFileSync(`${path}.${name}.bin`)), name).toBe(true);
          expect(file.encoding, name).toEqual({ swap: name.startsWith(">"), half: name.endsWith("f2") });
          continue;
        }
        expect(opened.array).toMatchObject({ dtype, shape: [7, 9], order: "C", format: "hdf5" });
        const bytes = await readAll(opened.array);
        if (name.endsWith("f2")) {
          const raw = expected(path, name);
          writeFileSync(place("half"), raw);
          python(
            "import sys, numpy as np; p = sys.argv[1]; np.fromfile(p, '<f2').astype('<f4').tofile(p)",
            place("half"),
          );
          const [found, right] = [bytes, readFileSync(place("half"))].map((b) => [
            ...new Float32Array(new Uint8Array(b).buffer),
          ]);
          expect(found, `${name} ${storage}`).toEqual(right);
        } else expect(bytes.equals(expected(path, name)), `${name} ${storage}`).toBe(true);
      }
    }
  });
});
