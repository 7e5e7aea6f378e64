/** What the tests of Zarr share: arrays that zarr-python wrote, and reading them as a worker does. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { blockAt, chunkBox, countChunks, gridOf } from "#src/data/chunks";
import { copyBox } from "#src/data/copy";
import { type DType, factsOf } from "#src/data/dtype";
import type { EncodedArray } from "#src/data/encoded";
import { decodedStrides } from "#src/data/encoded";
import { type Box, boxOf, cornerOf, countsOf, firstOf, sizeOf } from "#src/data/region";
import { zarr } from "#src/formats/zarr/format";
import { runPython } from "../../support/python.js";

/** An array that zarr-python wrote. */
export interface WrittenCase {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** What zarr-python reads from it, in C order. */
  readonly bytes: Uint8Array;
}

/** Has zarr-python write all cases into a folder. */
export async function writeCases(folder: string): Promise<WrittenCase[]> {
  const script = fileURLToPath(new URL("cases.py", import.meta.url));
  const lines = (await runPython(readFileSync(script, "utf8"), folder)).trim().split("\n");
  return lines.map((line) => {
    const [name, dtype, shape] = JSON.parse(line) as [string, DType, number[]];
    return { name, dtype, shape, bytes: readFileSync(join(folder, `${name}.bin`)) };
  });
}

/** What a whole array holds, in C order; read part by part by a reader that got it as a worker does. */
export async function readAll(array: EncodedArray): Promise<Uint8Array> {
  const { dtype, shape, grid } = array;
  const item = factsOf(dtype).bytes;
  const whole = new Uint8Array(sizeOf(shape) * item);
  const strides = decodedStrides({ order: "C" }, boxOf(shape));
  const reader = await zarr.reader(JSON.parse(JSON.stringify(array)) as EncodedArray);
  try {
    for (let number = 0; number < countChunks(grid); number++) {
      const box = chunkBox(grid, blockAt(gridOf(grid), number));
      const counts = countsOf(box);
      const bytes = new Uint8Array(new SharedArrayBuffer(sizeOf(counts) * item));
      if (bytes.length === 0) continue;
      await reader.read(box, bytes);
      const first = firstOf(0, strides, cornerOf(box));
      const from = { memory: bytes.buffer, offset: 0, strides: decodedStrides(array, box) };
      copyBox(item, counts, from, { memory: whole.buffer, offset: first * item, strides });
    }
  } finally {
    await reader.close();
  }
  return whole;
}

/** Reads one box by a reader of its own. */
export async function readBox(array: EncodedArray, box: Box = boxOf(array.shape)): Promise<Uint8Array> {
  const reader = await zarr.reader(array);
  try {
    const bytes = new Uint8Array(sizeOf(countsOf(box)) * factsOf(array.dtype).bytes);
    await reader.read(box, bytes);
    return bytes;
  } finally {
    await reader.close();
  }
}
