/** The row of tables of numbers in text, which have no signature and are recognised by their endings. */
import type { FormatRow } from "../row.js";
import type { CsvWriteOptions } from "./create.js";
import type { CsvOptions } from "./options.js";

const endings = { ".csv": {}, ".tsv": { delimiter: "\t" } } satisfies Record<string, CsvOptions & CsvWriteOptions>;

/** The endings of text as it is and of text that is compressed. */
const readEndings = ["", ".gz", ".zst"].flatMap((compression) =>
  Object.entries({ ...endings, ".txt": {} }).map(([ending, options]) => [ending + compression, options] as const),
);

/** CSV, TSV and their like. */
export const csvRow = {
  name: "csv",
  word: "Csv",
  label: ".csv, .tsv, .txt (also .gz, .zst)",
  endings: Object.fromEntries(readEndings),
  openOptions: {
    delimiter: true,
    header: true,
    columns: true,
    column: true,
    dtype: true,
    missing: true,
    decimal: true,
    thousands: true,
    comment: true,
    quote: true,
    skipRows: true,
    compression: true,
    partBytes: true,
  } satisfies Record<keyof CsvOptions, true>,
  write: {
    options: { delimiter: true, header: true, lineEnding: true } satisfies Record<keyof CsvWriteOptions, true>,
    endings,
  },
  load: async () => (await import("./format.js")).csv,
} satisfies FormatRow;
