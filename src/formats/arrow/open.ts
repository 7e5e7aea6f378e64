/**
 * Arrow IPC files and streams (Feather version 2) as arrays: columns of numbers are the last axis, and batches are the
 * parts along the rows.
 */
import { type DType, factsOf } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { FormatError } from "../../data/errors.js";
import { openBytes } from "../../storage/stores/local-store.js";
import {
  chooseColumns,
  columnAttributes,
  commonDType,
  findColumn,
  type Numeric,
  namesOf,
  type TableOptions,
} from "../tables/columns.js";
import { gridOfTable, listBytes, orderOf } from "../tables/parts.js";
import { BLOCK_BYTES } from "./batch-rows.js";
import type { ArrowParams } from "./reader.js";
import type { ArrowColumn } from "./schema.js";
import { openSource } from "./source.js";
import { Survey } from "./survey.js";

/** True if a file holds a column's elements as an array of a dtype does. */
function isPlain({ stored, bits, dictionary, scale }: Numeric<ArrowColumn>, dtype: DType): boolean {
  return stored === dtype && bits === 8 * factsOf(dtype).bytes && dictionary === undefined && scale === undefined;
}

/** The operation's name in messages. */
const operation = "openArrow";

/**
 * Opens columns of an Arrow IPC file or stream: an array [rows, columns] in order F, or with `column` an array of one
 * axis. Reads the schema and the metadata of batches, not their bodies.
 *
 * @throws StorageError if the file cannot be read
 * @throws FormatError if it is damaged, or a column does not hold numbers
 * @throws ArgumentError for wrong options, and names of columns that it does not have
 * @example
 * const table = await openArrow("x.arrow", { columns: ["a", "b"] }); // shape [rows, 2]
 */
export async function openArrow(path: string, options: TableOptions = {}): Promise<EncodedArray> {
  const file = await openBytes(path);
  try {
    const { schema, parts } = await openSource(file);
    const choice = chooseColumns(path, schema.columns, options, operation);
    const { columns, flat, width, nulls, inexact } = choice;
    const survey = new Survey(columns);
    for await (const part of parts(new Set(columns.flatMap(({ dictionary }) => dictionary?.id ?? [])))) {
      survey.add(part);
    }
    const { total, rows } = survey;
    if (total * width > Number.MAX_SAFE_INTEGER) {
      throw new FormatError(`${path} claims ${total} rows, more than can be counted`, { path });
    }
    const dtype = commonDType(path, columns, survey.nulls, nulls, operation);
    const item = factsOf(dtype).bytes;
    const { nodes, buffers, views } = schema;
    const plain = nulls !== "mask" && columns.every((column) => isPlain(column, dtype));
    const params: ArrowParams = {
      nulls,
      inexact,
      columns,
      schema: { nodes, buffers, views },
      offsets: survey.offsets,
      rows,
      dictionaries: survey.dictionaries,
      even: plain ? survey.even.map((even) => (even !== null && even.step % item === 0 ? even : null)) : [],
    };
    return {
      format: "arrow",
      path,
      version: file.version,
      dtype,
      shape: flat ? [total] : [total, width],
      grid: gridOfTable({ lengths: rows, divisible: survey.divisible }, choice, item),
      order: orderOf(choice),
      workspace: Math.ceil(survey.workspace) + listBytes(choice, item) + BLOCK_BYTES + 2 ** 16,
      storedBytes: survey.stored / Math.max(1, total * width),
      ...namesOf(choice),
      params,
    };
  } finally {
    await file.close();
  }
}

/**
 * The custom metadata in the schema of a file, or what it says of a column: what times count, and the digits of
 * decimals.
 *
 * @throws ArgumentError if there is no such column
 */
export async function attributes(path: string, column?: string): Promise<Record<string, unknown>> {
  const file = await openBytes(path);
  try {
    const { schema } = await openSource(file);
    if (column === undefined) return schema.metadata();
    return columnAttributes(findColumn(path, schema.columns, column));
  } finally {
    await file.close();
  }
}
