/**
 * Writes an array as a table of text. How long a number's text is only shows when it is written, so no part knows its place
 * in the file beforehand: each is written to a file of its own, and committing puts them one behind the other.
 *
 *     worker ─▶ folder/.chunkwise-….parts/0, 1, 2 … ─ commit ─▶ folder/.chunkwise-….tmp ─ rename ─▶ folder/target
 *
 * Invariant: under the target's name stands the former file or the whole new one. A part's file is removed as soon as it is
 * copied, so that the disk holds the text once, and one part twice.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, rmSync, unlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Chunks } from "../../../data/chunks.js";
import { type DType, factsOf } from "../../../data/dtype.js";
import type { EncodedArray } from "../../../data/encoded.js";
import { ArgumentError, DTypeError, ShapeError } from "../../../data/errors.js";
import { failure } from "../../stores/failure.js";
import { LocalFile } from "../../stores/file.js";
import { Replacement } from "../../stores/replacement.js";
import type { Destination } from "../format.js";
import { characterOf } from "./options.js";
import { pieceBytes, type WriteParams } from "./write.js";

/** How a table of text is written. */
export interface CsvWriteOptions {
  /** The character between numbers. Default `","`. */
  readonly delimiter?: string;
  /** The names of the columns, for a first line. Default: no such line. */
  readonly header?: readonly string[];
  /** What ends a line. Default `"\n"`. */
  readonly lineEnding?: "\n" | "\r\n";
}

const operation = "saveCsv";

/** The first line, with quotes around names that need them. */
function headerLine(header: unknown, columns: number, delimiter: string, lineEnding: string): string {
  if (header === undefined) return "";
  if (!Array.isArray(header) || !header.every((name) => typeof name === "string")) {
    throw new ArgumentError(`${operation}: header must be a list of names, and is ${JSON.stringify(header)}`);
  }
  if (header.length !== columns) {
    throw new ArgumentError(`${operation}: header has ${header.length} names; the array has ${columns} columns`);
  }
  const quoted = (name: string): boolean => name === "" || /["\r\n]|^\s|\s$/.test(name) || name.includes(delimiter);
  const texts = header.map((name: string) => (quoted(name) ? `"${name.replaceAll('"', '""')}"` : name));
  return texts.join(delimiter) + lineEnding;
}

/**
 * Begins a table of text: [records, columns], or [records] for a single column. Parts are cut where `chunks` cut the first
 * axis. Floats are written with the fewest digits that give the same number again and with ".0" where they are whole, so
 * that they are read as floats; NaN as `nan`, infinities as `inf`; bools as 0 and 1.
 *
 * @throws ShapeError for other numbers of axes, DTypeError for complex numbers, ArgumentError for options, StorageError
 *   when the file cannot be made there
 * @example
 * const destination = await createCsvFile("x.csv", { dtype: "float64", shape: [4, 2], chunks: [[2, 2], [2]] });
 */
export async function createCsvFile(
  path: string,
  { dtype, shape, chunks }: { readonly dtype: DType; readonly shape: readonly number[]; readonly chunks: Chunks },
  { delimiter = ",", header, lineEnding = "\n" }: CsvWriteOptions = {},
): Promise<Destination> {
  if (shape.length !== 1 && shape.length !== 2) {
    throw new ShapeError(`${operation}: a table has one axis or two, and the array has ${shape.length}; reshape it`);
  }
  if (factsOf(dtype).kind === "complex") {
    throw new DTypeError(`${operation}: text holds real numbers, not ${dtype}; save the real and the imaginary part`);
  }
  const columns = shape[1] ?? 1;
  if (columns === 0) throw new ShapeError(`${operation}: a table has one column at the least`);
  characterOf(delimiter, "delimiter", operation);
  if (lineEnding !== "\n" && lineEnding !== "\r\n") {
    throw new ArgumentError(`${operation}: lineEnding must be "\\n" or "\\r\\n", and is ${JSON.stringify(lineEnding)}`);
  }
  const first = headerLine(header, columns, delimiter, lineEnding);
  const replacement = Replacement.create(path, 0);
  const parts = join(dirname(replacement.path), `.chunkwise-${randomUUID()}.parts`);
  try {
    mkdirSync(parts);
  } catch (cause) {
    replacement.discard();
    throw failure(`make the folder ${parts}`, path, cause);
  }
  const rows = chunks[0]!;
  const grid: Chunks = shape.length === 1 ? [rows] : [rows, [columns]];
  const params: WriteParams = { delimiter, lineEnding };
  const workspace = 4 * pieceBytes + 64 * columns;
  const array: EncodedArray = {
    format: "csv",
    path: parts,
    version: parts,
    dtype,
    shape,
    grid,
    order: "C",
    workspace,
    storedBytes: 2 * factsOf(dtype).bytes,
    params,
  };
  const remove = (): void => {
    try {
      rmSync(parts, { recursive: true, force: true });
    } catch (cause) {
      throw failure(`remove the temporary folder ${parts}`, parts, cause);
    }
  };
  return {
    array,
    async commit() {
      try {
        await concatenate(replacement.path, first, parts, rows);
        replacement.commit();
      } catch (error) {
        replacement.discard();
        remove();
        throw error;
      }
      remove();
    },
    async discard() {
      replacement.discard();
      remove();
    },
  };
}

/** Puts the parts behind the first line. */
async function concatenate(to: string, first: string, parts: string, rows: readonly number[]): Promise<void> {
  const target = LocalFile.open(to, "update");
  try {
    const line = Buffer.from(first, "utf8");
    if (line.length > 0) target.write(line, 0);
    let end = line.length;
    const buffer = new Uint8Array(4 * pieceBytes);
    for (const [part, count] of rows.entries()) {
      if (count === 0) continue;
      const path = join(parts, String(part));
      const source = LocalFile.open(path, "read");
      try {
        for (let at = 0; at < source.size; ) {
          const piece = buffer.subarray(0, Math.min(buffer.length, source.size - at));
          source.readInto(piece, at);
          target.write(piece, end);
          at += piece.length;
          end += piece.length;
          await setImmediate();
        }
      } finally {
        source.close();
      }
      try {
        unlinkSync(path);
      } catch (cause) {
        throw failure(`remove ${path}`, path, cause);
      }
    }
  } finally {
    target.close();
  }
}
