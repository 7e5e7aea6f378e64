/** The row of Parquet. */
import type { FormatRow } from "../row.js";
import type { TableOptions } from "../tables/columns.js";
import { columnWords } from "../tables/words.js";
import type { ParquetWriteOptions } from "./writer.js";

/** Parquet files. */
export const parquetRow = {
  name: "parquet",
  word: "Parquet",
  label: "Parquet",
  signatures: [{ bytes: "PAR1", what: "a Parquet file" }],
  openOptions: { columns: true, column: true, nulls: true } satisfies Record<keyof TableOptions, true>,
  openWords: columnWords,
  write: {
    options: { columns: true, compression: true } satisfies Record<keyof ParquetWriteOptions, true>,
    endings: { ".parquet": {} },
  },
  load: async () => (await import("./format.js")).parquet,
} satisfies FormatRow;
