/**
 * Arrow IPC files and streams (Feather version 2) as arrays: columns of numbers are the last axis, batches the parts along
 * the rows.
 */
import { factsOf } from "../../../data/dtype.js";
import type { EncodedArray } from "../../../data/encoded.js";
import { FormatError } from "../../../data/errors.js";
import { openLocalBytes } from "../../stores/local-bytes.js";
import type { Format } from "../format.js";
import { chooseColumns, commonDType, type TableOptions } from "../tables/columns.js";
import { bytesOf } from "../tables/elements.js";
import { gridOfTable } from "../tables/parts.js";
import { type ArrowParams, blockBytes, readerOf } from "./reader.js";
import { openSource } from "./source.js";
import { create, writerOf } from "./writer.js";

/** The operation's name in messages. */
const operation = "openArrow";

/**
 * Opens columns of an Arrow IPC file or stream: an array [rows, columns] in the order of columns, or with `column` one of
 * one axis. Reads the schema and the metadata of batches, not their bodies.
 *
 * @throws StorageError where the file cannot be read
 * @throws FormatError where it is damaged, or a column holds no numbers
 * @throws ArgumentError for wrong options, and names of columns that it does not have
 * @example
 * const table = await open("x.arrow", { columns: ["a", "b"] }); // shape [rows, 2]
 */
async function open(path: string, options: TableOptions = {}): Promise<EncodedArray> {
  const file = openLocalBytes(path);
  try {
    const { schema, batches } = await openSource(file);
    const { indices, flat, nulls } = chooseColumns(path, schema.columns, options, operation);
    const columns = indices.map((i) => schema.columns[i]!);
    const counts = columns.map(() => 0);
    const [offsets, rows]: [number[], number[]] = [[], []];
    let [total, stored, divisible, decoding] = [0, 0, true, 0];
    for await (const { place, batch } of batches()) {
      offsets.push(place.offset);
      rows.push(batch.rows);
      total += batch.rows;
      if (batch.compression !== "none") divisible = false;
      for (const [i, column] of columns.entries()) {
        counts[i]! += batch.nulls(column);
        const { valid, values } = batch.buffers(column);
        stored += valid.length + values.length;
        if (batch.compression === "none") continue;
        // what is decompressed, up to twice the size it must have, and the same again in a codec's own memory
        const plain = 2 * batch.rows * (bytesOf(column.stored!) + 1 / 8) + 2 ** 17;
        decoding = Math.max(decoding, 2 * (valid.length + values.length) + 2 * plain);
      }
    }
    if (total * columns.length > Number.MAX_SAFE_INTEGER) {
      throw new FormatError(`${path} claims to have ${total} rows, more than can be counted`, { path });
    }
    const dtype = commonDType(path, columns, counts, nulls, operation);
    const item = factsOf(dtype).bytes;
    const { nodes, buffers, views } = schema;
    const params: ArrowParams = { nulls, columns, schema: { nodes, buffers, views }, offsets, rows };
    return {
      format: "arrow",
      path,
      version: file.version,
      dtype,
      shape: flat ? [total] : [total, columns.length],
      grid: gridOfTable({ lengths: rows, divisible }, flat ? undefined : columns.length, item),
      order: flat ? "C" : "F",
      workspace: Math.ceil(decoding) + blockBytes + 2 ** 16,
      storedBytes: stored / Math.max(1, total * columns.length),
      params,
    };
  } finally {
    await file.close();
  }
}

/** The texts that the schema of a file holds by keys. */
async function attributes(path: string): Promise<Record<string, string>> {
  const file = openLocalBytes(path);
  try {
    return (await openSource(file)).schema.metadata();
  } finally {
    await file.close();
  }
}

/** Arrow IPC: see {@link open}, {@link create} and {@link attributes}. */
export const arrow = { reader: readerOf, writer: writerOf, open, create, attributes } satisfies Format &
  Record<string, unknown>;
