/** Gathering: an input of a routine, put together from pieces as one contiguous block of scratch memory. */

import { factsOf } from "../data/dtype.js";
import { InternalError } from "../data/errors.js";
import { sizeOf } from "../data/region.js";
import type { Gathered } from "../graph/task.js";
import type { Block } from "../routines/routine.js";
import type { TaskContext } from "./context.js";
import { type Destination, runPiece } from "./pieces.js";
import type { Suspendable } from "./suspendable.js";

/** Gathers an input of a routine. */
export function* gather({ dtype, shape, pieces }: Gathered, context: TaskContext): Suspendable<Block> {
  const address = context.scratch.take(sizeOf(shape) * factsOf(dtype).bytes);
  const destination: Destination = { dtypes: [dtype], fold: null, folding: null, addresses: [address], put: refuse };
  for (const piece of pieces) yield* runPiece(piece, [destination], context);
  return { dtype, shape, offset: address };
}

/** Loops write into the block themselves. */
function refuse(): void {
  throw new InternalError("internal error: a gathered block is written by its loops");
}
