/** Elements of Parquet files: the pages of the columns and row groups that a box touches. */
import { startsOf } from "../../data/chunks.js";
import { factsOf } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { FormatError } from "../../data/errors.js";
import { type Box, countsOf } from "../../data/region.js";
import { openBytes } from "../../storage/stores/local-store.js";
import type { ArrayReader } from "../format.js";
import type { Nulls } from "../tables/columns.js";
import { chunkOf, type Footer, readFooter } from "./metadata.js";
import { PageReader } from "./pages.js";

/** What a reader must know beside the array; it reads the metadata itself. */
export interface ParquetParams {
  readonly nulls: Nulls;
  readonly indices: readonly number[];
}

/** Opens an array for reading. */
export async function readerOf({ path, dtype, version, params }: EncodedArray): Promise<ArrayReader> {
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
