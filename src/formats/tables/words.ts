/** The options by which a command line chooses columns of a table. */
import type { OptionWord } from "../row.js";

/** The columns of tables whose columns have names. */
export const columnWords = {
  columns: {
    ...{ option: "columns", value: "A,B", form: "names" },
    help: "which columns, by name; in text also by number from 0",
  },
  column: { option: "column", value: "A", form: "text", help: "the only column; the array then has one axis" },
  nulls: {
    ...{ option: "nulls", value: "RULE", form: "value" },
    help: "what becomes of nulls: nan (default), error, mask, or a number in their place",
  },
  inexact: {
    ...{ option: "inexact", value: "yes|no", form: "answer" },
    help: "whether decimals and large integers of tables may be rounded to float64",
  },
} as const satisfies Readonly<Record<string, OptionWord>>;
