/** The state that all parts of a kernel's writer share: the code so far, the loop and its variant, the arguments. */

import { Code, type Local } from "../../assembler/code.js";
import type { DType } from "../../data/dtype.js";
import { at } from "../../data/lists.js";
import type { Loop } from "../../program/loop.js";
import { type OperandClass, type OperandKind, operandKindsOf, type Variant } from "../iteration-shape.js";
import { declareParameters } from "./arguments.js";

/** An input or a result of the loop, with the parameters that say where it is. */
export interface KernelOperand extends OperandKind, OperandClass {
  /** Its number; results come after all inputs. */
  readonly number: number;
  readonly dtype: DType;
  readonly isResult: boolean;
  /** True if the bytes of each element are in the other order. */
  readonly otherEndian: boolean;
  /** Its address, or the number of a counted input. The kernel moves it along. */
  readonly start: Local;
  /** Its moves, by dimension. */
  readonly moves: readonly Local[];
}

/** See the head of this file. */
export interface Frame {
  readonly code: Code;
  readonly loop: Loop;
  readonly variant: Variant;
  readonly inputs: readonly KernelOperand[];
  readonly results: readonly KernelOperand[];
  /** The number of points along each dimension. */
  readonly counts: readonly Local[];
  /** The number of points of the current row that are left. */
  readonly left: Local;
}

/** The frame of a new kernel. */
export function frameOf(loop: Loop, variant: Variant): Frame {
  const code = new Code();
  const kinds = operandKindsOf(loop);
  const { counts, starts, moves } = declareParameters(code, variant.rank, kinds);
  const all = [...loop.inputs, ...loop.results].map((operand, number): KernelOperand => {
    return {
      ...at(kinds, number),
      ...at(variant.classes, number),
      number,
      dtype: operand.dtype,
      isResult: number >= loop.inputs.length,
      otherEndian: "otherEndian" in operand && operand.otherEndian === true,
      start: at(starts, number),
      moves: moves.map((move) => at(move, number)),
    };
  });
  const inputs = all.slice(0, loop.inputs.length);
  const results = all.slice(loop.inputs.length);
  return { code, loop, variant, inputs, results, counts, left: code.local("i32", "left") };
}
