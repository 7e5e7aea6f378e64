/** Elements of Parquet files: the pages of the columns and row groups that a box touches. */
import { factsOf } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { FormatError } from "../../data/errors.js";
import type { Box } from "../../data/region.js";
import { openBytes } from "../../storage/stores/local-store.js";
import type { ArrayReader } from "../format.js";
import type { Nulls, Numeric } from "../tables/columns.js";
import { columnPieces } from "../tables/parts.js";
import { chunkOf, type Footer, type ParquetColumn, readFooter } from "./metadata.js";
import { PageReader } from "./pages.js";

/** The part of an array's description that only this format knows; a reader reads the metadata itself. */
export interface ParquetParams {
  readonly nulls: Nulls;
  readonly columns: readonly Numeric<ParquetColumn>[];
}

/** Opens an array for reading. */
export async function readerOf({ path, dtype, version, params }: EncodedArray): Promise<ArrayReader> {
  const { nulls, columns } = params as ParquetParams;
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
      for (const piece of columnPieces(box, footer.groups, columns, item, into)) {
        const { part, column, from } = piece;
        const chunk = chunkOf(footer, path, part, column);
        await pages.read({ column, chunk, from, dtype, nulls }, piece.into);
      }
      return pages.bytesRead - before;
    },
    close: () => file.close(),
  };
}
