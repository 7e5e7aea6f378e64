/**
 * Elements of pages as typed arrays: numbers as they are, and those that no typed array holds, converted.
 *
 *     INT96       nanoseconds of the day 8 │ Julian day 4      ─▶ nanoseconds since 1970, int64
 *     decimals    whole numbers of any width                   ─▶ float64
 */
import type { TypedArray } from "../../data/dtype.js";
import type { Numeric } from "../tables/columns.js";
import { decimalsIn, scaled, wholeNumber } from "../tables/decimals.js";
import { UnfitFault } from "../tables/elements.js";
import { EncodingFault } from "./encodings.js";
import type { ParquetColumn } from "./schema.js";

type NumericColumn = Numeric<ParquetColumn>;

/** The Julian day of 1970-01-01. */
const EPOCH_DAY = 2440588n;
const NANOSECONDS_PER_DAY = 86_400_000_000_000n;
const INT96_BYTES = 12;

/** True if elements are converted: to 8 bytes each, whatever they have in pages. */
export function isConverted({ physical, scale }: ParquetColumn): boolean {
  return physical === "INT96" || scale !== undefined;
}

/** The bytes of elements, which begin at 0 of their memory, as a typed array; short integers have 32 bits in pages. */
export function elementsFrom(column: NumericColumn, bytes: Uint8Array<ArrayBuffer>, count: number): TypedArray {
  const { stored, physical, scale } = column;
  const { buffer } = bytes;
  if (physical === "INT96") return int96sIn(bytes, count);
  if (scale !== undefined) {
    if (physical === "BYTE_ARRAY") return decimalTexts(bytes, count, scale);
    return decimalsIn(bytes, column.bytes, scale, physical === "FIXED_LEN_BYTE_ARRAY" ? "big" : "little");
  }
  if (physical === "DOUBLE") return new Float64Array(buffer, 0, count);
  if (physical === "FLOAT") return new Float32Array(buffer, 0, count);
  if (physical === "FIXED_LEN_BYTE_ARRAY") return new Uint16Array(buffer, 0, count);
  if (physical === "INT64") {
    return stored === "uint64" ? new BigUint64Array(buffer, 0, count) : new BigInt64Array(buffer, 0, count);
  }
  return stored === "uint32" ? new Uint32Array(buffer, 0, count) : new Int32Array(buffer, 0, count);
}

/** The memory of converted elements as a typed array. */
export function convertedView({ physical }: NumericColumn, { buffer }: Uint8Array<ArrayBuffer>): TypedArray {
  return physical === "INT96" ? new BigInt64Array(buffer) : new Float64Array(buffer);
}

function int96sIn(bytes: Uint8Array, count: number): BigInt64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const result = new BigInt64Array(count);
  for (let i = 0; i < count; i++) {
    const day = BigInt(view.getInt32(i * INT96_BYTES + 8, true)) - EPOCH_DAY;
    const time = day * NANOSECONDS_PER_DAY + view.getBigInt64(i * INT96_BYTES, true);
    if (BigInt.asIntN(64, time) !== time) {
      throw new UnfitFault(`a time ${day} days after 1970-01-01, which int64 cannot count in nanoseconds`);
    }
    result[i] = time;
  }
  return result;
}

/** Decimals of any width, each after its length. */
function decimalTexts(bytes: Uint8Array, count: number, scale: number): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const result = new Float64Array(count);
  let at = 0;
  for (let i = 0; i < count; i++) {
    const length = at + 4 <= bytes.length ? view.getUint32(at, true) : MOST_DECIMAL_BYTES + 1;
    at += 4 + length;
    if (length > MOST_DECIMAL_BYTES || at > bytes.length) {
      throw new EncodingFault(`decimal ${i} of ${count} claims ${length} bytes`);
    }
    result[i] = scaled(wholeNumber(bytes.subarray(at - length, at), "big"), scale);
  }
  return result;
}

/** More bytes than decimals have. */
const MOST_DECIMAL_BYTES = 64;
