/**
 * Fill values between three forms: a value of the user's program, the JSON of the metadata, and the bytes of an element.
 *
 * Invariant: bytes are compared and written as bits: a NaN keeps its payload, and -0 is not 0.
 */
import { type DType, type Element, factsOf, isComplex } from "../../../data/dtype.js";
import { ArgumentError } from "../../../data/errors.js";
import { type Json, JsonNumber } from "./json-text.js";

/** The bytes of one element, little-endian. */
type Bytes = Buffer<ArrayBuffer>;

type Scalar = number | bigint | boolean;

const limits = (bits: number, signed: boolean): readonly [low: bigint, high: bigint] =>
  signed ? [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n] : [0n, 2n ** BigInt(bits) - 1n];

function writeScalar(dtype: DType, value: Scalar, into: Bytes, at: number, fail: (why: string) => Error): void {
  const { kind, bytes } = factsOf(dtype);
  if (kind === "bool") {
    if (typeof value !== "boolean" && value !== 0 && value !== 1) throw fail("a bool is true or false");
    into[at] = Number(value);
  } else if (kind === "float") {
    const number = Number(value);
    if (bytes === 4) into.writeFloatLE(number, at);
    else into.writeDoubleLE(number, at);
  } else {
    if (typeof value === "number" && !Number.isInteger(value)) throw fail("an integer is needed");
    const whole = BigInt(value);
    const [low, high] = limits(8 * bytes, kind === "int");
    if (whole < low || whole > high) throw fail(`${dtype} goes from ${low} to ${high}`);
    const bits = BigInt.asUintN(64, whole);
    for (let i = 0; i < bytes; i++) into[at + i] = Number((bits >> BigInt(8 * i)) & 255n);
  }
}

/**
 * The bytes of an element of a dtype, little-endian.
 *
 * @throws ArgumentError when the dtype does not hold the value
 */
export function fillBytes(dtype: DType, value: Element, operation: string): Bytes {
  const { bytes, kind, part } = factsOf(dtype);
  const fail = (why: string): ArgumentError =>
    new ArgumentError(`${operation}: ${shown(value)} is no fill value for ${dtype}: ${why}`);
  const result = Buffer.alloc(bytes);
  if (kind !== "complex") {
    if (!isScalar(value)) throw fail("a single number is needed");
    writeScalar(dtype, value, result, 0, fail);
    return result;
  }
  const complex = isScalar(value) ? { re: Number(value), im: 0 } : value;
  if (!isComplex(complex)) throw fail("a number or { re, im } is needed");
  writeScalar(part, complex.re, result, 0, fail);
  writeScalar(part, complex.im, result, bytes / 2, fail);
  return result;
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === "number" || typeof value === "bigint" || typeof value === "boolean";
}

function shown(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The number in the bytes of an element or of a part of it. */
function scalarAt(dtype: DType, bytes: Bytes, at: number): Scalar {
  const { kind, bytes: size } = factsOf(dtype);
  if (kind === "bool") return bytes[at] !== 0;
  if (kind === "float") return size === 4 ? bytes.readFloatLE(at) : bytes.readDoubleLE(at);
  let bits = 0n;
  for (let i = 0; i < size; i++) bits |= BigInt(bytes[at + i]!) << BigInt(8 * i);
  return kind === "int" ? BigInt.asIntN(8 * size, bits) : bits;
}

/** The JSON of a fill value, as both versions of the format have it. */
export function fillJson(dtype: DType, bytes: Bytes): Json {
  const { kind, part, bytes: size } = factsOf(dtype);
  if (kind === "complex") {
    return [0, size / 2].map((at) => scalarJson(scalarAt(part, bytes, at)));
  }
  return scalarJson(scalarAt(dtype, bytes, 0));
}

function scalarJson(value: Scalar): Json {
  if (typeof value === "boolean") return value;
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return new JsonNumber(Object.is(value, -0) ? "-0.0" : String(value));
}

/** The bytes of a fill value that stands in metadata; undefined where it is none of the dtype. */
export function fillFromJson(dtype: DType, json: Json): Bytes | undefined {
  const { kind, part, bytes } = factsOf(dtype);
  if (kind !== "complex") return scalarBytes(dtype, json);
  // Version 2 leaves the form of complex fill values open; zarr-python writes a pair, or a single number for 0.
  const pair = Array.isArray(json) ? (json as readonly Json[]) : [json, new JsonNumber("0")];
  const [re, im] = pair.map((item) => scalarBytes(part, item));
  if (pair.length !== 2 || re === undefined || im === undefined || re.length + im.length !== bytes) return undefined;
  return Buffer.concat([re, im]);
}

const special: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
};

function scalarBytes(dtype: DType, json: Json): Bytes | undefined {
  const { kind, bytes } = factsOf(dtype);
  if (kind === "float" && typeof json === "string" && /^0x[0-9a-fA-F]+$/.test(json)) {
    // The bits of a NaN with a payload, the most significant digit first.
    return json.length === 2 + 2 * bytes ? Buffer.from(Buffer.from(json.slice(2), "hex").reverse()) : undefined;
  }
  const text = json instanceof JsonNumber ? json.text : typeof json === "string" ? json : undefined;
  let value: Scalar;
  if (typeof json === "boolean") value = json;
  else if (text === undefined) return undefined;
  else if (Object.hasOwn(special, text)) value = special[text]!;
  else if (!(json instanceof JsonNumber)) return undefined;
  else if (kind === "float") value = Number(text);
  else if (/^-?\d+$/.test(text)) value = kind === "bool" ? Number(text) : BigInt(text);
  else if (Number.isInteger(Number(text))) value = Number(text);
  else return undefined;
  if (typeof value === "boolean" && kind !== "bool") return undefined;
  try {
    return fillBytes(dtype, value, "fill value");
  } catch (error) {
    if (error instanceof ArgumentError) return undefined;
    throw error;
  }
}
