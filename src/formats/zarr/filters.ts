/**
 * The codecs that turn numbers into numbers, backwards; zarrita does the arithmetic.
 *
 * Invariant: numbers go in and come out from the first to the last element as the chunk's bytes hold them.
 */

import type { DataType } from "zarrita";
import { messageOf } from "../../data/causes.js";
import { type DType, factsOf, type TypedArray, viewOf } from "../../data/dtype.js";
import { InternalError } from "../../data/errors.js";
import type { Refuse } from "./json.js";
import { loadZarrita } from "./libraries.js";
import type { Filter } from "./pipeline.js";

/** Undoes one filter. */
type Undo = (values: TypedArray) => TypedArray;

/** The part of zarrita's codecs of numbers that is used here. */
interface NumberCodec {
  decode(chunk: { data: TypedArray; shape: number[]; stride: number[] }): { data: TypedArray };
}

/**
 * What undoes a chain of filters, the last one first.
 *
 * @throws FormatError if a filter's configuration does not suit its dtypes
 */
export async function undoingOf(
  filters: readonly Filter[],
  refuse: Refuse,
): Promise<(bytes: Uint8Array) => Uint8Array> {
  const last = filters.at(-1);
  if (last === undefined) return (bytes) => bytes;
  const steps = await Promise.all(filters.map((filter) => undo(filter, refuse)));
  const { bytes: item } = factsOf(last.encoded);
  return (bytes) => {
    let values = viewOf(last.encoded, bytes.buffer, bytes.byteOffset, bytes.length / item);
    for (const step of steps.toReversed()) values = step(values);
    return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  };
}

async function undo(filter: Filter, refuse: Refuse): Promise<Undo> {
  const { codec, configuration, decoded, encoded } = filter;
  const { registry } = await loadZarrita();
  const name = codec === "delta" ? "numcodecs.delta" : codec;
  const load = registry.get(name);
  if (load === undefined) throw new InternalError(`internal error: zarrita has no codec ${name}`);
  const entry = await load();
  const meta = { dataType: decoded as DataType, shape: [], codecs: [], fillValue: null };
  let made: NumberCodec;
  try {
    made = entry.fromConfig(configuration, meta) as unknown as NumberCodec;
  } catch (cause) {
    throw refuse(`the configuration of ${codec} does not suit ${decoded}: ${messageOf(cause)}`);
  }
  return (values) => {
    const data = codec === "delta" && encoded !== decoded ? cast(values, decoded) : values;
    return made.decode({ data, shape: [data.length], stride: [1] }).data;
  };
}

/** Sums are made in the dtype of the result, so stored numbers are cast first. */
function cast(values: TypedArray, dtype: DType): TypedArray {
  const result = viewOf(dtype, new ArrayBuffer(values.length * factsOf(dtype).bytes), 0, values.length);
  if (result instanceof BigInt64Array || result instanceof BigUint64Array) {
    for (const [i, value] of values.entries()) result[i] = BigInt(value);
  } else {
    for (const [i, value] of values.entries()) result[i] = Number(value);
  }
  return result;
}
