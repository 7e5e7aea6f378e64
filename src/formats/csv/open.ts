/** Opens a file of text as an array: its first records give the columns, and one pass over it counts the records. */

import type { Chunks } from "../../data/chunks.js";
import { type DType, factsOf } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { ArgumentError } from "../../data/errors.js";
import { shown } from "../../data/shown.js";
import { withLocalFile } from "../../storage/stores/file.js";
import type { RefuseSigned } from "../format.js";
import { type Compression, type CsvOptions, type CsvParams, checkCsvOptions, elementsOf } from "./options.js";
import { readerBytes } from "./reader.js";
import { readSample, rowBytesOf } from "./sample.js";
import { scanParts } from "./scan.js";
import { compressionOf, openText } from "./text.js";

const defaultPart: Readonly<Record<Compression, number>> = { none: 2 ** 22, gzip: 2 ** 26, zstd: 2 ** 26 };

/** How a file is compressed, by its first bytes. */
function fileCompression(path: string): Compression {
  return withLocalFile(path, (file) => {
    const bytes = Buffer.alloc(Math.min(4, file.size));
    file.readInto(bytes, 0);
    return compressionOf(bytes);
  });
}

/**
 * Opens a table of numbers in text (CSV, TSV and their like) as an array of [records, columns], or of [records] where
 * one `column` is asked for. The file is read once, in pieces of 256 KiB, to count its records; nothing of it is kept.
 *
 * Numbers are those that Python's `float()` takes, without underscores: the nearest float64 or float32, to even in a
 * tie. Blank lines are no records. Line ends are LF or CRLF. The text is ASCII or UTF-8, with or without a byte order
 * mark.
 *
 * @throws FormatError, with path and offset: for a file that is empty, binary or damaged, for a quote that is never
 *   closed, for a text among the first records where a number should be; ArgumentError and DTypeError for options;
 *   StorageError
 * @example
 * const array = await openCsvFile("x.csv", { columns: ["x", "y"] });
 */
export async function openCsvFile(
  path: string,
  options: CsvOptions = {},
  refuseSigned: RefuseSigned = () => {},
): Promise<EncodedArray> {
  if (typeof path !== "string" || path === "") {
    throw new ArgumentError(`openCsv: takes a path, not ${shown(path)}`);
  }
  const checked = checkCsvOptions(options);
  const compression = checked.compression === "auto" ? fileCompression(path) : checked.compression;
  const text = openText(path, compression);
  try {
    const { dialect, fields, names, columns, dtype, start } = await readSample(text, path, checked, refuseSigned);
    const partBytes = checked.partBytes ?? defaultPart[compression];
    const { rows, ...parts } = await scanParts(text, path, dialect, start, partBytes);
    const { missing } = checked;
    const traits = { ...dialect, elements: elementsOf(dtype, "openCsv"), empty: missing.includes("") };
    const params: CsvParams = { compression, traits, fields, columns, names, missing, ...parts };
    return describe(path, text, dtype, checked.single, rows, params);
  } finally {
    text.close();
  }
}

function describe(
  path: string,
  { version, size }: { readonly version: string; readonly size: number },
  dtype: DType,
  single: boolean,
  rows: readonly number[],
  params: CsvParams,
): EncodedArray {
  const columns = params.columns.length;
  const records = rows.reduce((sum, count) => sum + count, 0);
  const grid: Chunks = single ? [rows] : [rows, [columns]];
  const shape = single ? [records] : [records, columns];
  const workspace = readerBytes(params, rowBytesOf(dtype, columns));
  const elements = Math.max(1, records * columns);
  const storedBytes = records === 0 ? factsOf(dtype).bytes : size / elements;
  return { format: "csv", path, version, dtype, shape, grid, order: "C", workspace, storedBytes, params };
}
