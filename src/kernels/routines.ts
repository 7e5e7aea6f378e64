/**
 * The routines by name: what a backend runs when it has no faster kernel of its own.
 *
 * Invariant: a name means the same in every worker, so routines are registered when modules load, or from plain data that
 * reached every worker, never from a place that only one thread passes.
 */
import { viewOf } from "../data/dtype.js";
import { ArgumentError } from "../data/errors.js";
import { sizeOf } from "../data/region.js";
import type { Block, RoutineCall } from "./backend.js";
import { matmul } from "./routines/matmul.js";
import type { Routine, RoutineArray } from "./routines/routine.js";

const routines = new Map<string, Routine>([["matmul", matmul]]);

/** Adds a routine to the table, or replaces it: a worker that meets a user's function again registers it again. */
export function registerRoutine(name: string, routine: Routine): void {
  routines.set(name, routine);
}

/** True when a routine of this name is in the table. */
export function hasRoutine(name: string): boolean {
  return routines.has(name);
}

/** Runs a routine of the table on arrays in a backend's memory. Blocks must be aligned to the parts of their elements. */
export function runRoutine(buffer: ArrayBufferLike, call: RoutineCall): void {
  const routine = routines.get(call.routine);
  if (routine === undefined)
    throw new ArgumentError(`routine: there is none with the name ${JSON.stringify(call.routine)}`);
  const arrayOf = ({ dtype, shape, offset }: Block): RoutineArray => ({
    dtype,
    shape,
    data: viewOf(dtype, buffer, offset, sizeOf(shape)),
  });
  routine({
    inputs: call.inputs.map(arrayOf),
    output: arrayOf(call.output),
    params: call.params,
    first: call.first,
  });
}
