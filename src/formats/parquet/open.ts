/**
 * Opening Parquet files as arrays: columns of numbers are the last axis, and row groups are the parts along the rows.
 */
import { type DType, factsOf, promote } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { FormatError } from "../../data/errors.js";
import { at } from "../../data/lists.js";
import { openBytes } from "../../storage/stores/local-store.js";
import {
  chooseColumns,
  columnAttributes,
  commonDType,
  dtypeOf,
  findColumn,
  type Nulls,
  type Numeric,
  namesOf,
  type TableOptions,
} from "../tables/columns.js";
import { gridOfTable, listBytes, orderOf } from "../tables/parts.js";
import { type Chunk, chunkOf } from "./metadata.js";
import { mostPageBytes } from "./page.js";
import { PageReader, type PageSizes } from "./pages.js";
import type { ParquetParams } from "./reader.js";
import type { ParquetColumn } from "./schema.js";
import { columnIn, type FileColumn, isKey, nullsIn, type OpenedFile, openTable } from "./table.js";

const operation = "openParquet";
/** Memory for bytes that are read ahead, and for small arrays. */
const EXTRA_BYTES = 2 ** 22;

/** A column in a row group is large from here on: the headers of its pages are then read on opening. */
const LARGE_BYTES = 2 ** 25;
/** The bytes that are read at once where only headers are wanted. */
const HEADER_BYTES = 2 ** 12;

/** The columns of a file that an array needs, and what reading them takes. */
interface FileNeeds {
  readonly columns: readonly FileColumn[];
  /** The bytes of the columns in the file. */
  readonly stored: number;
  /** The most bytes that decoding a column of a row group needs. */
  readonly decoding: number;
}

/**
 * Opens columns of a Parquet file, or of all files of a folder: an array [rows, columns] in the order of columns, or
 * with `column` one of one axis, or of two for lists. Reads the metadata only, and where that does not say whether a
 * column of integers has nulls, the levels of its pages, up to the first null.
 *
 * @throws StorageError if a file cannot be read
 * @throws FormatError if it is damaged, a column does not hold numbers, or the files of a folder differ in one
 * @throws ArgumentError for wrong options, and names of columns that it does not have
 * @example
 * const table = await openParquet("x.parquet", { columns: ["a", "b"] }); // shape [rows, 2]
 */
export async function openParquet(path: string, options: TableOptions = {}): Promise<EncodedArray> {
  const { files, columns: all, version } = await openTable(path);
  const choice = chooseColumns(path, all, options, operation);
  const { flat, width, nulls, inexact } = choice;
  const needs: FileNeeds[] = [];
  const dtypes: DType[] = [];
  for (const file of files) {
    const columns = choice.columns.map((column) => columnIn(file, column));
    const counts = await countsIn(file, columns, nulls);
    dtypes.push(commonDType(file.path, columns, counts, nulls, operation));
    needs.push(await needsOf(file, columns));
  }
  const dtype = dtypes.reduce(promote);
  const lengths = files.flatMap(({ footer }) => footer.groups.map(({ rows }) => rows));
  const total = lengths.reduce((sum, rows) => sum + rows, 0);
  if (total * width > Number.MAX_SAFE_INTEGER) {
    throw new FormatError(`${path} claims ${total} rows, more than can be counted`, { path });
  }
  const { bytes: item } = factsOf(dtype);
  const stored = needs.reduce((sum, need) => sum + need.stored, 0);
  const decoding = needs.reduce((most, need) => Math.max(most, need.decoding), 0);
  return {
    format: "parquet",
    path,
    version,
    dtype,
    shape: flat ? [total] : [total, width],
    grid: gridOfTable({ lengths, divisible: false }, choice, item),
    order: orderOf(choice),
    workspace: decoding + listBytes(choice, item) + EXTRA_BYTES,
    storedBytes: stored / Math.max(1, total * width),
    ...namesOf(choice),
    params: paramsOf(files, needs, { nulls, inexact }),
  };
}

/** The nulls of columns in a file; where a dtype depends on there being any, pages are read to find out. */
async function countsIn(
  file: OpenedFile,
  columns: readonly FileColumn[],
  rule: Nulls,
): Promise<(number | undefined)[]> {
  const counts: (number | undefined)[] = [];
  for (const column of columns) {
    const matters = rule === "nan" && column.time === undefined && factsOf(dtypeOf(column)).kind !== "float";
    counts.push(await nullsIn(file, column, matters));
  }
  return counts;
}

async function needsOf({ path, footer }: OpenedFile, columns: readonly FileColumn[]): Promise<FileNeeds> {
  let [stored, decoding] = [0, 0];
  for (const group of footer.groups) {
    for (const column of columns) {
      if (isKey(column)) continue;
      const chunk = chunkOf(footer, path, group, column);
      stored += chunk.length;
      const { packed, plain, rows, dictionary } = await sizesOf(path, column, chunk);
      // a page as it is read, decompressed (also in the memory of a codec), widened, with nulls; and the dictionary
      decoding = Math.max(decoding, 2 * packed + 3 * Math.max(plain, mostPageBytes(rows)) + 16 * rows + dictionary);
    }
  }
  return { columns, stored, decoding };
}

/** How large pages are at most: as large as their column, or if that is large, as their headers say. */
async function sizesOf(path: string, column: Numeric<ParquetColumn>, chunk: Chunk): Promise<PageSizes> {
  const { length, plain, rows } = chunk;
  if (Math.max(length, plain) < LARGE_BYTES) return { packed: length, plain, rows, dictionary: 0 };
  const bytes = await openBytes(path);
  try {
    return await new PageReader(bytes, HEADER_BYTES).sizes(column, chunk);
  } finally {
    await bytes.close();
  }
}

/** What workers need to know of the files; most of them have the same columns. */
function paramsOf(
  files: readonly OpenedFile[],
  needs: readonly FileNeeds[],
  rules: Pick<ParquetParams, "nulls" | "inexact">,
): ParquetParams {
  const schemas: (readonly FileColumn[])[] = [];
  const numbers = new Map<string, number>();
  const described = files.map(({ path, version, footer }, i) => {
    const { columns } = at(needs, i);
    const key = JSON.stringify(columns);
    const schema = numbers.get(key) ?? schemas.push(columns) - 1;
    numbers.set(key, schema);
    return { path, version, schema, groups: footer.groups.map(({ rows }) => rows) };
  });
  return { ...rules, schemas, files: described };
}

/**
 * The custom metadata of a file, or what it says of a column: what times count, and the digits of decimals.
 *
 * @throws ArgumentError if there is no such column
 */
export async function attributes(path: string, column?: string): Promise<Record<string, unknown>> {
  const { files, columns } = await openTable(path);
  const metadata = files[0]?.footer.metadata;
  if (column !== undefined) {
    return columnAttributes(findColumn(path, columns, column));
  }
  const { key_value_metadata: pairs = [] } = metadata ?? {};
  // damaged metadata may give something other than pairs of texts
  const texts = Array.from(pairs).filter(({ key }) => typeof key === "string");
  return Object.fromEntries(texts.map(({ key, value }) => [key, String(value ?? "")]));
}
