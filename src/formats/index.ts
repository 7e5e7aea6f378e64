/** Formats by the arrays that need them. */
import type { EncodedArray } from "../data/encoded.js";
import { ArgumentError } from "../data/errors.js";
import { shown } from "../data/shown.js";
import type { ArrayReader, ArrayWriter } from "./format.js";
import type { FormatRow } from "./row.js";
import { table } from "./table.js";

/** All formats. */
export const rows: readonly FormatRow[] = Object.values(table);

const byName = new Map(rows.map((row) => [row.name, row]));

function rowOf({ format }: EncodedArray): FormatRow {
  const row = byName.get(format);
  if (row === undefined) throw new ArgumentError(`there is no format ${shown(format)}`);
  return row;
}

/** Makes what decodes an array; loads no more of its format than that needs. */
export async function openReader(array: EncodedArray): Promise<ArrayReader> {
  const row = rowOf(array);
  const make = row.loadReader === undefined ? (await row.load()).reader : await row.loadReader();
  if (make === undefined) throw new ArgumentError(`${array.format}: arrays need no decoding`);
  return make(array);
}

/** Makes what encodes an array. */
export async function openWriter(array: EncodedArray): Promise<ArrayWriter> {
  const { writer } = await rowOf(array).load();
  if (writer === undefined) throw new ArgumentError(`${array.format}: arrays can be read, but not be written`);
  return writer(array);
}
