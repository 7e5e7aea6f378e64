/**
 * Iteration shapes: the points of a call in the form that kernels are written for, with few dimensions and the best one
 * innermost.
 *
 *     counts [1, 32, 8, 128], all C-contiguous, folded over dimension 1    →    [32, 1024], folded over the first
 *
 * Points may be visited in any order: those of a map do not meet, and merges are associative and commutative up to
 * rounding. Invariant: the shape depends on the call alone, so the order of a sum is the same wherever it runs.
 */
import { factsOf } from "../data/dtype.js";
import type { Loop } from "../program/loop.js";
import type { LoopCall } from "./backend.js";

/** The stride of an operand along the innermost dimension, as a kernel distinguishes it. */
export type StrideClass = "unit" | "zero" | "any";

/** An operand, as a kernel distinguishes it. */
export interface OperandClass {
  readonly stride: StrideClass;
  /** True for an input that several rows of one pass share. */
  readonly shared: boolean;
}

/** The kind of an operand: a counted input, or an address that moves through memory. Results come after all inputs. */
export interface OperandKind {
  /** Bytes of one element; 0 for a counted input. */
  readonly bytes: number;
  readonly counted: boolean;
}

/** One dimension, and how far each operand moves from point to point, in bytes (counted inputs: in numbers). */
export interface Dimension {
  readonly count: number;
  readonly steps: readonly number[];
}

/**
 * The fate of results along the innermost dimension:
 *
 *     each      every point has its own results: a map, or a fold over outer dimensions
 *     rows      the same, and the next dimension is reduced: several rows go into the same results in one pass
 *     total     all points of a row meet in one result
 *     general   anything else: point by point, results in memory
 */
export type Form = "each" | "rows" | "total" | "general";

/** The part of an iteration shape that a kernel is compiled for. */
export interface Variant {
  /** The number of dimensions. */
  readonly rank: number;
  readonly form: Form;
  /** One for each operand. */
  readonly classes: readonly OperandClass[];
}

/** The points of a call, ready to run. */
export interface IterationShape extends Variant {
  /** From the outermost to the innermost; at least one. */
  readonly dimensions: readonly Dimension[];
}

/** The kinds of the operands of a loop. */
export function operandKindsOf(loop: Loop): readonly OperandKind[] {
  return [
    ...loop.inputs.map(({ dtype, counted }) => ({ counted, bytes: counted ? 0 : factsOf(dtype).bytes })),
    ...loop.results.map(({ dtype }) => ({ counted: false, bytes: factsOf(dtype).bytes })),
  ];
}

function isEmpty(call: LoopCall): boolean {
  return call.counts.includes(0);
}

/** The dimensions that have more than one point. */
function dimensionsOf({ counts, inputs, results }: LoopCall, operands: readonly OperandKind[]): Dimension[] {
  const dimensions: Dimension[] = [];
  for (let d = 0; d < counts.length; d++) {
    const count = counts[d]!;
    if (count === 1) continue;
    const steps = new Array<number>(operands.length);
    for (let k = 0; k < operands.length; k++) {
      const operand = k < inputs.length ? inputs[k]! : results[k - inputs.length]!;
      steps[k] = operand.strides[d]! * (operands[k]!.bytes || 1);
    }
    dimensions.push({ count, steps });
  }
  return dimensions;
}

/** The distance between neighbours along a dimension, summed over all operands. */
function reach({ steps }: Dimension, operands: readonly OperandKind[]): number {
  let sum = 0;
  for (let k = 0; k < operands.length; k++) if (!operands[k]!.counted) sum += Math.abs(steps[k]!);
  return sum;
}

/** Sorts by {@link reach}, the farthest outermost; equal ones stay in order. */
function sort(dimensions: Dimension[], operands: readonly OperandKind[]): void {
  for (let i = 1; i < dimensions.length; i++) {
    const moving = dimensions[i]!;
    const far = reach(moving, operands);
    let to = i;
    for (; to > 0 && reach(dimensions[to - 1]!, operands) < far; to--) dimensions[to] = dimensions[to - 1]!;
    dimensions[to] = moving;
  }
}

/** Joins neighbouring dimensions that every operand walks through at one stride. */
function coalesce(dimensions: readonly Dimension[]): Dimension[] {
  const joined: Dimension[] = [];
  for (const inner of dimensions) {
    const outer = joined.at(-1);
    if (outer?.steps.every((step, k) => step === inner.count * inner.steps[k]!)) {
      joined[joined.length - 1] = { count: outer.count * inner.count, steps: inner.steps };
    } else joined.push(inner);
  }
  return joined;
}

/**
 * The cost of a point with this dimension innermost, in rough units of one neighbouring element. Elements that lie
 * apart cost more, up to a cache line each, and the start of a row costs as much as several points. The results of a
 * fold cost little in any case: they stay in registers, or are loaded and stored once for several rows.
 */
function cost({ count, steps }: Dimension, operands: readonly OperandKind[], heldResults: number): number {
  let sum = 8 / count + 0.25 * heldResults;
  for (let k = 0; k < operands.length - heldResults; k++) {
    const { counted, bytes } = operands[k]!;
    const step = steps[k]!;
    if (counted) continue;
    if (step === 0) sum += 0.25;
    else sum += step === bytes ? 1 : 1.5 + Math.min(Math.abs(step), 64) / 42;
  }
  return sum;
}

function moveTo(dimensions: Dimension[], from: number, to: number): void {
  const [moving] = dimensions.splice(from, 1);
  dimensions.splice(to, 0, moving!);
}

/** Moves the cheapest dimension innermost; among equal ones the present one stays. */
function pickInnermost(dimensions: Dimension[], operands: readonly OperandKind[], heldResults: number): void {
  let best = dimensions.length - 1;
  for (let d = best - 1; d >= 0; d--) {
    if (cost(dimensions[d]!, operands, heldResults) < cost(dimensions[best]!, operands, heldResults)) best = d;
  }
  moveTo(dimensions, best, dimensions.length - 1);
}

/** Which results stay at one address along a dimension: all, none, or some. */
function reduced({ steps }: Dimension, inputs: number): "all" | "none" | "some" {
  let still = 0;
  for (let k = inputs; k < steps.length; k++) if (steps[k] === 0) still++;
  return still === 0 ? "none" : still === steps.length - inputs ? "all" : "some";
}

function formOf(dimensions: Dimension[], inputs: number): Form {
  const inner = dimensions.length - 1;
  const kind = reduced(dimensions[inner]!, inputs);
  if (kind !== "none") return kind === "all" ? "total" : "general";
  for (let d = inner - 1; d >= 0; d--) {
    if (reduced(dimensions[d]!, inputs) !== "all") continue;
    moveTo(dimensions, d, inner - 1);
    return "rows";
  }
  return "each";
}

/** The iteration shape of a call; undefined if it has no points. */
export function iterationShapeOf(call: LoopCall, operands: readonly OperandKind[]): IterationShape | undefined {
  if (isEmpty(call)) return undefined;
  let dimensions = dimensionsOf(call, operands);
  if (dimensions.length > 1) {
    sort(dimensions, operands);
    dimensions = coalesce(dimensions);
    pickInnermost(dimensions, operands, call.loop.merge ? call.results.length : 0);
  } else if (dimensions.length === 0) {
    dimensions.push({ count: 1, steps: operands.map(({ bytes }) => bytes) });
  }
  const form = call.loop.merge ? formOf(dimensions, call.inputs.length) : "each";
  const { steps } = dimensions.at(-1)!;
  const rows = form === "rows" ? dimensions.at(-2) : undefined;
  const classes = operands.map(({ counted, bytes }, k) => ({
    stride: classOf(steps[k]!, bytes, counted),
    shared: rows?.steps[k] === 0 && k < call.inputs.length && !counted,
  }));
  return { dimensions, rank: dimensions.length, form, classes };
}

function classOf(step: number, bytes: number, counted: boolean): StrideClass {
  if (counted) return "any";
  return step === 0 ? "zero" : step === bytes ? "unit" : "any";
}
