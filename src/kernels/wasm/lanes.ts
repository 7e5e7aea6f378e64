/**
 * Lanes: the number of elements that a kernel holds in one value, and the instructions of each primitive.
 *
 * The loop nest is written once, against this interface. Scalar lanes (scalar-lanes.ts) hold one element and have every
 * dtype and primitive; vector lanes (vector-lanes.ts) hold two or four and have only some. A bool is 0 or 1 in scalar
 * lanes, and a mask in vector lanes: all bits or none.
 */

import type { Code, Local } from "../../assembler/code.js";
import type { ImportedFunction, ValueType } from "../../assembler/encoder.js";
import type { DType } from "../../data/dtype.js";
import { primitive, refusePower, type Value } from "../../program/evaluate.js";
import type { Primitive } from "../../program/scalar.js";

/** The place of neighbouring elements. */
export interface Address {
  readonly pointer: Local;
  /** Bytes from one element to the next; undefined if they are contiguous. */
  readonly stride: Local | undefined;
  /** Constant bytes to add. */
  readonly offset: number;
  /** True if the bytes of each element are in the other order; only for loads. */
  readonly otherEndian?: boolean;
}

/** A value of the loop in a local. */
export interface LaneValue {
  readonly local: Local;
  readonly dtype: DType;
  /** The value itself, if it is a constant. */
  readonly constant?: Value;
}

/** See the head of this file. To push is to leave a value on the stack. */
export interface Lanes {
  /** Elements in one value. */
  readonly width: number;
  /** The type of a value that holds elements of a dtype. */
  type(dtype: DType): ValueType;
  /** Pushes one number for each lane. */
  constant(code: Code, dtype: DType, numbers: readonly (number | bigint)[]): void;
  /** Pushes elements from memory. */
  load(code: Code, dtype: DType, address: Address): void;
  /** Pushes one element from memory, in every lane. */
  loadSame(code: Code, dtype: DType, address: Address): void;
  /** Pushes the number of a local, in every lane. */
  same(code: Code, dtype: DType, number: Local): void;
  /** Writes elements to memory. */
  store(code: Code, dtype: DType, address: Address, value: Local): void;
  /** Pushes one lane as a scalar. */
  extract(code: Code, dtype: DType, value: Local, lane: number): void;
  /** Pushes an i32 that is not 0 if a bool is true in any lane. */
  any(code: Code, condition: Local): void;
  /** Pushes the result of a primitive; `dtype` is the result's. */
  apply(code: Code, op: Primitive, dtype: DType, args: readonly LaneValue[]): void;
  /** Pushes the extreme of two floats where the sign of a zero is free: NaN if either is, of two zeros any. */
  extreme(code: Code, op: "min" | "max", dtype: DType, a: Local, b: Local): void;
}

/** The JavaScript function of a primitive for which WebAssembly has no instruction. */
export function importOf(op: Primitive, dtype: "float64" | "float32", parameters: number): ImportedFunction {
  const result = dtype === "float64" ? "f64" : "f32";
  return { name: `${op}.${dtype}`, parameters: new Array<ValueType>(parameters).fill(result), result };
}

/** The function that throws the error for a negative power of an integer. */
export const powerRefusal: ImportedFunction = { name: "refusePower.", parameters: [], result: "i32" };

/** The JavaScript function behind an import. V8 calls some, such as `Math.exp`, without leaving machine code. */
export function importedFunction({ name }: ImportedFunction): (...values: never[]) => unknown {
  if (name === powerRefusal.name) return refusePower;
  const [op, dtype] = name.split(".") as [Primitive, DType];
  // The kernel corrects the cases in which its meaning differs.
  if (op === "pow") return Math.pow;
  return primitive(op, dtype, dtype);
}
