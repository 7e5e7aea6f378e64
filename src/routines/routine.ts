/**
 * The interface of a routine: a kernel with a name, over whole arrays instead of one element at a time.
 *
 * Invariant: a routine is synchronous, gets C-contiguous arrays and writes only its outputs, so that every backend can
 * run it on its own memory.
 */
import type { DType, TypedArray } from "../data/dtype.js";
import type { RoutineName, RoutineParams } from "../program/routines/table.js";
import type { MatrixKernels } from "./matrix.js";

/** A C-contiguous array; complex numbers are interleaved pairs, so `data` is then twice as long as the shape says. */
export interface RoutineArray {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

/** What a routine is given, with kernels for matrices in its workspace. */
export interface RoutineArguments<Params = unknown> extends MatrixKernels {
  readonly inputs: readonly RoutineArray[];
  /** To be filled; of their first content nothing is known unless `first` is false. */
  readonly outputs: readonly RoutineArray[];
  /** Memory for the time of the call, as large as `workspaceBytes` says; what it holds is not known. */
  readonly workspace: Float64Array;
  readonly params: Params;
  /** False when the outputs already hold the result of earlier steps, to be added to. */
  readonly first: boolean;
}

/** A kernel over typed arrays. */
export type Routine<Params = unknown> = (call: RoutineArguments<Params>) => void;

/** The kernels of the routines, by name. */
export type RoutineTable = { readonly [Name in RoutineName]: Routine<RoutineParams[Name]> };

/** A C-contiguous array in the backend's memory. */
export interface Block {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Byte address. */
  readonly offset: number;
}

/** One run of a named kernel. */
export interface RoutineCall {
  readonly routine: RoutineName;
  readonly params: unknown;
  readonly inputs: readonly Block[];
  readonly outputs: readonly Block[];
  /** False when the outputs already hold the result of earlier steps, to be added to. */
  readonly first: boolean;
  /**
   * Byte address, a multiple of 64, of as much memory as `workspaceBytes` (program/routines/table.ts) says; it is the
   * routine's.
   */
  readonly workspace: number;
}
