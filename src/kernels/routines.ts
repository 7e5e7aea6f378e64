/**
 * The routines by name: what a backend runs when it has no faster kernel of its own.
 *
 * Invariant: a name means the same in every worker, so the table is made when this module loads.
 */
import { viewOf } from "../data/dtype.js";
import { ArgumentError } from "../data/errors.js";
import { sizeOf } from "../data/region.js";
import type { Block, RoutineCall } from "./backend.js";
import { fft } from "./routines/fft.js";
import { histogram } from "./routines/histogram.js";
import { matmul } from "./routines/matmul.js";
import type { Routine, RoutineArray } from "./routines/routine.js";

const routines: ReadonlyMap<string, Routine> = new Map([
  ["fft", fft],
  ["histogram", histogram],
  ["matmul", matmul],
]);

/**
 * Runs a routine of the table, or the one that a backend has of the same name, on arrays in a backend's memory. Blocks must
 * be aligned to the parts of their elements.
 */
export function runRoutine(
  buffer: ArrayBufferLike,
  call: RoutineCall,
  faster: ReadonlyMap<string, Routine> = routines,
): void {
  const routine = faster.get(call.routine) ?? routines.get(call.routine);
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
