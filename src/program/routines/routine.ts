/**
 * A description of a routine, known before it runs: the shapes of its outputs and the memory that it works in. A plan
 * counts that memory, a kernel is checked against the shapes, and neither needs the kernel itself (src/routines).
 *
 * Invariant: the workspace never shrinks when a shape grows, so that a plan may ask for the largest block only.
 */
import type { DType } from "../../data/dtype.js";

/** An array of which only the dtype and the shape matter. */
export interface Shaped {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** The shapes of some arrays. */
export type Shapes = readonly (readonly number[])[];

/** A routine's workspace in bytes, by what it is for: the two parts lie one after the other. */
export interface WorkspaceParts {
  /** Packed panels of matrix products. */
  readonly products: number;
  /** What the routine itself keeps. */
  readonly own: number;
}

/** A routine as its callers see it. */
export interface RoutineDescription<Params> {
  /** The shapes of the outputs, for inputs that fit together. */
  readonly outputs: (inputs: readonly Shaped[], params: Params) => Shapes;
  /** The memory that it needs besides its inputs and outputs; without this function it needs none. */
  readonly workspace?: (inputs: readonly Shaped[], params: Params) => WorkspaceParts;
}

/** The rows and columns of a block; a block of fewer axes is filled up with 1. */
export function sidesOf(block: Shaped | undefined): readonly [rows: number, columns: number] {
  return block === undefined ? [0, 0] : [block.shape.at(-2) ?? 1, block.shape.at(-1) ?? 1];
}
