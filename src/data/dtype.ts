/**
 * dtypes are runtime values: a name, and one row of facts for each. Nothing else in the library switches on a dtype's
 * name where a fact of the row will do.
 *
 * Invariant: a stored complex number is two floats, real part first; a stored bool is one byte, 0 or 1; 64-bit integers
 * are BigInts in JavaScript.
 */
import { DTypeError } from "./errors.js";
import type { NonEmpty } from "./lists.js";
import { shown } from "./shown.js";

/** The name of an element type, as in the Python Array API standard. */
export type DType =
  | "bool"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint64"
  | "float32"
  | "float64"
  | "complex64"
  | "complex128";

/** A typed array that holds the elements of some dtype; complex numbers as interleaved pairs of floats. */
export type TypedArray =
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** A complex number. */
export interface Complex {
  /** The real part. */
  readonly re: number;
  /** The imaginary part. */
  readonly im: number;
}

/** One element as a JavaScript value. */
export type Element = number | bigint | boolean | Complex;

/** The kind of number that a dtype holds, in the order of promotion. */
export type Kind = "bool" | "int" | "uint" | "float" | "complex";

type ArrayOf = { new (buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray };

/** The facts about a dtype. */
export interface DTypeFacts {
  readonly name: DType;
  readonly kind: Kind;
  /** Bytes of one element. */
  readonly bytes: number;
  /** True where JavaScript holds the element as a BigInt. */
  readonly big: boolean;
  /** The dtype of the parts: float32 for complex64, float64 for complex128, itself otherwise. */
  readonly part: DType;
  /** The typed array of the parts. */
  readonly array: ArrayOf;
}

const row = (name: DType, kind: Kind, bytes: number, array: ArrayOf, part: DType = name): DTypeFacts => ({
  name,
  kind,
  bytes,
  big: bytes === 8 && (kind === "int" || kind === "uint"),
  part,
  array,
});

const facts: Readonly<Record<DType, DTypeFacts>> = {
  bool: row("bool", "bool", 1, Uint8Array),
  int8: row("int8", "int", 1, Int8Array),
  int16: row("int16", "int", 2, Int16Array),
  int32: row("int32", "int", 4, Int32Array),
  int64: row("int64", "int", 8, BigInt64Array),
  uint8: row("uint8", "uint", 1, Uint8Array),
  uint16: row("uint16", "uint", 2, Uint16Array),
  uint32: row("uint32", "uint", 4, Uint32Array),
  uint64: row("uint64", "uint", 8, BigUint64Array),
  float32: row("float32", "float", 4, Float32Array),
  float64: row("float64", "float", 8, Float64Array),
  complex64: row("complex64", "complex", 8, Float32Array, "float32"),
  complex128: row("complex128", "complex", 16, Float64Array, "float64"),
};

/** The names of all dtypes. */
export const dtypes: readonly DType[] = Object.values(facts).map(({ name }) => name);

/** The facts about a dtype. */
export function factsOf(dtype: DType): DTypeFacts {
  return facts[dtype];
}

/** True for the name of a dtype. */
const isDType = (name: unknown): name is DType => typeof name === "string" && Object.hasOwn(facts, name);

/** Checks a name that came from outside. */
export function toDType(name: unknown, operation: string): DType {
  if (isDType(name)) return name;
  throw new DTypeError(`${operation}: unknown dtype ${shown(name)}; expected ${dtypes.join(", ")}`);
}

/** A typed array over bytes that are already there; `length` counts elements, not parts. */
export function viewOf(dtype: DType, buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray {
  const { array, kind } = facts[dtype];
  return new array(buffer, byteOffset, kind === "complex" ? 2 * length : length);
}

/** A new zeroed typed array for `length` elements. */
export function allocate(dtype: DType, length: number): TypedArray {
  return viewOf(dtype, new ArrayBuffer(length * facts[dtype].bytes), 0, length);
}

function mixSigns(signed: DTypeFacts, unsigned: DTypeFacts): DType {
  if (unsigned.bytes < signed.bytes) return signed.name;
  if (unsigned.bytes === 1) return "int16";
  if (unsigned.bytes === 2) return "int32";
  return unsigned.bytes === 4 ? "int64" : "float64";
}

/**
 * The dtype that holds the values of both: the Array API's promotion table, and where the standard leaves a mix of
 * kinds open (an integer with a float, bool with a number, int64 with uint64), NumPy's choice.
 */
export function promote(a: DType, b: DType): DType {
  if (a === b) return a;
  const [x, y] = [facts[a], facts[b]];
  if (x.kind === "bool") return b;
  if (y.kind === "bool") return a;
  if (x.kind === y.kind) return x.bytes >= y.bytes ? a : b;
  if (x.kind === "int" && y.kind === "uint") return mixSigns(x, y);
  if (x.kind === "uint" && y.kind === "int") return mixSigns(y, x);
  if (x.kind === "complex" || y.kind === "complex") {
    const [complex, other] = x.kind === "complex" ? [x, y] : [y, x];
    return promote(complex.part, other.name) === "float64" ? "complex128" : "complex64";
  }
  const [float, integer] = x.kind === "float" ? [x, y] : [y, x];
  return integer.bytes <= 2 ? float.name : "float64";
}

/**
 * The dtype that holds the values of all, whatever their order: as NumPy's `result_type`. Integers among floats do not
 * first become a wider integer: int16, uint16 and float32 give float32.
 */
export function promoteAll(list: NonEmpty<DType>): DType {
  // few of thousands of dtypes are different, and of integers with and without sign the widest decide
  const floating = new Set<DType>();
  const widest = new Map<Kind, DType>();
  for (const dtype of list) {
    const { kind, bytes } = facts[dtype];
    if (kind === "float" || kind === "complex") floating.add(dtype);
    else {
      const known = widest.get(kind);
      if (known === undefined || facts[known].bytes < bytes) widest.set(kind, dtype);
    }
  }
  widest.delete("bool"); // which any other holds
  const [first = "bool", ...others] = [...floating, ...widest.values()];
  return others.reduce<DType>(promote, first);
}

/**
 * The floating dtype in which a real function of this dtype is computed: floats and complex stay, all else is float64.
 */
export function toFloating(dtype: DType): DType {
  const { kind } = facts[dtype];
  return kind === "float" || kind === "complex" ? dtype : "float64";
}

/** True for integers with and without a sign. */
export function isInteger(dtype: DType): boolean {
  const { kind } = facts[dtype];
  return kind === "int" || kind === "uint";
}

/** The least and the largest number of an integer dtype. */
export function limitsOf(dtype: DType): readonly [lowest: bigint, highest: bigint] {
  const { kind, bytes } = facts[dtype];
  const bits = BigInt(8 * bytes);
  return kind === "int" ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] : [0n, (1n << bits) - 1n];
}

/** Whether an integer dtype can hold a whole number. */
export function holds(dtype: DType, value: number | bigint): boolean {
  const [lowest, highest] = limitsOf(dtype);
  return value >= lowest && value <= highest;
}

/** True for a dtype of complex numbers. */
export function isComplex(dtype: DType): boolean {
  return facts[dtype].kind === "complex";
}

/** True for a value that can be an element. */
export function isElement(value: unknown): value is Element {
  return ["number", "bigint", "boolean"].includes(typeof value) || isComplexNumber(value);
}

/** True for a value of the form `{ re, im }`. */
export function isComplexNumber(value: unknown): value is Complex {
  if (typeof value !== "object" || value === null || !("re" in value && "im" in value)) return false;
  return typeof value.re === "number" && typeof value.im === "number";
}

/**
 * The dtype of an operation between an array and a JavaScript value: the array's own, unless the value is of a higher
 * kind (a fraction with integers gives float64, a complex number makes it complex).
 */
export function promoteWithValue(dtype: DType, value: Element): DType {
  const { kind } = facts[dtype];
  if (isComplexNumber(value)) return kind === "complex" ? dtype : dtype === "float32" ? "complex64" : "complex128";
  if (typeof value === "boolean" || kind === "float" || kind === "complex") return dtype;
  if (typeof value === "number" && !Number.isInteger(value)) return "float64";
  return kind === "bool" ? "int64" : dtype;
}

/** The dtype of a lone JavaScript value: bool, int64 for a bigint, float64, complex128. */
export function dtypeOfValue(value: Element): DType {
  if (typeof value === "boolean") return "bool";
  if (typeof value === "bigint") return "int64";
  return typeof value === "number" ? "float64" : "complex128";
}
