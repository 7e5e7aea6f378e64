/**
 * A table in one file or in those of a folder: the metadata of all of them, and their common columns.
 *
 * Invariant: a column has the same name in every file, holds numbers in each, and times count the same unit.
 */
import { createHash } from "node:crypto";
import { FormatError } from "../../data/errors.js";
import { openBytes } from "../../storage/stores/local-store.js";
import type { Numeric } from "../tables/columns.js";
import type { TimeType } from "../times.js";
import { spansOf } from "./arrow-schema.js";
import { filesOf, type KeyColumn, keyColumnIn, keyColumns, type TableFile } from "./folder.js";
import { chunkOf, type Footer, readFooter } from "./metadata.js";
import { PageReader } from "./pages.js";
import { asSpans, mayHaveNulls, type ParquetColumn } from "./schema.js";

/** A column of a table as it is in one of its files. */
export type FileColumn = Numeric<ParquetColumn> | Numeric<KeyColumn>;

/** A file of a table, with its metadata. */
export interface OpenedFile extends TableFile {
  readonly version: string;
  readonly footer: Footer;
  /** Its columns by their names. */
  readonly named: ReadonlyMap<string, readonly ParquetColumn[]>;
}

/** A table. */
export interface ParquetTable {
  readonly files: readonly OpenedFile[];
  /** The columns as the first file has them, then those that the names of folders hold. */
  readonly columns: readonly (ParquetColumn | KeyColumn)[];
  /** Differs when one of the files does. */
  readonly version: string;
}

/** True for a column whose values are in the names of folders. */
export function isKey(column: ParquetColumn | KeyColumn): column is KeyColumn {
  return "constant" in column;
}

/**
 * Reads the metadata of a file, or of all files of a folder. Files without rows are left out if others have some:
 * writers that had no row to look at guess the types of columns.
 */
export async function openTable(path: string): Promise<ParquetTable> {
  const all: OpenedFile[] = [];
  const spans = new Map<string, ReadonlyMap<string, TimeType>>();
  for (const file of filesOf(path)) {
    const bytes = await openBytes(file.path);
    try {
      const footer = await withSpans(await readFooter(bytes), spans);
      all.push({ ...file, version: bytes.version, footer, named: byName(footer.columns) });
    } finally {
      await bytes.close();
    }
  }
  const filled = all.filter(({ footer }) => footer.groups.some(({ rows }) => rows > 0));
  const files = filled.length > 0 ? filled : all.slice(0, 1);
  const columns = files[0]?.footer.columns ?? [];
  // Spark and pandas leave such columns out of the files; where one is in both, the file counts
  const keys = keyColumns(files).filter(({ name }) => files[0]?.named.has(name) === false);
  const versions = all.map(({ version }) => version);
  const [version = ""] = versions;
  return {
    files,
    columns: [...columns, ...keys],
    version: all.length === 1 ? version : createHash("sha256").update(versions.join("\n")).digest("hex"),
  };
}

/** A footer whose columns of spans are columns of times. */
async function withSpans(footer: Footer, known: Map<string, ReadonlyMap<string, TimeType>>): Promise<Footer> {
  const isPlain = ({ stored, time }: ParquetColumn): boolean => stored === "int64" && time === undefined;
  if (!footer.columns.some(isPlain)) return footer;
  const spans = await spansOf(footer.metadata, known);
  if (spans.size === 0) return footer;
  const columns = footer.columns.map((column) => {
    const time = isPlain(column) ? spans.get(column.name) : undefined;
    return time === undefined ? column : asSpans(column, time);
  });
  return { ...footer, columns };
}

/** A chosen column of a table as it is in one of its files. */
export function columnIn(file: OpenedFile, column: FileColumn): FileColumn {
  if (isKey(column)) return keyColumnIn(column, file);
  const { path, named } = file;
  const refuse = (problem: string): FormatError =>
    new FormatError(`${path}: column ${JSON.stringify(column.name)} ${problem}`, { path });
  const candidates = named.get(column.name) ?? [];
  if (candidates.includes(column)) return column;
  const [found, ...others] = candidates;
  if (found === undefined) throw refuse("is missing; other files of the table have it");
  if (others.length > 0) throw refuse("is there more than once");
  if (!isNumeric(found)) throw refuse(`holds ${found.type}; in another file of the table it holds ${column.type}`);
  const same =
    found.list === column.list &&
    found.time?.kind === column.time?.kind &&
    found.time?.unit === column.time?.unit &&
    (found.scale === undefined) === (column.scale === undefined);
  if (same) return found;
  throw refuse(`holds ${found.type}; in another file of the table it holds ${column.type}`);
}

function byName(columns: readonly ParquetColumn[]): Map<string, ParquetColumn[]> {
  const named = new Map<string, ParquetColumn[]>();
  for (const column of columns) {
    const others = named.get(column.name);
    if (others === undefined) named.set(column.name, [column]);
    else others.push(column);
  }
  return named;
}

function isNumeric(column: ParquetColumn): column is Numeric<ParquetColumn> {
  return column.stored !== undefined;
}

/**
 * The nulls of a column of a file, for the choice of a dtype: their number, or where only reading it shows whether it
 * has any, and `survey` asks for that, 1 if it has; undefined where that is not known.
 */
export async function nullsIn(file: OpenedFile, column: FileColumn, survey: boolean): Promise<number | undefined> {
  if (isKey(column)) return column.constant === null ? 1 : 0;
  const chunks = file.footer.groups.map((group) => chunkOf(file.footer, file.path, group, column));
  const known = chunks.reduce((sum, { nulls = 0 }) => sum + nulls, 0);
  const unknown = chunks.filter(({ nulls }) => nulls === undefined);
  if (known > 0 || unknown.length === 0) return unknown.length === 0 ? known : undefined;
  if (!survey || !mayHaveNulls(column)) return undefined;
  const bytes = await openBytes(file.path);
  try {
    const reader = new PageReader(bytes);
    for (const chunk of unknown) if (await reader.hasNulls(column, chunk)) return 1;
    return 0;
  } finally {
    await bytes.close();
  }
}
