/**
 * The work of a kernel that does the same for each index of the first axis of its blocks, slice by slice: a slice goes
 * from its source to its place while it is in the cache. Blocks can then be as large as the scheduler likes them.
 *
 *     file or memory ─ gather ─▶ slice ─ kernel ─▶ slice of the result ─▶ its place
 *
 * Invariant: slices depend on the block, never on the worker, and together they are the block.
 */
import { cutEvenly } from "../data/chunks.js";
import { type DType, factsOf } from "../data/dtype.js";
import { at } from "../data/lists.js";
import { sizeOf } from "../data/region.js";
import type { Gathered, Output, Piece, RoutineStep, RoutineTask } from "../graph/task.js";

/** The bytes of a slice's inputs and results: as much as a core keeps in its cache beside the tables of a kernel. */
const SLICE_BYTES = 2 ** 21;

/** A slice of a routine's blocks. */
export interface RoutineSlice {
  /** The first index along the first axis. */
  readonly from: number;
  /** The shape of each output's slice. */
  readonly shapes: readonly (readonly number[])[];
  readonly steps: readonly RoutineStep[];
}

const rowSize = (shape: readonly number[]): number => sizeOf(shape.slice(1));

const rowBytes = (shape: readonly number[], dtype: DType): number => rowSize(shape) * factsOf(dtype).bytes;

/**
 * Whether the pieces of a block can be cut along its first axis. Encoded boxes cannot, because each is decoded once.
 */
function isDivisible({ shape, pieces }: Gathered): boolean {
  const row = rowSize(shape);
  return pieces.every(({ decoded, counts, runs: [run] }) => {
    const moves = counts[0] === 1 || run?.strides[0] === row;
    return decoded === undefined && counts.length === shape.length && moves;
  });
}

/** Indices `from` to `to` of the first axis of a block. */
function between({ dtype, shape, pieces }: Gathered, from: number, to: number): Gathered {
  const row = rowSize(shape);
  const inside = pieces.flatMap((piece): Piece[] => {
    const start = Math.floor(at(piece.runs, 0).first / row);
    const [low, high] = [Math.max(from, start), Math.min(to, start + at(piece.counts, 0))];
    if (low >= high) return [];
    const skipped = low - start;
    return [
      {
        counts: piece.counts.with(0, high - low),
        operands: piece.operands.map((operand) => ({
          ...operand,
          first: operand.first + skipped * at(operand.strides, 0),
        })),
        runs: piece.runs.map((run) => ({ ...run, first: run.first + skipped * at(run.strides, 0) - from * row })),
      },
    ];
  });
  return { dtype, shape: shape.with(0, to - from), pieces: inside };
}

/**
 * The slices of a task whose kernel is batched over the first axis; one slice that is the whole block where it is not,
 * or where the block cannot be cut.
 */
export function routineSlices(
  { steps, rows }: RoutineTask,
  outputs: readonly Output[],
  batchedOverFirstAxis: boolean,
): readonly RoutineSlice[] {
  const whole: RoutineSlice = { from: 0, shapes: outputs.map(({ shape }) => shape), steps };
  const [step, ...moreSteps] = steps;
  if (!batchedOverFirstAxis || step === undefined || moreSteps.length > 0 || rows !== undefined) return [whole];
  const { inputs } = step;
  if (!inputs.every(isDivisible) || outputs.some(({ location }) => location.kind === "encoded")) return [whole];
  let bytes = 0;
  for (const { shape, dtype } of inputs) bytes += rowBytes(shape, dtype);
  for (const { shape, dtypes } of outputs) bytes += rowBytes(shape, at(dtypes, 0));
  if (bytes === 0) return [whole];
  let to = 0;
  return cutEvenly(at(at(outputs, 0).shape, 0), SLICE_BYTES / bytes).map((size): RoutineSlice => {
    const from = to;
    to += size;
    return {
      from,
      shapes: outputs.map(({ shape }) => shape.with(0, size)),
      steps: [{ inputs: inputs.map((input) => between(input, from, to)) }],
    };
  });
}
