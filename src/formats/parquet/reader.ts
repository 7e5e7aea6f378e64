/** Elements of Parquet files: the pages of the columns and row groups that a box touches. */
import { type DType, factsOf, viewOf } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { FormatError } from "../../data/errors.js";
import { at } from "../../data/lists.js";
import type { Box } from "../../data/region.js";
import type { RangeReadable } from "../../storage/stores/capabilities.js";
import { openBytes } from "../../storage/stores/local-store.js";
import type { ArrayReader } from "../format.js";
import { markOf, type Nulls, type Numeric } from "../tables/columns.js";
import { placed, type RowPart, readPieces } from "../tables/parts.js";
import type { KeyColumn } from "./folder.js";
import { chunkOf, type Footer, readFooter } from "./metadata.js";
import { PageReader } from "./pages.js";
import { type FileColumn, isKey } from "./table.js";

/** The part of an array's description that only this format knows; a reader reads the metadata of files itself. */
export interface ParquetParams {
  readonly nulls: Nulls;
  readonly inexact: boolean;
  /** The columns of files: many files have the same ones. */
  readonly schemas: readonly (readonly FileColumn[])[];
  readonly files: readonly KnownFile[];
}

/** A file of the table. */
interface KnownFile {
  readonly path: string;
  readonly version: string;
  /** The number of its columns among the schemas. */
  readonly schema: number;
  /** The number of rows of each row group. */
  readonly groups: readonly number[];
}

/** A row group of one of the files. */
interface KnownGroup extends RowPart {
  readonly file: KnownFile;
  readonly number: number;
}

/** A file that is open. */
interface Reading {
  readonly known: KnownFile;
  readonly bytes: RangeReadable;
  readonly footer: Footer;
  readonly pages: PageReader;
}

function groupsOf({ files }: ParquetParams): KnownGroup[] {
  let start = 0;
  return files.flatMap((file) =>
    file.groups.map((rows, number): KnownGroup => {
      start += rows;
      return { file, number, start: start - rows, rows };
    }),
  );
}

/** Opens one file after the other. */
class FileReader {
  #reading: Reading | undefined;

  async open(known: KnownFile): Promise<Reading> {
    const { path, version } = known;
    if (this.#reading?.known !== known) {
      await this.close();
      const bytes = await openBytes(path);
      try {
        checkSame(bytes, version);
        this.#reading = { known, bytes, footer: await readFooter(bytes), pages: new PageReader(bytes) };
      } catch (error) {
        await bytes.close();
        throw error;
      }
    }
    checkSame(this.#reading.bytes, version);
    return this.#reading;
  }

  async close(): Promise<void> {
    const { bytes } = this.#reading ?? {};
    this.#reading = undefined;
    await bytes?.close();
  }
}

function checkSame({ path, version }: RangeReadable, expected: string): void {
  if (version === expected) return;
  throw new FormatError(`${path} has changed since it was opened; open it again`, { path });
}

/** Opens an array for reading. */
export async function readerOf(array: EncodedArray): Promise<ArrayReader> {
  const { dtype } = array;
  const params = array.params as ParquetParams;
  const { nulls, inexact } = params;
  const groups = groupsOf(params);
  // the columns of all files have the same lengths of lists
  const columns = placed(at(params.schemas, 0));
  const files = new FileReader();
  return {
    async read(box: Box, into: Uint8Array): Promise<number> {
      let bytesRead = 0;
      await readPieces(
        box,
        groups,
        columns,
        { dtype, into, order: array.order },
        async ({ part, index, from, into: memory }) => {
          const column = at(at(params.schemas, part.file.schema), index);
          if (isKey(column)) {
            fillConstant(column, dtype, nulls, memory);
            return;
          }
          const { known, footer, pages } = await files.open(part.file);
          const before = pages.bytesRead;
          const chunk = chunkOf(footer, known.path, at(footer.groups, part.number), column);
          await pages.read({ column, chunk, from, dtype, nulls, inexact }, memory);
          bytesRead += pages.bytesRead - before;
        },
      );
      return bytesRead;
    },
    close: () => files.close(),
  };
}

/** Writes the value of a file to all rows. */
function fillConstant(column: Numeric<KeyColumn>, dtype: DType, nulls: Nulls, into: Uint8Array): void {
  const { constant } = column;
  const value = constant === null ? markOf(nulls, column, dtype) : nulls === "mask" ? 0 : constant;
  const { bytes: item, big } = factsOf(dtype);
  const one = new Uint8Array(item);
  viewOf(dtype, one.buffer, 0, 1)[0] = big ? BigInt(value) : value;
  for (let place = 0; place < into.length; place += item) into.set(one, place);
}
