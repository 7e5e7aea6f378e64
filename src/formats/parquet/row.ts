/** The row of Parquet. */
import type { FormatRow } from "../row.js";
import { tableOptions } from "../tables/columns.js";
import { columnWords } from "../tables/words.js";
import type { ParquetWriteOptions } from "./writer.js";

/** Parquet files. */
export const parquetRow = {
  name: "parquet",
  word: "Parquet",
  label: "Parquet",
  signatures: [{ bytes: "PAR1", what: "a Parquet file" }],
  folder: { ending: ".parquet", keys: true },
  columnAttributes: true,
  openOptions: tableOptions,
  openWords: columnWords,
  write: {
    options: { columns: true, compression: true } satisfies Record<keyof ParquetWriteOptions, true>,
    endings: { ".parquet": {} },
    compressions: {
      none: { compression: "none" },
      snappy: { compression: "snappy" },
      gzip: { compression: "gzip" },
      zstd: { compression: "zstd" },
    },
  },
  load: async () => (await import("./format.js")).parquet,
} satisfies FormatRow;
