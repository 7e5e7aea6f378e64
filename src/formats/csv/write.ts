/** Elements to text, in a worker: each part of the grid becomes a file of its own in the destination's folder. */
import { closeSync, openSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { chunkAt } from "../../data/chunks.js";
import { type DType, factsOf, type TypedArray, viewOf } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { at } from "../../data/lists.js";
import { type Box, countsOf, sizeOf } from "../../data/region.js";
import { failure } from "../../storage/stores/failure.js";
import type { ArrayWriter } from "../format.js";

/** Text is written in pieces of about this many bytes. */
export const pieceBytes = 2 ** 18;

/** What a writer needs beside the array. */
export interface WriteParams {
  readonly delimiter: string;
  readonly lineEnding: string;
}

/** The fewest digits that give a float64 again. Whole numbers keep a point, so that they are read as floats. */
function doubleText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  if (!Number.isInteger(value)) return String(value);
  if (Object.is(value, -0)) return "-0.0";
  return Math.abs(value) < 1e21 ? `${value}.0` : String(value);
}

/**
 * The fewest digits that give a float32 again: one or more for subnormals, nearly always six for others, nine at most.
 */
function singleText(value: number): string {
  const size = Math.abs(value);
  if ((size < 2 ** 24 && Number.isInteger(value)) || !Number.isFinite(value)) return doubleText(value);
  for (let digits = size < 2 ** -126 ? 1 : 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return doubleText(short);
  }
  return doubleText(Number(value.toPrecision(9)));
}

function textOf(dtype: DType): (value: number | bigint) => string {
  if (factsOf(dtype).kind !== "float") return String;
  const floatText = dtype === "float32" ? singleText : doubleText;
  return (value) => floatText(Number(value));
}

/** Writes parts of a table. */
export function csvWriter({ path: folder, dtype, grid, params }: EncodedArray): ArrayWriter {
  const { delimiter, lineEnding } = params as WriteParams;
  const text = textOf(dtype);
  const piece = Buffer.alloc(pieceBytes);
  return {
    write(box: Box, elements: Uint8Array): number {
      const counts = countsOf(box);
      const [, columns = 1] = counts;
      const values = valuesOf(dtype, elements, sizeOf(counts));
      const path = join(folder, String(chunkAt(at(grid, 0), at(box, 0).start)));
      const temporary = `${path}.tmp`;
      let written = 0;
      try {
        const handle = openSync(temporary, "w");
        try {
          let filled = 0;
          const put = (line: string): void => {
            // all text is ASCII
            for (let from = 0; from < line.length; ) {
              const count = piece.write(line.slice(from, from + piece.length - filled), filled, "latin1");
              from += count;
              filled += count;
              if (filled === piece.length) flush();
            }
          };
          const flush = (): void => {
            for (let done = 0; done < filled; ) done += writeSync(handle, piece, done, filled - done);
            written += filled;
            filled = 0;
          };
          let line = "";
          let column = 0;
          for (const value of values) {
            column = column === columns ? 1 : column + 1;
            line += text(value) + (column < columns ? delimiter : lineEnding);
            if (column < columns && line.length < 16384) continue;
            put(line);
            line = "";
          }
          flush();
        } finally {
          closeSync(handle);
        }
        // a part has its name only when it is whole
        renameSync(temporary, path);
      } catch (cause) {
        throw failure(`write ${path}`, path, cause);
      }
      return written;
    },
    close: () => undefined,
  };
}

/** The elements as numbers; a copy if their address is not a multiple of their size. */
function valuesOf(dtype: DType, elements: Uint8Array, length: number): TypedArray {
  const aligned = elements.byteOffset % factsOf(dtype).bytes === 0 ? elements : new Uint8Array(elements);
  return viewOf(dtype, aligned.buffer, aligned.byteOffset, length);
}
