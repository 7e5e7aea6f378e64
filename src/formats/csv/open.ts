/** Opens a file of text as an array: its first records give the columns, and one pass over it counts the records. */
import type { Chunks } from "../../data/chunks.js";
import { type DType, factsOf } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { ArgumentError } from "../../data/errors.js";
import { shown } from "../../data/shown.js";
import { withLocalFile } from "../../storage/stores/file.js";
import type { RefuseSigned } from "../format.js";
import { charactersOf, compressionOf, type Encoding, lineEndOf } from "./encoding.js";
import { type CheckedOptions, type CsvOptions, type CsvParams, checkCsvOptions, elementsOf } from "./options.js";
import { readerBytes } from "./reader.js";
import { readSample, rowBytesOf } from "./sample.js";
import { scanParts } from "./scan.js";
import { surveyed } from "./survey.js";
import { isForward, openText } from "./text.js";

/** How the text of a file is kept, by its beginning. */
async function encodingOf(path: string, { compression, quote }: CheckedOptions): Promise<Encoding> {
  const first = withLocalFile(path, (file) => {
    const bytes = Buffer.alloc(Math.min(4, file.size));
    file.readInto(bytes, 0);
    return bytes;
  });
  const packed = { compression: compression === "auto" ? compressionOf(first) : compression };
  const bytes = await beginning(path, { ...packed, characters: "utf8", lineEnd: "LF" }, 4);
  const decoded = { ...packed, characters: charactersOf(bytes) };
  return { ...decoded, lineEnd: lineEndOf(await beginning(path, { ...decoded, lineEnd: "LF" }, 2 ** 17), quote) };
}

/** The first bytes of a file's text. */
async function beginning(path: string, encoding: Encoding, length: number): Promise<Uint8Array> {
  const text = openText(path, encoding);
  try {
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, await text.read(bytes, 0));
  } finally {
    text.close();
  }
}

/**
 * Opens a table of numbers in text (CSV, TSV and their like) as an array of [records, columns], or of [records] where
 * one `column` is asked for. The file is read once, in pieces of 256 KiB, to count its records, and a second time if a
 * dtype that its first records show may not hold the others; nothing of it is kept.
 *
 * Numbers are those that Python's `float()` takes, without underscores: the nearest float64 or float32, to even in a
 * tie. Blank lines are no records. Line ends are LF, CRLF or CR. The text is ASCII, UTF-8 or UTF-16, with or without a
 * byte order mark.
 *
 * @throws FormatError, with path and offset: for a file that is empty, binary or damaged, for a quote that is never
 *   closed, for a text among the first records where a number should be, and for text that can be read in two ways;
 *   ArgumentError and DTypeError for options; StorageError
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
  const encoding = await encodingOf(path, checked);
  const text = openText(path, encoding);
  try {
    const sample = await readSample(text, path, checked, refuseSigned);
    const { dialect, fields, names, columns, complete, start } = sample;
    const partBytes = checked.partBytes ?? (isForward(encoding) ? 2 ** 26 : 2 ** 22);
    const inferred = checked.dtype === undefined && !complete ? sample.dtype : "float64";
    const wholes = inferred === "int64" || inferred === "uint64";
    const { rows, other, ...parts } = await scanParts(text, path, dialect, start, partBytes, wholes);
    const { missing, decimal, thousands, sentinels } = checked;
    const params = { encoding, fields, columns, names, missing, ...parts };
    const as = (dtype: DType): EncodedArray => {
      const elements = elementsOf(dtype, "openCsv");
      const style = { ...dialect, decimal, thousands, sentinels };
      const traits = { ...style, elements, empty: missing.includes(""), exact: checked.dtype === undefined };
      return describe(path, text, dtype, checked.single, rows, { ...params, traits });
    };
    const array = as(sample.dtype);
    // the scan shows whether there are only whole numbers, but not which of them stand for a missing value
    const known = inferred === "float64" || (wholes && !other && sentinels.length === 0);
    return known ? array : await surveyed(array, as);
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
  const names = params.names === null ? {} : { names: params.columns.map((field) => params.names?.[field] ?? "") };
  return { format: "csv", path, version, dtype, shape, grid, order: "C", workspace, storedBytes, ...names, params };
}
