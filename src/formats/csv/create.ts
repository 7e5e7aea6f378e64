/**
 * Writes an array as a table of text. The length of a number's text is not known before it is written, so no part knows
 * its place in the file: each part is written to a file of its own, and the commit puts them one after the other (see
 * part-files.ts).
 *
 * Invariant: the target's name is that of the former file or of the whole new one. A part's file is removed as soon as
 * it is copied, so the disk holds the text once, and one part twice.
 */
import { unlinkSync } from "node:fs";
import type { Chunks } from "../../data/chunks.js";
import { type DType, factsOf } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { ArgumentError, DTypeError, ShapeError } from "../../data/errors.js";
import { at } from "../../data/lists.js";
import { shown } from "../../data/shown.js";
import type { SyncWritable } from "../../storage/stores/capabilities.js";
import { failure } from "../../storage/stores/failure.js";
import { LocalFile } from "../../storage/stores/file.js";
import type { Destination } from "../format.js";
import { copyBytes, destinationOfParts, partPath } from "../part-files.js";
import { Notation } from "./notation.js";
import { characterOf, defaultMissing } from "./options.js";
import { pieceBytes, type WriteParams } from "./write.js";

/** Options of writing a table of text. */
export interface CsvWriteOptions {
  /** The character between numbers. Default `","`. */
  readonly delimiter?: string;
  /** The names of the columns, for a first line. Default: no such line. */
  readonly header?: readonly string[];
  /** The end of a line. Default `"\n"`. */
  readonly lineEnding?: "\n" | "\r\n";
}

const operation = "saveCsv";

const notation = new Notation({ decimal: 0x2e, thousands: -1, sentinels: [] }, defaultMissing);

/** The first line, with quotes around names that need them. */
function headerLine(header: unknown, columns: number, delimiter: string, lineEnding: string): string {
  if (header === undefined) return "";
  if (!Array.isArray(header) || !header.every((name) => typeof name === "string")) {
    throw new ArgumentError(`${operation}: header must be a list of names; got ${shown(header)}`);
  }
  if (header.length !== columns) {
    throw new ArgumentError(`${operation}: header has ${header.length} names; the array has ${columns} columns`);
  }
  // quotes tell names from numbers and comments
  const quoted = (name: string): boolean =>
    /^#|["\r\n]|^\s|\s$/.test(name) || name.includes(delimiter) || notation.kindOf(name) !== "text";
  const texts = header.map((name: string) => (quoted(name) ? `"${name.replaceAll('"', '""')}"` : name));
  return texts.join(delimiter) + lineEnding;
}

/**
 * Begins a table of text: [records, columns], or [records] for a single column. Parts are cut where `chunks` cut the
 * first axis. Floats are written with the fewest digits that give the same number again, and with ".0" if they are
 * whole, so that they are read as floats; NaN as `nan`, infinities as `inf`; bools as 0 and 1.
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
    throw new ShapeError(`${operation}: expected one axis or two; the array has ${shape.length}; reshape it`);
  }
  if (factsOf(dtype).kind === "complex") {
    throw new DTypeError(`${operation}: text holds real numbers, not ${dtype}; save the real and the imaginary part`);
  }
  const columns = shape[1] ?? 1;
  if (columns === 0) throw new ShapeError(`${operation}: a table has at least one column`);
  characterOf(delimiter, "delimiter", operation);
  if (lineEnding !== "\n" && lineEnding !== "\r\n") {
    throw new ArgumentError(`${operation}: lineEnding must be "\\n" or "\\r\\n"; got ${shown(lineEnding)}`);
  }
  const first = headerLine(header, columns, delimiter, lineEnding);
  const rows = at(chunks, 0);
  const params: WriteParams = { delimiter, lineEnding };
  const describe = (parts: string): EncodedArray => ({
    format: "csv",
    path: parts,
    version: parts,
    dtype,
    shape,
    grid: shape.length === 1 ? [rows] : [rows, [columns]],
    order: "C",
    workspace: 4 * pieceBytes + 64 * columns,
    storedBytes: 2 * factsOf(dtype).bytes,
    params,
  });
  return destinationOfParts(path, describe, (parts, file) => concatenate(parts, rows, first, file));
}

/** Copies the parts behind the first line, and removes each as soon as it is copied. */
async function concatenate(parts: string, rows: readonly number[], first: string, file: SyncWritable): Promise<void> {
  const line = Buffer.from(first, "utf8");
  if (line.length > 0) file.write(line, 0);
  let end = line.length;
  for (const [number, count] of rows.entries()) {
    if (count === 0) continue;
    const path = partPath(parts, number);
    const part = LocalFile.open(path, "read");
    try {
      await copyBytes(part, { offset: 0, length: part.size }, file, end);
    } finally {
      part.close();
    }
    end += part.size;
    try {
      unlinkSync(path);
    } catch (cause) {
      throw failure(`remove ${path}`, path, cause);
    }
  }
}
