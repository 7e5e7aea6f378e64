/**
 * The value of elements that were never written.
 *
 *     the user's value ─▶ JSON of the metadata ─▶ the bytes of an element in memory
 *
 * Invariant: it is kept as the bits that the element has in memory, so that a NaN keeps its payload, −0 stays −0, and a
 * 64-bit integer keeps all its digits.
 */
import { type DType, type Element, factsOf, isComplexNumber, viewOf } from "../../data/dtype.js";
import { widenHalves } from "../../storage/half.js";
import type { DescribedElement } from "../descr.js";
import { type Refuse, shown } from "./json.js";

/** The number that stands for NaT among times. */
const LEAST = String(-(2n ** 63n));

/** A value of the user's program as the metadata of both versions has it; {@link fillOf} judges it. */
export function fillJson(value: Element, dtype: DType): unknown {
  const { kind } = factsOf(dtype);
  const scalar = (number: unknown): unknown => {
    if (typeof number !== "number" && typeof number !== "bigint" && typeof number !== "boolean") return number;
    if (kind === "bool") return number === 0 || number === 1 ? number === 1 : number;
    if (kind === "int" || kind === "uint") {
      return typeof number !== "number" || Number.isInteger(number) ? BigInt(number) : number;
    }
    return Number.isFinite(Number(number)) ? Number(number) : String(number);
  };
  if (kind !== "complex") return scalar(value);
  return isComplexNumber(value) ? [scalar(value.re), scalar(value.im)] : [scalar(value), 0];
}

/** A float: a number, a name, more digits than a number holds, or the digits of its bits. */
function floatOf(value: unknown, bytes: number, refuse: Refuse): Uint8Array {
  const result = bytes === 4 ? new Float32Array(1) : new Float64Array(1);
  if (typeof value === "number") result[0] = value;
  else if (typeof value === "string" && new RegExp(`^0x[0-9a-fA-F]{1,${2 * bytes}}$`).test(value)) {
    if (bytes === 4) new Uint32Array(result.buffer)[0] = Number(value);
    else new BigUint64Array(result.buffer)[0] = BigInt(value);
  } else if (typeof value === "string" && /^(NaN|-?Infinity|-?\d+)$/.test(value)) result[0] = Number(value);
  else throw refuse(`the fill value ${shown(value)} is not a number; expected 0.5, "NaN", "Infinity" or "-Infinity"`);
  return new Uint8Array(result.buffer);
}

function halfOf(value: unknown, refuse: Refuse): Uint8Array {
  if (typeof value === "number") return floatOf(roundedToHalf(value), 4, refuse);
  if (typeof value !== "string" || !/^0x[0-9a-fA-F]{1,4}$/.test(value)) return floatOf(value, 4, refuse);
  const widened = new Float32Array(1);
  widenHalves(Uint16Array.of(Number(value)), widened);
  return new Uint8Array(widened.buffer);
}

/** A number as float16 holds it: ties go to the even neighbour. */
function roundedToHalf(value: number): number {
  const size = Math.abs(value);
  if (!Number.isFinite(value) || size === 0) return value;
  const unit = 2 ** (Math.max(Math.floor(Math.log2(size)), -14) - 10);
  const units = size / unit;
  const below = Math.floor(units);
  const up = units - below > 0.5 || (units - below === 0.5 && below % 2 === 1);
  const rounded = (below + (up ? 1 : 0)) * unit;
  return Math.sign(value) * (rounded > 65504 ? Number.POSITIVE_INFINITY : rounded);
}

function integerOf(value: unknown, dtype: DType, refuse: Refuse): Uint8Array {
  const { kind, bytes } = factsOf(dtype);
  const digits = typeof value === "number" && Number.isInteger(value) ? BigInt(value) : String(value);
  const isWhole = typeof digits === "bigint" || /^-?\d{1,20}$/.test(digits);
  if (!isWhole || typeof value === "object") throw refuse(`the fill value ${shown(value)} is not of ${dtype}`);
  const number = BigInt(digits);
  const wrapped = kind === "int" ? BigInt.asIntN(8 * bytes, number) : BigInt.asUintN(8 * bytes, number);
  if (wrapped !== number) throw refuse(`the fill value ${number} does not fit into ${dtype}`);
  const elements = viewOf(dtype, new ArrayBuffer(bytes), 0, 1);
  if (elements instanceof BigInt64Array || elements instanceof BigUint64Array) elements[0] = number;
  else elements[0] = Number(number);
  return new Uint8Array(elements.buffer);
}

/**
 * The bytes in memory, as hexadecimal digits, of the element that missing chunks are full of; null if the metadata of
 * Zarr v2 has null, and so leaves it open.
 */
export function fillOf(value: unknown, { dtype, encoding, time }: DescribedElement, refuse: Refuse): string | null {
  const { kind, bytes, part } = factsOf(dtype);
  const hex = (...parts: readonly Uint8Array[]): string => Buffer.concat(parts).toString("hex");
  if (value === null || value === undefined) return null;
  if (time !== undefined && value === "NaT") return hex(integerOf(LEAST, dtype, refuse));
  if (encoding.half) return hex(halfOf(value, refuse));
  if (kind === "float") return hex(floatOf(value, bytes, refuse));
  if (kind === "complex") {
    const pair: readonly unknown[] = Array.isArray(value) ? value : [value, 0];
    if (pair.length !== 2) throw refuse(`the fill value ${shown(value)} is not a complex number; expected [0, 0]`);
    return hex(...pair.map((number) => floatOf(number, factsOf(part).bytes, refuse)));
  }
  if (kind !== "bool") return hex(integerOf(value, dtype, refuse));
  if (value === true || value === 1) return "01";
  if (value === false || value === 0) return "00";
  throw refuse(`the fill value ${shown(value)} is not a bool; expected true or false`);
}
