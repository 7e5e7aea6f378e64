/**
 * Opening Parquet files as arrays: columns of numbers are the last axis, and row groups are the parts along the rows.
 */
import { factsOf } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { FormatError } from "../../data/errors.js";
import { openBytes } from "../../storage/stores/local-store.js";
import { chooseColumns, commonDType, type TableOptions } from "../tables/columns.js";
import { gridOfTable } from "../tables/parts.js";
import { chunkOf, readFooter } from "./metadata.js";
import { mostPageBytes } from "./page.js";
import type { ParquetParams } from "./reader.js";

const operation = "openParquet";
/** Memory for bytes that are read ahead, and for small arrays. */
const EXTRA_BYTES = 2 ** 22;

/**
 * Opens columns of a Parquet file: an array [rows, columns] in the order of columns, or with `column` one of one axis.
 * Reads the metadata only.
 *
 * If a file does not say how many nulls a column has, the column counts as having some: integers become float64.
 *
 * @throws StorageError if the file cannot be read
 * @throws FormatError if it is damaged, or a column does not hold numbers
 * @throws ArgumentError for wrong options, and names of columns that it does not have
 * @example
 * const table = await openParquet("x.parquet", { columns: ["a", "b"] }); // shape [rows, 2]
 */
export async function openParquet(path: string, options: TableOptions = {}): Promise<EncodedArray> {
  const file = await openBytes(path);
  try {
    const footer = await readFooter(file);
    const { columns, flat, nulls } = chooseColumns(path, footer.columns, options, operation);
    const counts: (number | undefined)[] = columns.map(() => 0);
    let [stored, decoding] = [0, 0];
    for (const group of footer.groups) {
      const { rows } = group;
      for (const [i, column] of columns.entries()) {
        const chunk = chunkOf(footer, path, group, column);
        const before = counts[i];
        counts[i] = before === undefined || chunk.nulls === undefined ? undefined : before + chunk.nulls;
        stored += chunk.length;
        const plain = Math.max(chunk.plain, mostPageBytes(rows));
        // a page as it is read, decompressed (also in the memory of a codec), widened, with nulls; and the dictionary
        decoding = Math.max(decoding, 2 * chunk.length + 3 * plain + 16 * rows);
      }
    }
    const lengths = footer.groups.map(({ rows }) => rows);
    const total = lengths.reduce((sum, rows) => sum + rows, 0);
    if (total * columns.length > Number.MAX_SAFE_INTEGER) {
      throw new FormatError(`${path} claims ${total} rows, more than can be counted`, { path });
    }
    const dtype = commonDType(path, columns, counts, nulls, operation);
    const rows = { lengths, divisible: false };
    return {
      format: "parquet",
      path,
      version: file.version,
      dtype,
      shape: flat ? [total] : [total, columns.length],
      grid: gridOfTable(rows, flat ? undefined : columns.length, factsOf(dtype).bytes),
      order: flat ? "C" : "F",
      workspace: decoding + EXTRA_BYTES,
      storedBytes: stored / Math.max(1, total * columns.length),
      params: { nulls, columns } satisfies ParquetParams,
    };
  } finally {
    await file.close();
  }
}

/** The custom metadata of a file. */
export async function attributes(path: string): Promise<Record<string, string>> {
  const file = await openBytes(path);
  try {
    const { key_value_metadata: pairs = [] } = (await readFooter(file)).metadata;
    // damaged metadata may give something other than pairs of texts
    const texts = Array.from(pairs).filter(({ key }) => typeof key === "string");
    return Object.fromEntries(texts.map(({ key, value }) => [key, String(value ?? "")]));
  } finally {
    await file.close();
  }
}
