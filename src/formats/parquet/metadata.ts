/**
 * The metadata at the end of a Parquet file: its schema, and where the columns of each row group are.
 *
 *     PAR1 │ row group: column, column, … │ row group … │ metadata │ its length 4 │ PAR1
 *
 * Invariant: a footer fits its file: all columns are inside it, and its row groups add up to its rows.
 */
import type { ColumnMetaData, FileMetaData, Statistics } from "hyparquet";
import { parquetMetadata } from "hyparquet/src/metadata.js";
import { problemOf } from "../../data/causes.js";
import { FormatError } from "../../data/errors.js";
import type { RangeReadable } from "../../storage/stores/capabilities.js";
import type { RowPart } from "../tables/parts.js";
import { WrongFormatError } from "../wrong-format.js";
import { columnsOf, mayHaveNulls, type ParquetColumn } from "./schema.js";
import { checkThrift, ThriftFault } from "./thrift.js";

/** The length of the metadata and the signature. */
const TAIL_BYTES = 8;
/** Real metadata is far shorter; longer metadata is damaged or hostile. */
const LONGEST_METADATA_BYTES = 2 ** 29;
/** More elements than a list of one length has. */
const LONGEST_LIST = 2 ** 24;

/** A row group, and what the metadata says about it. */
export interface RowGroup extends RowPart {
  readonly number: number;
  readonly columns: FileMetaData["row_groups"][number]["columns"];
}

/** A file's metadata, checked. */
export interface Footer {
  readonly metadata: FileMetaData;
  readonly columns: readonly ParquetColumn[];
  readonly groups: readonly RowGroup[];
  /** Where the metadata begins. */
  readonly end: number;
}

/** Leaves dates and times as the numbers in the metadata, and skips texts. */
const parsers = {
  dateFromDays: (days: number) => days,
  timestampFromMilliseconds: (time: bigint) => time,
  timestampFromMicroseconds: (time: bigint) => time,
  timestampFromNanoseconds: (time: bigint) => time,
  stringFromBytes: () => undefined,
  jsonFromBytes: () => undefined,
  geometryFromBytes: () => undefined,
  geographyFromBytes: () => undefined,
  uuidFromBytes: () => undefined,
};

/**
 * Reads the metadata of a file.
 *
 * @throws FormatError if it is not a Parquet file, damaged, or encrypted
 */
export async function readFooter(file: RangeReadable): Promise<Footer> {
  const { path, size } = file;
  const fail = (problem: string, offset: number, cause?: unknown): FormatError =>
    new FormatError(`${path}: ${problem}`, { path, offset }, cause === undefined ? {} : { cause });
  if (size === 0) throw fail("the file is empty; a Parquet file begins with PAR1", 0);
  const first = Buffer.alloc(Math.min(size, 16));
  await file.read(first, 0);
  const magic = first.toString("latin1", 0, 4);
  if (magic === "PARE") throw fail("the file is encrypted, which is not read", 0);
  if (magic !== "PAR1") {
    throw new WrongFormatError(`${path}: this is not a Parquet file`, { path, offset: 0 }, first);
  }
  if (size < 4 + TAIL_BYTES) throw fail(`the file is truncated: it has ${size} bytes`, size);
  const tail = Buffer.alloc(TAIL_BYTES);
  await file.read(tail, size - TAIL_BYTES);
  if (tail.toString("latin1", 4) !== "PAR1") {
    throw fail("the file is truncated: it begins as a Parquet file but does not end with PAR1", size);
  }
  const length = tail.readUInt32LE(0);
  const end = size - TAIL_BYTES - length;
  if (end < 4 || length > LONGEST_METADATA_BYTES)
    throw fail(`the metadata claims to have ${length} bytes`, size - TAIL_BYTES);
  const bytes = new Uint8Array(length + TAIL_BYTES);
  await file.read(bytes, end);
  let metadata: FileMetaData;
  try {
    checkThrift(bytes.subarray(0, length), 0);
    metadata = parquetMetadata(bytes, { parsers, geoparquet: false });
  } catch (cause) {
    const at = cause instanceof ThriftFault ? cause.at : 0;
    throw fail(`the metadata is damaged: ${problemOf(cause)}`, end + at, cause);
  }
  const refuse = (problem: string): FormatError => fail(`the metadata is damaged: ${problem}`, end);
  const columns = columnsOf(metadata.schema, refuse);
  let start = 0;
  const groups = metadata.row_groups.map(({ num_rows: count, columns: chunks }, number): RowGroup => {
    if (!(typeof count === "bigint" && count >= 0n && count <= 2n ** 48n)) {
      throw refuse(`row group ${number} claims to have ${count} rows`);
    }
    const rows = Number(count);
    start += rows;
    return { number, start: start - rows, rows, columns: chunks };
  });
  // some writers leave the total at 0
  if (metadata.num_rows !== 0n && metadata.num_rows !== BigInt(start)) {
    throw refuse(`the row groups have ${start} rows in total; the file claims ${metadata.num_rows}`);
  }
  return { metadata, columns: columns.map((column) => withList(column, groups)), groups, end };
}

/** The writers that compress every page of version 2, also those of which they say that they do not. */
const alwaysCompressed = /^parquet-cpp version /;

/** A column with the length of its lists, if all may have the same one: it follows from the number of elements. */
function withList(column: ParquetColumn, groups: readonly RowGroup[]): ParquetColumn {
  if (column.levels.repetition !== 1 || column.stored === undefined) return column;
  const lengths = groups
    .filter(({ rows }) => rows > 0)
    .map(({ rows, columns }) => Number(columns[column.leaf]?.meta_data?.num_values) / rows);
  const [length = 0] = lengths;
  const even = lengths.every((other) => other === length) && Number.isInteger(length) && length <= LONGEST_LIST;
  if (even) return { ...column, type: `lists of ${length} ${column.type}`, list: length };
  return { ...column, type: `lists of ${column.type} that differ in length or are missing`, stored: undefined };
}

/** A column in a row group: where it is, and how it is compressed. */
export interface Chunk {
  readonly offset: number;
  readonly length: number;
  readonly codec: ColumnMetaData["codec"];
  /** True if pages of version 2 say rightly whether they are compressed. */
  readonly flagged: boolean;
  /** Its elements; of lists, those in all of them. */
  readonly rows: number;
  /** Its bytes once it is decompressed, according to the metadata. */
  readonly plain: number;
  /** The number of its nulls; undefined if the metadata does not say. */
  readonly nulls: number | undefined;
  readonly statistics: Statistics | undefined;
}

/** A column in a row group; a FormatError if the metadata of it is damaged or it is not inside the file. */
export function chunkOf({ end, metadata }: Footer, path: string, group: RowGroup, column: ParquetColumn): Chunk {
  const name = JSON.stringify(column.name);
  const refuse = (problem: string): FormatError =>
    new FormatError(`${path}: column ${name} in row group ${group.number} ${problem}`, { path, offset: end });
  const chunk = group.columns[column.leaf];
  if (chunk === undefined) throw refuse("is missing from the metadata");
  if (chunk.crypto_metadata !== undefined) throw refuse("is encrypted, which is not read");
  if (chunk.file_path) throw refuse(`is in another file (${chunk.file_path.slice(0, 80)}), which is not read`);
  const facts = chunk.meta_data;
  // the library passes on a 0 or a false that is in the place of a struct
  if (!facts) throw refuse("has no metadata");
  const found = facts.path_in_schema;
  const same = found.length === column.path.length && column.path.every((part, i) => part === found[i]);
  if (facts.type !== column.physical || !same) {
    throw refuse("is described as another column");
  }
  if (facts.codec === undefined) throw refuse("is compressed in a way that is not known");
  const data = Number(facts.data_page_offset);
  const dictionary = Number(facts.dictionary_page_offset ?? 0n);
  // of a group without rows, pyarrow writes a dictionary and no data
  const offset = dictionary > 0 && (dictionary < data || data === 0) ? dictionary : data;
  const [length, plain] = [Number(facts.total_compressed_size), Number(facts.total_uncompressed_size)];
  const rows = group.rows * (column.list ?? 1);
  // of a group without rows, pyarrow writes no page where the encoding needs no dictionary
  const nothing = rows === 0 && offset === 0 && length === 0;
  if (!nothing && !(offset >= 4 && length >= 0 && offset + length <= end)) {
    throw refuse(`claims ${length} bytes from byte ${offset} on; the metadata begins at byte ${end}`);
  }
  if (facts.num_values !== BigInt(rows)) {
    throw refuse(`claims ${facts.num_values} elements; expected ${rows}`);
  }
  const { statistics } = facts;
  const claimed = statistics?.null_count;
  const nulls = mayHaveNulls(column) && rows > 0 ? (claimed === undefined ? undefined : Number(claimed)) : 0;
  if (nulls !== undefined && !(Number.isInteger(nulls) && nulls >= 0 && nulls <= rows)) {
    throw refuse(`claims ${nulls} nulls among ${rows} elements`);
  }
  const flagged = !alwaysCompressed.test(metadata.created_by ?? "");
  return { offset, length, codec: facts.codec, flagged, rows, plain, nulls, statistics };
}
