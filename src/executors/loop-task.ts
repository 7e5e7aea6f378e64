/**
 * Tasks of loops: all pieces run one after the other, then what was kept for an output is written to its place. That is
 * the state of a fold, or a block whose pieces lie scattered in the output's file and that is staged in scratch memory.
 */
import { copyBox } from "../data/copy.js";
import { type DType, factsOf } from "../data/dtype.js";
import { InternalError } from "../data/errors.js";
import { at } from "../data/lists.js";
import { sizeOf } from "../data/region.js";
import type { Output, Task } from "../graph/task.js";
import type { TaskContext } from "./context.js";
import { Folding } from "./folding.js";
import { type Destination, runPiece } from "./pieces.js";
import { type Result, writeBlock, writeResult } from "./result-writer.js";
import type { Suspendable } from "./suspendable.js";

/** A destination, and where its block is in the end if it must still be written to its place. */
interface LoopDestination extends Destination {
  /** The addresses of the finished block's fields; absent where the loops put everything to its place. */
  finish?(): readonly number[];
}

/** Performs a task without a routine. */
export function* performLoops({ pieces, outputs }: Task, context: TaskContext): Suspendable<void> {
  const destinations = outputs.map((output) => destinationOf(output, context));
  for (const piece of pieces) yield* runPiece(piece, destinations, context);
  for (const [number, output] of outputs.entries()) {
    const addresses = at(destinations, number).finish?.();
    if (addresses !== undefined) yield* writeBlock(output, addresses, context.scratch.memory, context.resources);
  }
}

// without spreads: one takes microseconds, and a task has no more than some tens of them
function destinationOf(output: Output, { resources, scratch }: TaskContext): LoopDestination {
  const { dtypes, fold, staged, shape, location } = output;
  if (fold !== null) {
    const program = at(resources.job.programs, fold);
    if (program.kind !== "fold") throw new InternalError(`internal error: program ${fold} does not fold`);
    const folding = new Folding(program, output, scratch);
    return { dtypes, fold, folding, addresses: null, put: refuse, finish: () => folding.finish(output) };
  }
  if (staged) {
    const dtype = at(dtypes, 0);
    const address = scratch.take(sizeOf(shape) * factsOf(dtype).bytes);
    return {
      dtypes,
      fold,
      folding: null,
      addresses: null,
      put: (result, first, strides) => stage(dtype, result, address, first, strides),
      finish: () => [address],
    };
  }
  const reachable = location.kind === "memory" && location.buffer === scratch.workingMemory;
  return {
    dtypes,
    fold,
    folding: null,
    addresses: reachable ? location.offsets : null,
    put: (result, first, strides) => writeResult(output, result, first, strides, resources),
  };
}

/** A fold gives no results before it is finished. */
function refuse(): void {
  throw new InternalError("internal error: an element stored into an output that folds");
}

/** Puts part of a block to its place in a block of the same scratch memory. */
function stage(dtype: DType, result: Result, address: number, first: number, strides: readonly number[]): void {
  const { memory, counts, addresses } = result;
  const { bytes } = factsOf(dtype);
  const offset = address + first * bytes;
  copyBox(bytes, counts, { memory, offset: at(addresses, 0), strides: result.strides }, { memory, offset, strides });
}
