/** What the tests of tables in text share: opening text, reading all of it, errors. */
import { writeFileSync } from "node:fs";
import { blockAt, chunkBox, countChunks, gridOf } from "#src/data/chunks";
import { type DType, factsOf, viewOf } from "#src/data/dtype";
import type { EncodedArray } from "#src/data/encoded";
import { countsOf, sizeOf } from "#src/data/region";
import type { CsvOptions } from "#src/formats/csv/options";
import { openArray } from "#src/formats/opening";
import { table } from "#src/formats/table";

/** All elements of an array, part by part, as bytes. */
export async function readAll(array: EncodedArray): Promise<Buffer> {
  const reader = await (await table.csv.load()).reader(JSON.parse(JSON.stringify(array)) as EncodedArray);
  const pieces: Uint8Array[] = [];
  try {
    for (let number = 0; number < countChunks(array.grid); number++) {
      const box = chunkBox(array.grid, blockAt(gridOf(array.grid), number));
      const bytes = new Uint8Array(sizeOf(countsOf(box)) * factsOf(array.dtype).bytes);
      if (bytes.length > 0) await reader.read(box, bytes);
      pieces.push(bytes);
    }
  } finally {
    await reader.close();
  }
  return Buffer.concat(pieces);
}

/** A table as dtype, shape and numbers (as text, so that -0 and NaN show). */
export interface Table {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly values: readonly string[];
}

/** Writes text to a file and reads it as a table. */
export async function tableOf(path: string, text: string | Uint8Array, options: CsvOptions = {}): Promise<Table> {
  writeFileSync(path, text);
  const opened = await openArray(table.csv, path, options);
  if (opened.kind !== "encoded") throw new Error("not encoded");
  const { array } = opened;
  const bytes = await readAll(array);
  const copy = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const values = viewOf(array.dtype, copy, 0, sizeOf(array.shape)) as ArrayLike<number | bigint>;
  const { dtype, shape } = array;
  return { dtype, shape, values: Array.from(values, (value) => (Object.is(value, -0) ? "-0" : String(value))) };
}

/** What a promise is rejected with; fails when it is not. */
export async function rejection(promise: Promise<unknown>): Promise<Error & { offset?: number; path?: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

/** Numbers in [0, 1), the same each time (Park and Miller). */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
