/**
 * Loops: the one form in which elementwise work and reductions reach a backend.
 *
 *     for every point of a box:   values = body(inputs at the point)
 *        a map:    results[k] = values[k]
 *        a fold:   results[k] = merge(results, values)[k]     where the result's stride is 0, points meet in one state
 *
 * The body is a list of instructions, each naming earlier ones by number (no nesting, no repeats), of *real* numbers
 * only: complex values were split into parts. It is plain data and its `key` is its content, so that a compiled kernel
 * can be found again in any worker.
 */
import type { DType } from "../data/dtype.js";
import { at } from "../data/lists.js";
import type { Primitive } from "./scalar.js";

/** A primitive applied to earlier values. */
export interface CallInstruction {
  readonly op: Primitive;
  readonly dtype: DType;
  readonly args: readonly number[];
}

/** One step: a constant, an input of the loop, or a primitive applied to earlier values. */
export type Instruction =
  | { readonly op: "const"; readonly dtype: DType; readonly value: number | bigint | boolean }
  | { readonly op: "input"; readonly dtype: DType; readonly input: number }
  | CallInstruction;

/** A number that the loop takes at each point. */
export interface LoopInput {
  /** The dtype: never complex. */
  readonly dtype: DType;
  /** Which operand it comes from, and which field of it. */
  readonly operand: number;
  readonly field: number;
  /** For a complex operand, which part this is (0 real, 1 imaginary); null for real operands. */
  readonly part: 0 | 1 | null;
  /** True when the number is not loaded but counted: offset + Σ stride · point, as float64. */
  readonly counted: boolean;
  /** True if its bytes are in the other order than this machine's; of a complex operand, those of each part. */
  readonly otherEndian?: true;
}

/** A number that the loop gives at each point. */
export interface LoopResult {
  readonly dtype: DType;
  /** Which output field it belongs to, and which part of a complex number it is (null for real outputs). */
  readonly field: number;
  readonly part: 0 | 1 | null;
  /**
   * The dtype to which a sum is rounded in the end: a backend may add up a few neighbours in it before they are cast to
   * the dtype of the sum, unless that overflows.
   */
  readonly roundedTo?: "float32";
}

/** How two states become one, over inputs numbered 0…n−1 (the state so far) and n…2n−1 (the new one). */
export interface Merge {
  readonly body: readonly Instruction[];
  readonly values: readonly number[];
}

/** A loop that backends can compile; see the head of this file. */
export interface Loop {
  /** The content as text: equal loops have equal keys. */
  readonly key: string;
  readonly inputs: readonly LoopInput[];
  readonly body: readonly Instruction[];
  readonly results: readonly LoopResult[];
  /** The instruction that gives each result. */
  readonly values: readonly number[];
  /** Present in a fold. */
  readonly merge?: Merge;
}

/** True for a loop that copies each element of its operand, bit for bit. */
export function isCopy({ inputs, body, results, values }: Loop): boolean {
  return results.every((result, k) => {
    const value = at(body, at(values, k));
    if (value.op !== "input") return false;
    const { operand, field, part, dtype, counted, otherEndian = false } = at(inputs, value.input);
    const same = field === result.field && part === result.part && dtype === result.dtype;
    return same && operand === 0 && !counted && !otherEndian;
  });
}

/** A pass over a tile that folds into fresh results; without a merge, over its first element alone. */
export interface Pass {
  readonly loop: Loop;
  readonly dtypes: readonly DType[];
  readonly zero: readonly (readonly (number | bigint | boolean)[])[];
}

/** Passes over a tile, and how their results join the state. */
export interface PassProgram {
  /** Later passes may use the results of earlier ones: operand `operands + k`. */
  readonly passes: readonly Pass[];
  /**
   * A map over what is kept: (state fields as operand 0, results of the passes as 1…, the tile's count as last) →
   * state.
   */
  readonly absorb: Loop;
}

/** A whole reduction of one block, tile by tile. */
export interface FoldProgram {
  readonly kind: "fold";
  /** The dtypes of the state's fields. */
  readonly state: readonly DType[];
  /** The values of the state's fields before anything is folded into it. */
  readonly zero: readonly (number | bigint | boolean)[][];
  /** What is done with a tile: a fold into the state itself, or passes. */
  readonly tile: Loop | PassProgram;
  /**
   * Instead of `absorb`, where the map `doubt` over the results of the passes (operands 0…, the count as last) is true
   * for any of them.
   */
  readonly careful?: PassProgram & { readonly doubt: Loop };
  /** A map over what is kept: state fields as operand 0 → the output. */
  readonly finish?: Loop;
}

/** The loops of a fold over a tile: all passes, and what follows them. */
export function loopsOf({ tile, careful }: Pick<FoldProgram, "tile" | "careful">): readonly Loop[] {
  const all = ({ passes, absorb }: PassProgram): Loop[] => [...passes.map(({ loop }) => loop), absorb];
  if (!("passes" in tile)) return [tile];
  return careful === undefined ? all(tile) : [...all(tile), careful.doubt, ...all(careful)];
}

/** What is stored without reduction: each result goes to its place. */
export interface MapProgram {
  readonly kind: "map";
  readonly loop: Loop;
}
