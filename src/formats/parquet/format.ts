/** Parquet files as arrays: columns of numbers are the last axis, row groups the parts along the rows. */
import { startsOf } from "../../data/chunks.js";
import { factsOf } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { FormatError } from "../../data/errors.js";
import { type Box, countsOf } from "../../data/region.js";
import { openBytes } from "../../storage/stores/local-store.js";
import type { ArrayReader, Format } from "../format.js";
import { chooseColumns, commonDType, type Nulls, type TableOptions } from "../tables/columns.js";
import { gridOfTable } from "../tables/parts.js";
import { chunkOf, type Footer, readFooter } from "./metadata.js";
import { mostPageBytes, PageReader } from "./pages.js";
import { statistics } from "./statistics.js";
import { create, writerOf } from "./writer.js";

/** What a reader must know beside the array; it reads the metadata itself. */
interface ParquetParams {
  readonly nulls: Nulls;
  readonly indices: readonly number[];
}

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
 * const table = await open("x.parquet", { columns: ["a", "b"] }); // shape [rows, 2]
 */
async function open(path: string, options: TableOptions = {}): Promise<EncodedArray> {
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

/** Opens an array for reading. */
async function readerOf({ path, dtype, version, params }: EncodedArray): Promise<ArrayReader> {
  const { nulls, indices } = params as ParquetParams;
  const file = await openBytes(path);
  const pages = new PageReader(file);
  const item = factsOf(dtype).bytes;
  let footer: Footer | undefined;
  return {
    async read(box: Box, into: Uint8Array): Promise<number> {
      if (file.version !== version) {
        throw new FormatError(`${path} has changed since it was opened; open it again`, { path });
      }
      footer ??= await readFooter(file);
      const before = pages.bytesRead;
      const starts = startsOf(footer.rows);
      const [count = 0, width = 1] = countsOf(box);
      const [firstRow, endRow] = [box[0]!.start, box[0]!.stop];
      for (let group = 0; group < footer.rows.length; group++) {
        const [from, to] = [Math.max(firstRow, starts[group]!), Math.min(endRow, starts[group + 1]!)];
        if (from >= to) continue;
        for (let i = 0; i < width; i++) {
          const column = footer.columns[indices[(box[1]?.start ?? 0) + i]!]!;
          const chunk = chunkOf(footer, path, group, column);
          const place = (i * count + from - firstRow) * item;
          const target = into.subarray(place, place + (to - from) * item);
          await pages.read({ column, chunk, from: from - starts[group]!, dtype, nulls }, target);
        }
      }
      return pages.bytesRead - before;
    },
    close: () => file.close(),
  };
}

/** The texts that the metadata of a file holds by keys. */
async function attributes(path: string): Promise<Record<string, string>> {
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

/** Parquet: see {@link open}, {@link create}, {@link statistics} and {@link attributes}. */
export const parquet = { reader: readerOf, writer: writerOf, open, create, statistics, attributes } satisfies Format &
  Record<string, unknown>;
