/**
 * Elements of columns as elements of an array: widening, halves, bits, nulls.
 *
 * Invariant: an element keeps its value, except that 64-bit integers round where the common dtype is float64.
 */
import { type DType, factsOf, type TypedArray, viewOf } from "../../data/dtype.js";
import { widenHalves } from "../../storage/half.js";
import type { Stored } from "./columns.js";

/** Bytes of a stored element; bools, which formats store as bits, count as the bytes that they are unpacked to. */
export function bytesOf(stored: Stored): number {
  return stored === "float16" ? 2 : factsOf(stored).bytes;
}

/** A typed array of stored elements over bytes that are aligned to them. */
export function storedView(stored: Stored, bytes: Uint8Array, length: number): TypedArray {
  return viewOf(stored === "float16" ? "uint16" : stored, bytes.buffer, bytes.byteOffset, length);
}

/** Puts stored elements into a typed array of the array's dtype. Both have the same length. */
export function widen(stored: Stored, from: TypedArray, dtype: DType, into: TypedArray): void {
  if (stored === "float16") widenFloat16(from, into);
  else if (factsOf(dtype).big) widenIntegers(stored, from, into);
  else if (factsOf(stored).big) for (let i = 0; i < from.length; i++) into[i] = Number(from[i]);
  else (into as Float64Array).set(from as Float64Array);
}

/** float32 from halves; float64 where other columns ask for it. */
function widenFloat16(from: TypedArray, into: TypedArray): void {
  const floats = into instanceof Float32Array ? into : new Float32Array(into.length);
  widenHalves(new Uint16Array(from.buffer, from.byteOffset, from.length), floats);
  if (into instanceof Float64Array) into.set(floats);
}

/** 64-bit integers from shorter ones, without a BigInt for each. */
function widenIntegers(stored: Stored, from: TypedArray, into: TypedArray): void {
  if (from instanceof BigInt64Array || from instanceof BigUint64Array) {
    (into as BigInt64Array).set(from as BigInt64Array);
    return;
  }
  const halves = new Int32Array(into.buffer, into.byteOffset, 2 * into.length);
  const signed = stored.startsWith("int");
  for (let i = 0; i < from.length; i++) {
    const value = from[i] as number;
    halves[2 * i] = value;
    halves[2 * i + 1] = signed ? value >> 31 : 0;
  }
}

/** Unpacks bits, the lowest of a byte first, to bytes 0 and 1. */
export function unpackBits(bits: Uint8Array, from: number, into: Uint8Array): void {
  for (let i = 0; i < into.length; i++) into[i] = (bits[(from + i) >> 3]! >> ((from + i) & 7)) & 1;
}

/** Packs bytes, 0 or not, to bits, the lowest of a byte first. */
export function packBits(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const bits = new Uint8Array(Math.ceil(bytes.length / 8));
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) bits[i >> 3]! |= 1 << (i & 7);
  return bits;
}

/** The column `at` of rows in C order, as elements of its own. */
export function columnOf(rows: TypedArray, columns: number, at: number): TypedArray {
  const column = new (rows.constructor as new (length: number) => TypedArray)(rows.length / columns);
  putColumns(rows, columns, at, column, column.length);
  return column;
}

/** Rows that are put into columns together: a cache line of float64 of each. */
const rowsTogether = 8;

/** Puts columns of rows in C order, from `first` on, into memory of the same type in which each begins `step` elements behind the last. */
export function putColumns(rows: TypedArray, columns: number, first: number, into: TypedArray, step: number): void {
  const [length, count] = [rows.length / columns, into.length / step];
  for (let row = 0; row < length; row += rowsTogether) {
    const end = Math.min(length, row + rowsTogether);
    for (let i = 0; i < count; i++) {
      const to = i * step;
      for (let r = row, from = row * columns + first + i; r < end; r++, from += columns) into[to + r] = rows[from]!;
    }
  }
}

/** Elements in memory of any alignment as a typed array: over the memory itself where that can be. */
export function elementsOf(dtype: DType, bytes: Uint8Array): TypedArray {
  const { bytes: item, part } = factsOf(dtype);
  const aligned = bytes.byteOffset % factsOf(part).bytes === 0 ? bytes : new Uint8Array(bytes);
  return viewOf(dtype, aligned.buffer, aligned.byteOffset, bytes.length / item);
}
