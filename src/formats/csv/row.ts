/** The row of tables of numbers in text, which have no signature and are recognised by their endings. */
import type { FormatRow, OptionWord } from "../row.js";
import { columnWords } from "../tables/words.js";
import type { CsvWriteOptions } from "./create.js";
import type { CsvOptions } from "./options.js";

const endings = { ".csv": {}, ".tsv": { delimiter: "\t" } } satisfies Record<string, CsvOptions & CsvWriteOptions>;

/** The endings of text as it is and of text that is compressed. */
const readEndings = ["", ".gz", ".zst"].flatMap((compression) =>
  Object.entries({ ...endings, ".txt": {} }).map(([ending, options]) => [ending + compression, options] as const),
);

/** The options on a command line, where some names are taken by other options. */
const openWords = {
  columns: { ...columnWords.columns, form: "columns" },
  column: { ...columnWords.column, form: "columns" },
  delimiter: {
    ...{ option: "delimiter", value: "CHAR", form: "character" },
    help: "between fields of text: a character, \\t or whitespace; default: by content",
  },
  header: {
    ...{ option: "header", value: "yes|no", form: "answer" },
    help: "whether the first record of text has names; default: by content",
  },
  "read-as": {
    option: "dtype",
    value: "DTYPE",
    form: "text",
    help: "dtype of the elements of text; default: by content",
  },
  missing: {
    ...{ option: "missing", value: "A,B", form: "names" },
    help: "further words and numbers in text that mean a missing value, NaN",
  },
  decimal: { option: "decimal", value: "CHAR", form: "character", help: "decimal mark in text; default: a point" },
  thousands: {
    ...{ option: "thousands", value: "CHAR", form: "character" },
    help: "between groups of three digits in text; default: none",
  },
  comment: {
    ...{ option: "comment", value: "CHAR", form: "character" },
    help: "begins lines of text that are skipped; none: no line",
  },
  quote: {
    ...{ option: "quote", value: "CHAR", form: "character" },
    help: 'around fields of text; default: "; none: no character',
  },
  "skip-rows": { option: "skipRows", value: "N", form: "whole", help: "lines of text to skip at the beginning" },
  unpack: {
    ...{ option: "compression", value: "NAME", form: "text" },
    help: "compression of text: gzip, zstd or none; default: by content",
  },
  "part-bytes": { option: "partBytes", value: "N", form: "whole", help: "bytes of text that are read at once" },
} as const satisfies Readonly<Record<string, OptionWord>>;

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
  openWords,
  write: {
    options: { delimiter: true, header: true, lineEnding: true } satisfies Record<keyof CsvWriteOptions, true>,
    endings,
  },
  load: async () => (await import("./format.js")).csv,
} satisfies FormatRow;
