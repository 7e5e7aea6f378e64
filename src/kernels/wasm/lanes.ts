/**
 * Lanes: how many elements a kernel holds in one value, and what each primitive then emits.
 *
 * The loop nest is written once, against this interface; {@link scalarLanes} holds one element at a time and knows
 * every dtype and primitive, {@link vectorLanes} two or four and only some. A bool in scalar lanes is 0 or 1, in vector
 * lanes a mask: all bits or none.
 */

import type { Code, Local } from "../../assembler/code.js";
import type { ImportedFunction, ValueType } from "../../assembler/encoder.js";
import type { DType } from "../../data/dtype.js";
import { primitive, type Value } from "../../program/evaluate.js";
import type { Primitive } from "../../program/scalar.js";

/** Where neighbouring elements lie. */
export interface Address {
  readonly pointer: Local;
  /** Bytes from one element to the next; undefined when they touch. */
  readonly stride: Local | undefined;
  /** Bytes to add, known beforehand. */
  readonly offset: number;
  /** True when the bytes of each element stand in the other order; only of what is loaded. */
  readonly swap?: boolean;
}

/** A value of the loop in a local. */
export interface LaneValue {
  readonly local: Local;
  readonly dtype: DType;
  /** The value itself, when it is a constant. */
  readonly constant?: Value;
}

/** See the head of this file. Whatever is "pushed" is left on the stack. */
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
  /** Pushes an i32 that is not 0 when a bool is true in any lane. */
  any(code: Code, condition: Local): void;
  /** Pushes the result of a primitive; `dtype` is the result's. */
  apply(code: Code, op: Primitive, dtype: DType, args: readonly LaneValue[]): void;
}

/** The function that computes a primitive in JavaScript, where WebAssembly has nothing of the kind. */
export function importOf(op: Primitive, dtype: "float64" | "float32", parameters: number): ImportedFunction {
  const result = dtype === "float64" ? "f64" : "f32";
  return { name: `${op}.${dtype}`, parameters: new Array<ValueType>(parameters).fill(result), result };
}

/** The JavaScript function behind an import. V8 calls some, such as `Math.exp`, without leaving machine code. */
export function importedFunction({ name }: ImportedFunction): (...values: never[]) => unknown {
  const [op, dtype] = name.split(".") as [Primitive, DType];
  // The kernel itself puts right where its meaning is another.
  if (op === "pow") return Math.pow;
  return primitive(op, dtype, dtype);
}
