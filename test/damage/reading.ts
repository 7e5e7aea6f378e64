/** Files that are damaged in every way that a test can think of, and what reading them must come to. */
import { expect } from "vitest";
import { blockAt, chunkBox, countChunks, gridOf } from "#src/data/chunks";
import { factsOf } from "#src/data/dtype";
import { StorageError } from "#src/data/errors";
import { countsOf, sizeOf } from "#src/data/region";
import type { EncodedFormat, OpenedArray } from "#src/formats/format";
import { overwrite } from "../support/folder.js";

/** More than the small arrays of these tests can justify. */
const mostElements = 2 ** 22;

/** What engines say about a program that failed, which tells nobody what is wrong with a file. */
const engineMessages =
  /properties of|DataView|is not (a function|iterable|defined)|nvalid (array|typed)|call stack|larger than \d/;

/** A format that opens files, by any options it takes. */
export type Opening = EncodedFormat & { open(path: string): Promise<OpenedArray> };

/**
 * Writes bytes to a file and reads all of it: `"read"` where that went through, `"refused"` where a FormatError told
 * the path and an offset inside the file. Anything else fails the test.
 */
export async function tryToRead(format: Opening, path: string, bytes: Uint8Array): Promise<"read" | "refused"> {
  overwrite(path, bytes);
  try {
    const opened = await format.open(path);
    if (opened.kind !== "encoded") return expect.fail(`opened as ${opened.kind}`);
    const { array } = opened;
    // a shape that no file of this size can have must not get as far as memory
    if (sizeOf(array.shape) > mostElements) expect.fail(`opened as an array of shape ${array.shape.join(", ")}`);
    if (!(array.workspace < 2 ** 28)) expect.fail(`opened as an array that needs ${array.workspace} bytes`);
    const reader = await format.reader(array);
    try {
      for (let i = 0; i < countChunks(array.grid); i++) {
        const box = chunkBox(array.grid, blockAt(gridOf(array.grid), i));
        await reader.read(box, new Uint8Array(sizeOf(countsOf(box)) * factsOf(array.dtype).bytes));
      }
    } finally {
      await reader.close();
    }
    return "read";
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    const problem = problemOf(error, path, bytes.length);
    if (problem !== undefined) throw new Error(`the error ${problem}: ${error.message}`, { cause: error });
    return "refused";
  }
}

/** What is wrong with an error about a file of this length. Thousands are judged: `expect` would take too long. */
function problemOf(
  { name, path, message, offset }: StorageError,
  expected: string,
  length: number,
): string | undefined {
  if (name !== "FormatError") return `is a ${name}`;
  if (path !== expected || !message.includes(expected)) return "does not name the file";
  if (engineMessages.test(message)) return "has a message of the engine";
  return offset === undefined || (offset >= 0 && offset <= length) ? undefined : `is at the offset ${offset}`;
}

/** Numbers below `most`, the same each time (Park and Miller). */
export function picks(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (state * 48271) % 2147483647;
    return state % most;
  };
}
