/**
 * Elements of columns as elements of an array: widening, halves, bits.
 *
 * Invariant: an element keeps its value, unless inexact elements are asked for; then 64-bit integers are rounded if the
 * array's dtype is float64.
 */
import { type DType, factsOf, type TypedArray, viewOf } from "../../data/dtype.js";
import { widenHalves } from "../../storage/half.js";
import type { Stored } from "./columns.js";

/** A typed array over the bytes of stored elements, which are aligned to them. */
export function storedView(stored: Stored, bytes: Uint8Array, length: number): TypedArray {
  return viewOf(stored === "float16" ? "uint16" : stored, bytes.buffer, bytes.byteOffset, length);
}

/** An element that an array of the dtype that was asked for cannot hold; nothing is wrong with the file. */
export class UnfitFault extends Error {}

/**
 * Writes stored elements to a typed array of the array's dtype, which has the same length.
 *
 * @throws UnfitFault for an integer that would be rounded, unless `inexact` is true
 */
export function widen(stored: Stored, from: TypedArray, into: TypedArray, inexact: boolean): void {
  if (stored === "float16") widenFloat16(from, into);
  else if (isBig(into)) isBig(from) ? into.set(from) : widenIntegers(stored, from, into);
  else if (isBig(from)) widenBig(from, into, inexact);
  else into.set(from);
}

type BigArray = BigInt64Array | BigUint64Array;

/** True for an array of bigints. */
export function isBig(array: TypedArray): array is BigArray {
  return array instanceof BigInt64Array || array instanceof BigUint64Array;
}

const advice =
  "nulls, or columns of another dtype, make it float64: with a number for nulls (nulls: 0) and without such columns " +
  "it stays as it is; with inexact: true it is rounded";

/** The upper half of integers that float64 holds exactly, whatever the lower half is. */
const EXACT_HIGH = 2 ** 21;

/** float64 from 64-bit integers, from their halves without a BigInt for each. */
function widenBig(from: BigArray, into: Exclude<TypedArray, BigArray>, inexact: boolean): void {
  const words = new Int32Array(from.buffer, from.byteOffset, 2 * from.length);
  const least = from instanceof BigInt64Array ? -EXACT_HIGH : 0;
  for (let i = 0; i < into.length; i++) {
    const [low, high] = [words[2 * i] ?? 0, words[2 * i + 1] ?? 0];
    if (high >= least && high < EXACT_HIGH) into[i] = high * 2 ** 32 + (low >>> 0);
    else {
      const value = from[i] ?? 0n;
      const rounded = Number(value);
      if (!inexact && BigInt(rounded) !== value)
        throw new UnfitFault(`${value}, which float64 cannot hold exactly; ${advice}`);
      into[i] = rounded;
    }
  }
}

/** float32 from halves; float64 where other columns ask for it. */
function widenFloat16(from: TypedArray, into: TypedArray): void {
  const floats = into instanceof Float32Array ? into : new Float32Array(into.length);
  widenHalves(new Uint16Array(from.buffer, from.byteOffset, from.length), floats);
  if (into instanceof Float64Array) into.set(floats);
}

/** 64-bit integers from shorter ones, without a BigInt for each. */
function widenIntegers(stored: Stored, from: Exclude<TypedArray, BigArray>, into: BigArray): void {
  const words = new Int32Array(into.buffer, into.byteOffset, 2 * into.length);
  const signed = stored.startsWith("int");
  for (let i = 0; i < from.length; i++) {
    const value = from[i] ?? 0;
    words[2 * i] = value;
    words[2 * i + 1] = signed ? value >> 31 : 0;
  }
}

/** Writes a mark in the place of each element whose bit, counted from a place on, is not set. */
export function markUnset(bits: Uint8Array, from: number, into: TypedArray, mark: number | bigint): void {
  for (let i = 0; i < into.length; i++) {
    const place = from + i;
    const byte = bits[place >> 3] ?? 0;
    if (byte === 255 && (place & 7) === 0) i += 7;
    else if (((byte >> (place & 7)) & 1) === 0) into[i] = mark;
  }
}

/** Unpacks bits from a place on to bytes 0 and 1. */
export function unpackBits(bits: Uint8Array, from: number, into: Uint8Array): void {
  for (let i = 0; i < into.length; i++) into[i] = ((bits[(from + i) >> 3] ?? 0) >> ((from + i) & 7)) & 1;
}

/** Packs bytes to bits: 0 stays 0, anything else becomes 1. */
export function packBits(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const bits = new Uint8Array(Math.ceil(bytes.length / 8));
  for (let place = 0; place < bits.length; place++) {
    let packed = 0;
    // beyond the end there is nothing, which is no 1
    for (let bit = 0; bit < 8; bit++) packed |= (bytes[8 * place + bit] ?? 0) === 0 ? 0 : 1 << bit;
    bits[place] = packed;
  }
  return bits;
}

/** One column of rows in C order, in memory of its own. */
export function columnOf(rows: TypedArray, columns: number, column: number): TypedArray {
  const result = rows.slice(0, rows.length / columns); // of the same type; every element is overwritten
  putColumns(rows, columns, column, result, result.length);
  return result;
}

/** Rows that are moved together: a cache line of float64 of each column. */
const ROWS_TOGETHER = 8;

/**
 * Moves columns of rows in C order, from the column `first` on, to memory of the same type in which each begins `step`
 * elements after the one before, up to where that memory ends.
 */
export function putColumns(rows: TypedArray, columns: number, first: number, into: TypedArray, step: number): void {
  const [length, count] = [rows.length / columns, Math.ceil(into.length / step)];
  for (let row = 0; row < length; row += ROWS_TOGETHER) {
    const end = Math.min(length, row + ROWS_TOGETHER);
    for (let i = 0; i < count; i++) {
      const to = i * step;
      for (let r = row, from = row * columns + first + i; r < end; r++, from += columns) {
        const element = rows[from];
        if (element !== undefined) into[to + r] = element; // always true
      }
    }
  }
}

/** Elements in memory of any alignment as a typed array: over that memory itself if it is aligned, otherwise a copy. */
export function elementsOf(dtype: DType, bytes: Uint8Array): TypedArray {
  const { bytes: item, part } = factsOf(dtype);
  const aligned = bytes.byteOffset % factsOf(part).bytes === 0 ? bytes : new Uint8Array(bytes);
  return viewOf(dtype, aligned.buffer, aligned.byteOffset, bytes.length / item);
}
