/** Parquet files as arrays: columns of numbers are the last axis, row groups the parts along the rows. */
import { factsOf } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { FormatError } from "../../data/errors.js";
import { openBytes } from "../../storage/stores/local-store.js";
import { chooseColumns, commonDType, type TableOptions } from "../tables/columns.js";
import { gridOfTable } from "../tables/parts.js";
import { chunkOf, readFooter } from "./metadata.js";
import { mostPageBytes } from "./pages.js";
import type { ParquetParams } from "./reader.js";

const operation = "openParquet";
/** What is read ahead, and short-lived small arrays. */
const extraBytes = 2 ** 22;

/**
 * Opens columns of a Parquet file: an array [rows, columns] in the order of columns, or with `column` one of one axis. Reads
 * the metadata only.
 *
 * Where a file does not tell how many nulls a column has, it is taken to have some: integers become float64.
 *
 * @throws StorageError where the file cannot be read
 * @throws FormatError where it is damaged, or a column holds no numbers
 * @throws ArgumentError for wrong options, and names of columns that it does not have
 * @example
 * const table = await openParquet("x.parquet", { columns: ["a", "b"] }); // shape [rows, 2]
 */
export async function openParquet(path: string, options: TableOptions = {}): Promise<EncodedArray> {
  const file = await openBytes(path);
  try {
    const footer = await readFooter(file);
    const { indices, flat, nulls } = chooseColumns(path, footer.columns, options, operation);
    const columns = indices.map((i) => footer.columns[i]!);
    const counts: (number | undefined)[] = columns.map(() => 0);
    let [stored, decoding] = [0, 0];
    for (const [group, rows] of footer.rows.entries()) {
      for (const [i, column] of columns.entries()) {
        const chunk = chunkOf(footer, path, group, column);
        const before = counts[i];
        counts[i] = before === undefined || chunk.nulls === undefined ? undefined : before + chunk.nulls;
        stored += chunk.length;
        const plain = Math.max(chunk.plain, mostPageBytes(rows));
        // the page as it is read, decompressed (in a codec's memory, too), widened, spread; and the dictionary
        decoding = Math.max(decoding, 2 * chunk.length + 3 * plain + 16 * rows);
      }
    }
    const total = footer.rows.reduce((sum, rows) => sum + rows, 0);
    if (total * columns.length > Number.MAX_SAFE_INTEGER) {
      throw new FormatError(`${path} claims to have ${total} rows, more than can be counted`, { path });
    }
    const dtype = commonDType(path, columns, counts, nulls, operation);
    const rows = { lengths: footer.rows, divisible: false };
    return {
      format: "parquet",
      path,
      version: file.version,
      dtype,
      shape: flat ? [total] : [total, columns.length],
      grid: gridOfTable(rows, flat ? undefined : columns.length, factsOf(dtype).bytes),
      order: flat ? "C" : "F",
      workspace: decoding + extraBytes,
      storedBytes: stored / Math.max(1, total * columns.length),
      params: { nulls, indices } satisfies ParquetParams,
    };
  } finally {
    await file.close();
  }
}

/** The texts that the metadata of a file holds by keys. */
export async function attributes(path: string): Promise<Record<string, string>> {
  const file = await openBytes(path);
  try {
    const { key_value_metadata: pairs = [] } = (await readFooter(file)).metadata;
    // of damaged metadata, the library may make something else than pairs of texts
    const texts = Array.from(pairs).filter(({ key }) => typeof key === "string");
    return Object.fromEntries(texts.map(({ key, value }) => [key, String(value ?? "")]));
  } finally {
    await file.close();
  }
}
