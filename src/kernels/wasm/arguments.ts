/**
 * The arguments of a kernel: the points that it runs over, as plain numbers.
 *
 *     counts, one per dimension | start of each operand | for each dimension, the move of each operand
 *
 * They are parameters and not a record in memory, so that all of a backend's memory belongs to its user. A counted
 * operand starts and moves by f64 numbers, all others by i32 addresses and bytes. The move of an outer dimension undoes
 * the moves of the dimensions inside it, so a kernel only adds. Along the two innermost dimensions, and for counted
 * operands, it is the plain stride.
 */

import type { Code, Local } from "../../assembler/code.js";
import type { LoopCall } from "../backend.js";
import type { Dimension, OperandKind } from "../iteration-shape.js";

/** The most parameters of a WebAssembly function: a limit that all engines share. */
const mostParameters = 1000;

/** The most dimensions of a call with this many operands; less than 1 if there are too many operands. */
export function mostDimensions(operands: number): number {
  return Math.floor((mostParameters - operands) / (operands + 1));
}

/** The arguments as a kernel sees them. */
export interface Parameters {
  /** By dimension. */
  readonly counts: readonly Local[];
  /** By operand. A kernel moves them along. */
  readonly starts: readonly Local[];
  /** By dimension and operand. */
  readonly moves: readonly (readonly Local[])[];
}

/** Declares the parameters of a kernel. */
export function declareParameters(code: Code, rank: number, operands: readonly OperandKind[]): Parameters {
  const dimensions = Array.from({ length: rank }, (_, d) => d);
  const each = (prefix: string): Local[] =>
    operands.map(({ counted }, k) => code.parameter(counted ? "f64" : "i32", `${prefix}${k}`));
  return {
    counts: dimensions.map((d) => code.parameter("i32", `count.${d}`)),
    starts: each("start"),
    moves: dimensions.map((d) => each(`move.${d}.`)),
  };
}

/** The arguments of a call. Addresses beyond 2^31 and negative strides wrap on the way, and again in the kernel. */
export function argumentsOf(
  { inputs, results }: LoopCall,
  operands: readonly OperandKind[],
  dimensions: readonly Dimension[],
): number[] {
  const values: number[] = [];
  for (const { count } of dimensions) values.push(count);
  for (const { offset } of inputs) values.push(offset);
  for (const { offset } of results) values.push(offset);
  for (let d = 0; d < dimensions.length; d++) {
    const { steps } = dimensions[d]!;
    const inside = d < dimensions.length - 2 ? dimensions[d + 1] : undefined;
    for (let k = 0; k < operands.length; k++) {
      values.push(steps[k]! - (inside && !operands[k]!.counted ? inside.count * inside.steps[k]! : 0));
    }
  }
  return values;
}

/** Moves the arguments of a call to the operands of another one with the same walk; `starts` is the first start. */
export function moveTo({ inputs, results }: LoopCall, values: number[], starts: number): void {
  for (let k = 0; k < inputs.length; k++) values[starts + k] = inputs[k]!.offset;
  for (let k = 0; k < results.length; k++) values[starts + inputs.length + k] = results[k]!.offset;
}
