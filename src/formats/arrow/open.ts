/**
 * Arrow IPC files and streams (Feather version 2) as arrays: columns of numbers are the last axis, and batches are the
 * parts along the rows.
 */
import { factsOf } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { FormatError } from "../../data/errors.js";
import { openBytes } from "../../storage/stores/local-store.js";
import { chooseColumns, commonDType, type TableOptions } from "../tables/columns.js";
import { gridOfTable } from "../tables/parts.js";
import { BLOCK_BYTES } from "./batch-rows.js";
import type { ArrowParams } from "./reader.js";
import { openSource } from "./source.js";
import { Survey } from "./survey.js";

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
    const { schema, batches } = await openSource(file);
    const { columns, flat, nulls } = chooseColumns(path, schema.columns, options, operation);
    const survey = new Survey(columns);
    for await (const { place, batch } of batches()) survey.add(place, batch);
    const { total, rows } = survey;
    if (total * columns.length > Number.MAX_SAFE_INTEGER) {
      throw new FormatError(`${path} claims ${total} rows, more than can be counted`, { path });
    }
    const dtype = commonDType(path, columns, survey.nulls, nulls, operation);
    const item = factsOf(dtype).bytes;
    const { nodes, buffers, views } = schema;
    const plain = nulls !== "mask" && columns.every(({ stored, bits }) => stored === dtype && bits === 8 * item);
    const params: ArrowParams = {
      nulls,
      columns,
      schema: { nodes, buffers, views },
      offsets: survey.offsets,
      rows,
      even: plain ? survey.even.map((even) => (even !== null && even.step % item === 0 ? even : null)) : [],
    };
    return {
      format: "arrow",
      path,
      version: file.version,
      dtype,
      shape: flat ? [total] : [total, columns.length],
      grid: gridOfTable({ lengths: rows, divisible: survey.divisible }, flat ? undefined : columns.length, item),
      order: flat ? "C" : "F",
      workspace: Math.ceil(survey.decoding) + BLOCK_BYTES + 2 ** 16,
      storedBytes: survey.stored / Math.max(1, total * columns.length),
      params,
    };
  } finally {
    await file.close();
  }
}

/** The custom metadata in the schema of a file. */
export async function attributes(path: string): Promise<Record<string, string>> {
  const file = await openBytes(path);
  try {
    return (await openSource(file)).schema.metadata();
  } finally {
    await file.close();
  }
}
