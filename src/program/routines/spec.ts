/** A routine as tasks carry it: plain data that says which kernel or which user's function works on whole blocks. */
import type { UserFunction } from "../user-function.js";
import type { RoutineName, RoutineParams } from "./table.js";

/**
 * A kernel with its parameters. It is given the last `rank` axes of each block, once for each index of the axes before.
 */
export interface KernelSpec {
  readonly kind: "kernel";
  readonly name: RoutineName;
  readonly params: RoutineParams[RoutineName];
  readonly rank: number;
  /**
   * True where it does the same for each index of the first axis of its blocks, so that they can be worked on in
   * slices.
   */
  readonly batchedOverFirstAxis?: boolean;
  /** How many neighbouring axes become one, for each input and for the output; without it each axis stays itself. */
  readonly groups?: { readonly inputs: readonly (readonly number[])[]; readonly output: readonly number[] };
}

/** A user's function, called with blocks or once per element. */
export interface UserSpec {
  readonly kind: "user";
  readonly form: "blocks" | "elements";
  readonly source: UserFunction;
}

/** A kernel, or a user's function. */
export type RoutineSpec = KernelSpec | UserSpec;
