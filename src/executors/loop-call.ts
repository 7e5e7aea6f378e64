/**
 * Calls of loops whose operands and results are given field by field; a loop itself takes the parts of complex numbers
 * apart.
 */
import { type DType, factsOf } from "../data/dtype.js";
import { at } from "../data/lists.js";
import type { LoopCall, LoopOperand } from "../kernels/backend.js";
import type { Loop } from "../program/loop.js";

/** Where a field of an operand or of a result lies. */
export interface Field extends LoopOperand {
  readonly dtype: DType;
}

/** All fields of an operand or of a result. */
export type Fields = readonly Field[];

/** A field, or one part of its complex numbers. */
function partOf(field: Field, part: 0 | 1 | null): LoopOperand {
  if (part === null) return field;
  const { dtype, offset, strides } = field;
  return { offset: offset + (part * factsOf(dtype).bytes) / 2, strides: strides.map((stride) => 2 * stride) };
}

/** The call of a loop. */
export function loopCall(
  loop: Loop,
  counts: readonly number[],
  operands: readonly Fields[],
  results: Fields,
): LoopCall {
  return {
    loop,
    counts,
    inputs: loop.inputs.map(({ operand, field, part }) => partOf(at(at(operands, operand), field), part)),
    results: loop.results.map(({ field, part }) => partOf(at(results, field), part)),
  };
}
