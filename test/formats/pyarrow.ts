/** Tables that pyarrow writes and reads for the tests of Arrow and Parquet. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { blockAt, chunkBox, countChunks, gridOf } from "#src/data/chunks";
import { type DType, factsOf } from "#src/data/dtype";
import type { EncodedArray } from "#src/data/encoded";
import { countsOf, sizeOf } from "#src/data/region";
import type { Destination, EncodedFormat } from "#src/formats/format";
import { expectedBox, type FormatCase } from "../conformance/format.js";
import { runPython } from "../support/python.js";

/** Runs Python with pyarrow as `pa` and NumPy as `np`; gives what it prints. */
export function pyarrow(code: string, ...args: string[]): Promise<string> {
  return runPython(`import sys, json, numpy as np, pyarrow as pa, pyarrow.parquet as pq\n${code}`, ...args);
}

/** What Python expects of a file that it wrote; the elements are in C order in a file beside it. */
export interface Expected {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** Runs code that writes files into a folder and calls `expect(name, array)` for what should be read. */
export async function written(folder: string, code: string): Promise<Expected[]> {
  const helper = `
folder = sys.argv[1]
made = []
def expect(name, array):
    np.ascontiguousarray(array).tofile(f"{folder}/{name}.bin")
    made.append({"name": name, "dtype": array.dtype.name, "shape": list(array.shape)})
`;
  return JSON.parse(await pyarrow(`${helper}${code}\nprint(json.dumps(made))`, folder)) as Expected[];
}

/** The elements that Python expects. */
export function expectedBytes(folder: string, name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(folder, `${name}.bin`)));
}

/** Reads an array part by part and compares it, bit by bit but for NaN. */
export async function compare(format: EncodedFormat, known: FormatCase, label: string): Promise<void> {
  const { array } = known;
  const reader = await format.reader(JSON.parse(JSON.stringify(array)) as EncodedArray);
  const { array: View, kind } = factsOf(array.dtype);
  try {
    for (let i = 0; i < countChunks(array.grid); i++) {
      const expected = expectedBox(known, chunkBox(array.grid, blockAt(gridOf(array.grid), i)));
      const found = new Uint8Array(expected.length);
      if (found.length === 0) continue;
      await reader.read(chunkBox(array.grid, blockAt(gridOf(array.grid), i)), found);
      if (Buffer.from(found).equals(Buffer.from(expected))) continue;
      const count = expected.length / factsOf(array.dtype).bytes;
      const [a, b] = [new View(found.buffer, 0, count), new View(expected.buffer, 0, count)];
      const at = [...a.keys()].find((j) => !Object.is(a[j], b[j]));
      if (at !== undefined || kind !== "float")
        expect.fail(`${label}: part ${i} has ${a[at!]}, not ${b[at!]}, at ${at}`);
    }
  } finally {
    await reader.close();
  }
}

/** Elements of an array in C order, from a function of their index. */
export function elements(dtype: DType, shape: readonly number[], value: (i: number) => number): Uint8Array {
  const { array, bytes, big } = factsOf(dtype);
  const count = sizeOf(shape);
  const result = new array(new ArrayBuffer(count * bytes), 0, count);
  for (let i = 0; i < count; i++) result[i] = big ? BigInt(value(i)) : value(i);
  return new Uint8Array(result.buffer);
}

/** Writes an array as tasks do: every part of the grid by itself, the last one first, the first one twice. */
export async function writeAll(format: EncodedFormat, destination: Destination, bytes: Uint8Array): Promise<void> {
  const { dtype, shape, grid } = destination.array;
  const item = factsOf(dtype).bytes;
  const writer = await format.writer!(JSON.parse(JSON.stringify(destination.array)) as EncodedArray);
  try {
    for (const number of [0, ...Array.from({ length: countChunks(grid) }, (_, i) => i).reverse()]) {
      const box = chunkBox(grid, blockAt(gridOf(grid), number));
      const [rows = 0, width = 1] = countsOf(box);
      const shared = new Uint8Array(new SharedArrayBuffer(rows * width * item));
      for (let row = 0; row < rows; row++) {
        const from = ((box[0]!.start + row) * (shape[1] ?? 1) + (box[1]?.start ?? 0)) * item;
        shared.set(bytes.subarray(from, from + width * item), row * width * item);
      }
      await writer.write(box, shared);
    }
  } finally {
    await writer.close();
  }
}
