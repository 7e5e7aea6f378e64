/** Arrow tables in memory: results as tables, and tables as arrays. */

import type { Table } from "apache-arrow";
import { takesOnly } from "../data/arguments.js";
import type { ChunksLike } from "../data/chunks.js";
import { allocate } from "../data/dtype.js";
import { ArgumentError } from "../data/errors.js";
import { checkOptions } from "../data/options.js";
import { shown } from "../data/shown.js";
import { loadArrowTables } from "../formats/arrow/libraries.js";
import { type TableOptions, tableOptions } from "../formats/tables/columns.js";
import { isHandle } from "../ops/handle.js";
import { type ArrayInput, arrayData, isArrayInput } from "../ops/literal.js";
import type { ChunkedArray } from "./chunked-array.js";
import { fromArray } from "./from-array.js";

/** The options of {@link toArrowTable}. */
export interface ArrowTableOptions {
  /** The names of the columns. Default: `column_0`, `column_1`, … */
  readonly columns?: readonly string[];
}

/** The options of {@link fromArrow}. */
export interface FromArrowOptions extends TableOptions {
  /** How the array is cut. Default: `"auto"`. */
  readonly chunks?: ChunksLike;
}

/**
 * A result, a typed array or nested lists with one or two axes as a table of Apache Arrow with one batch: a
 * column of the array is a column of the table. The columns of an array with two axes are copied; an array
 * with one axis is shared.
 *
 * Rejects with a ShapeError for other numbers of axes, with a DTypeError for complex numbers.
 * @example const table = await toArrowTable(await x.mean(0).compute(), { columns: ["mean"] });
 */
export const toArrowTable = takesOnly(
  "toArrowTable",
  ["array", "options"],
  async (array: ArrayInput, options: ArrowTableOptions = {}): Promise<Table> => {
    checkOptions(options, ["columns"], "toArrowTable");
    if (!isArrayInput(array)) {
      const advice = isHandle(array) ? "; give it what its compute() resolves to" : "";
      throw new ArgumentError(
        `toArrowTable: takes an NDArray, a typed array or nested lists; got ${shown(array)}${advice}`,
      );
    }
    const { dtype, shape, data } = arrayData(array, "toArrowTable");
    const tables = await loadArrowTables();
    const names = tables.namesFor({ dtype, shape }, options.columns, "toArrowTable");
    const [rows = 0, count = 1] = shape;
    const columns = names.map((name, column) => {
      if (shape.length === 1) return { name, dtype, data };
      const elements = allocate(dtype, rows);
      for (let row = 0; row < rows; row++) elements[row] = data[row * count + column] as never;
      return { name, dtype, data: elements };
    });
    return tables.toArrowTable(columns);
  },
);

/**
 * Columns of a table of Apache Arrow as an array [rows, columns] of their common dtype; with `column`, an array with
 * one axis. The elements are copied. Nulls become NaN, unless `nulls` asks for something else.
 *
 * Rejects with a FormatError if a column that is asked for holds no numbers.
 * @example const x = await fromArrow(table, { columns: ["a", "b"] });
 */
export const fromArrow = takesOnly(
  "fromArrow",
  ["table", "options"],
  async (table: Table, options: FromArrowOptions = {}): Promise<ChunkedArray> => {
    checkOptions(options, [...Object.keys(tableOptions), "chunks"], "fromArrow");
    if (typeof table !== "object" || table === null || !Array.isArray(table.schema?.fields))
      throw new ArgumentError(`fromArrow: takes a table of Apache Arrow; got ${shown(table)}`);
    const { chunks, ...own } = options;
    const { dtype, shape, data } = (await loadArrowTables()).fromArrow(table, own);
    const cut = chunks === undefined ? {} : { chunks };
    const [rows = 0, columns] = shape;
    const array =
      columns === undefined ? fromArray(data, { dtype, ...cut }) : fromArray(data, { dtype, shape: [columns, rows] }).T;
    return columns === undefined || chunks === undefined ? array : array.rechunk(chunks);
  },
);
