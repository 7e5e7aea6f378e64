/** What the tests of writing Zarr share: elements, writing all parts as workers do, and zarr-python. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { type AsyncReadable, get, open } from "zarrita";
import { blockAt, chunkBox, countChunks, gridOf } from "#src/data/chunks";
import { type DType, factsOf } from "#src/data/dtype";
import type { EncodedArray } from "#src/data/encoded";
import { type Box, countsOf, sizeOf, stridesOf } from "#src/data/region";
import type { Destination } from "#src/formats/format";
import { createZarr, type ZarrWriteOptions } from "#src/formats/zarr/create";
import { zarrWriter } from "#src/formats/zarr/writer";
import { runPython } from "../../support/python.js";

/** Bytes of elements of any dtype, the same each time; bools are 0 or 1. Every tenth stretch of 16 bytes is zero. */
export function someBytes(dtype: DType, shape: readonly number[], seed = 1): Uint8Array {
  const bytes = new Uint8Array(sizeOf(shape) * factsOf(dtype).bytes);
  let state = seed;
  for (let i = 0; i < bytes.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[i] = (i >> 4) % 10 === 0 ? 0 : dtype === "bool" ? (state >>> 16) & 1 : state >>> 16;
  }
  return bytes;
}

/** The bytes of a box of an array in C order, in shared memory as a worker has them. */
export function cutBox(bytes: Uint8Array, shape: readonly number[], box: Box, item: number): Uint8Array {
  const counts = countsOf(box);
  const strides = stridesOf(shape);
  const result = new Uint8Array(new SharedArrayBuffer(sizeOf(counts) * item + 16), 8, sizeOf(counts) * item);
  for (let number = 0; number < sizeOf(counts); number++) {
    const at = blockAt(counts, number).reduce((sum, i, axis) => sum + (i + box[axis]!.start) * strides[axis]!, 0);
    result.set(bytes.subarray(at * item, (at + 1) * item), number * item);
  }
  return result;
}

/** Writes parts by their numbers, or all, the last first. */
export async function writeParts(
  sent: EncodedArray,
  bytes: Uint8Array,
  parts = Array.from({ length: countChunks(sent.grid) }, (_, i) => i).reverse(),
): Promise<void> {
  const array = JSON.parse(JSON.stringify(sent)) as EncodedArray;
  const writer = zarrWriter(array);
  try {
    for (const part of parts) {
      const box = chunkBox(array.grid, blockAt(gridOf(array.grid), part));
      await writer.write(box, cutBox(bytes, array.shape, box, factsOf(array.dtype).bytes));
    }
  } finally {
    await writer.close();
  }
}

/** Writes a whole array and commits it. */
export async function save(
  path: string,
  dtype: DType,
  shape: readonly number[],
  bytes: Uint8Array,
  options: ZarrWriteOptions = {},
): Promise<Destination> {
  const destination = await createZarr(path, { dtype, shape }, options);
  await writeParts(destination.array, bytes);
  await destination.commit();
  return destination;
}

/** What a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await promise;
  } catch (error) {
    return error as Error & Record<string, unknown>;
  }
  throw new Error("it was not rejected");
}

/** All files below a folder, sorted. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(folder.length + 1))
    .sort();
}

/** The elements of an array, in C order and as bytes, as zarrita reads them. */
export async function readByZarrita(path: string): Promise<Uint8Array> {
  const bytesAt = (key: string): Uint8Array | undefined =>
    existsSync(path + key) ? readFileSync(path + key) : undefined;
  const store: AsyncReadable = {
    get: async (key) => bytesAt(key),
    getRange: async (key, range) =>
      "suffixLength" in range
        ? bytesAt(key)?.subarray(-range.suffixLength)
        : bytesAt(key)?.subarray(range.offset, range.offset + range.length),
  };
  const { data, shape, stride } = await get(await open(store, { kind: "array" }));
  const { buffer, byteOffset, BYTES_PER_ELEMENT: item } = data as Int32Array;
  const found = new Uint8Array(buffer, byteOffset);
  const result = new Uint8Array(sizeOf(shape) * item);
  for (let number = 0; number < sizeOf(shape); number++) {
    const at = blockAt(shape, number).reduce((sum, index, axis) => sum + index * stride[axis]!, 0);
    result.set(found.subarray(at * item, (at + 1) * item), number * item);
  }
  return result;
}

/**
 * What zarr-python says about arrays: paths, or a path and the name inside the store; elements as hexadecimal digits.
 */
export async function readByPython(paths: readonly (string | readonly [string, string])[]): Promise<PythonArray[]> {
  const code = `
import json, sys, warnings, numpy as np, zarr
warnings.simplefilter("ignore")
for path in json.loads(sys.argv[1]):
    a = zarr.open_array(path, mode="r") if isinstance(path, str) else zarr.open_group(path[0], mode="r")[path[1]]
    x = np.ascontiguousarray(a[...])
    x = x.astype(x.dtype.newbyteorder("<"))
    print(json.dumps({"dtype": a.dtype.newbyteorder("=").name, "shape": a.shape,
        "chunks": a.chunks, "shards": a.shards, "hex": x.tobytes().hex(),
        "fill": None if a.fill_value is None else np.asarray(a.fill_value, a.dtype.newbyteorder("<")).tobytes().hex(),
        "attributes": a.attrs.asdict(),
        "format": a.metadata.zarr_format, "compressors": [repr(c) for c in a.compressors]}))
`;
  return (await runPython(code, JSON.stringify(paths)))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as PythonArray);
}

/** An array as zarr-python sees it. */
export interface PythonArray {
  readonly dtype: string;
  readonly shape: number[];
  readonly chunks: number[];
  readonly shards: number[] | null;
  readonly hex: string;
  readonly fill: string | null;
  readonly attributes: unknown;
  readonly format: number;
  readonly compressors: string[];
}
