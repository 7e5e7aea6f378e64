/**
 * The work of a kernel that does the same for each index of the first axis of its blocks, part by part: a part goes from where it comes
 * from to where it belongs while it is in the cache. Blocks can then be as large as the scheduler likes them.
 *
 *     file or memory ─ gather ─▶ part ─ kernel ─▶ part of the result ─▶ its place
 *
 * Invariant: parts are those of the block, never of the worker, and together they are the block.
 */
import { cutEvenly } from "../data/chunks.js";
import { type DType, factsOf } from "../data/dtype.js";
import { sizeOf } from "../data/region.js";
import type { Gathered, Piece, Step, Task } from "../graph/task.js";

/** The bytes of a part's inputs and results: what a core keeps in its cache beside the tables of a kernel. */
const PART_BYTES = 2 ** 21;

/** Part of a routine's blocks. */
export interface RoutineSlice {
  /** The first index along the first axis. */
  readonly from: number;
  /** The shape of each output's part. */
  readonly shapes: readonly (readonly number[])[];
  readonly steps: readonly Step[];
}

const rowOf = (shape: readonly number[]): number => sizeOf(shape.slice(1));

const bytesOfRow = (shape: readonly number[], dtype: DType): number => rowOf(shape) * factsOf(dtype).bytes;

/** Whether the pieces of a block can be cut along its first axis; what must be decoded is decoded once. */
function isDivisible({ shape, pieces }: Gathered): boolean {
  const row = rowOf(shape);
  return pieces.every(({ decoded, counts, runs: [run] }) => {
    const moves = counts[0] === 1 || run?.strides[0] === row;
    return decoded === undefined && counts.length === shape.length && moves;
  });
}

/** Indices `from` to `to` of the first axis of a block. */
function between({ dtype, shape, pieces }: Gathered, from: number, to: number): Gathered {
  const row = rowOf(shape);
  const inside = pieces.flatMap((piece): Piece[] => {
    const start = Math.floor(piece.runs[0]!.first / row);
    const [low, high] = [Math.max(from, start), Math.min(to, start + piece.counts[0]!)];
    if (low >= high) return [];
    const skipped = low - start;
    return [
      {
        counts: piece.counts.with(0, high - low),
        operands: piece.operands.map((operand) => ({
          ...operand,
          first: operand.first + skipped * operand.strides[0]!,
        })),
        runs: piece.runs.map((run) => ({ ...run, first: run.first + skipped * run.strides[0]! - from * row })),
      },
    ];
  });
  return { dtype, shape: shape.with(0, to - from), pieces: inside };
}

/** The parts of a task, where its kernel `stacks` what it does along the first axis; else the one part that is all of it. */
export function routineSlices({ outputs, routine }: Task, stacks: boolean): readonly RoutineSlice[] {
  const { steps, rows } = routine!;
  const whole: RoutineSlice = { from: 0, shapes: outputs.map(({ shape }) => shape), steps };
  if (!stacks || steps.length > 1 || rows !== undefined) return [whole];
  const { inputs } = steps[0]!;
  if (!inputs.every(isDivisible) || outputs.some(({ location: target }) => target.kind === "encoded")) return [whole];
  let bytes = 0;
  for (const { shape, dtype } of inputs) bytes += bytesOfRow(shape, dtype);
  for (const { shape, dtypes } of outputs) bytes += bytesOfRow(shape, dtypes[0]!);
  if (bytes === 0) return [whole];
  let to = 0;
  return cutEvenly(outputs[0]!.shape[0]!, PART_BYTES / bytes).map((size): RoutineSlice => {
    const from = to;
    to += size;
    return {
      from,
      shapes: outputs.map(({ shape }) => shape.with(0, size)),
      steps: [{ inputs: inputs.map((input) => between(input, from, to)) }],
    };
  });
}
