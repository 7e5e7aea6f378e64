/**
 * The working memory of a task: the memory in which its loops run.
 *
 * That is the shared memory that holds most of the task's elements, so that these are not copied; operands from
 * elsewhere are copied there tile by tile. Without such a memory, loops run in the backend's own.
 *
 * Invariant: the choice depends on the task alone, so that results are the same bit for bit wherever the task is
 * performed. Therefore only memories that exist when a computation starts count: which buffer other chunks get is a
 * matter of timing.
 */

import { factsOf } from "../data/dtype.js";
import { at } from "../data/lists.js";
import { AREA_BYTES } from "../data/memory.js";
import { largestOf } from "../data/numbers.js";
import { sizeOf } from "../data/region.js";
import {
  type Job,
  LARGEST_TILE_BYTES,
  type Output,
  type Piece,
  type PieceOperand,
  type Task,
  TILE_BYTES,
} from "../graph/task.js";
import type { FoldProgram } from "../program/loop.js";
import { decodedBytes } from "./encoded.js";
import { pointsPerTile, tilesOf } from "./tiles.js";

/** Copying less than this is cheaper than making a kernel for another memory. */
const SMALLEST_SHARED_BYTES = 2 ** 18;

const bytesOf = (dtypes: Output["dtypes"]): number => dtypes.reduce((sum, dtype) => sum + factsOf(dtype).bytes, 0);

/** The bytes of an operand that a piece reads, each once. */
function operandBytes({ dtypes, strides }: PieceOperand & { kind: "memory" }, counts: readonly number[]): number {
  let points = 1;
  for (const [dim, count] of counts.entries()) if (strides[dim] !== 0) points *= count;
  return points * bytesOf(dtypes);
}

/** The bytes that a fold keeps of each element of its result while it passes over a tile. */
function passBytes({ tile, careful }: FoldProgram): number {
  if (!("passes" in tile)) return 0;
  return [tile, careful].reduce(
    (sum, way) => sum + (way?.passes ?? []).reduce((bytes, { dtypes }) => bytes + bytesOf(dtypes), 0),
    1,
  );
}

/** An upper bound of the scratch space that a piece takes: its tiles, and what folds keep of a tile. */
function pieceScratch(piece: Piece, outputs: readonly Output[], job: Job): number {
  const { operands, runs, decoded = [] } = piece;
  const { programs, arrays } = job;
  const { order, counts } = tilesOf(piece, pointsPerTile(piece, outputs, job));
  let tiles = decoded.reduce((bytes, box) => bytes + decodedBytes(box, at(arrays, box.array).dtype), 0);
  for (const { kind } of operands) tiles += kind === "file" ? LARGEST_TILE_BYTES : 2 * TILE_BYTES;
  for (const { output, program, strides } of runs) {
    const made = at(programs, program);
    if (made.kind === "fold") {
      const kept = sizeOf(counts.map((count, k) => (strides[at(order, k)] === 0 ? 1 : count)));
      tiles += kept * passBytes(made) + TILE_BYTES;
    } else tiles += at(outputs, output).dtypes.length * 2 * TILE_BYTES;
  }
  return tiles;
}

/** An upper bound of the scratch space that a task takes. */
function taskScratch(task: Task, job: Job): number {
  let bytes = 0;
  for (const { fold, staged, shape, dtypes } of task.outputs) {
    const program = fold === null ? undefined : at(job.programs, fold);
    if (program?.kind === "fold") bytes += sizeOf(shape) * (bytesOf(program.state) + bytesOf(dtypes));
    else if (staged) bytes += sizeOf(shape) * bytesOf(dtypes);
  }
  return (
    bytes +
    largestOf(
      task.pieces.map((piece) => pieceScratch(piece, task.outputs, job)),
      0,
    )
  );
}

/**
 * The number of the shared memory to work in; null for the backend's own. `isUsable` says which memories kernels can
 * use.
 */
export function workingMemoryOf(task: Task, job: Job, isUsable: (buffer: number) => boolean): number | null {
  const bytes = new Map<number, number>();
  const add = (buffer: number, more: number): void => {
    if (more > 0 && isUsable(buffer)) bytes.set(buffer, (bytes.get(buffer) ?? 0) + more);
  };
  for (const { operands, counts } of task.pieces) {
    for (const operand of operands) if (operand.kind === "memory") add(operand.buffer, operandBytes(operand, counts));
  }
  for (const { location, fold, shape, dtypes } of task.outputs) {
    if (location.kind === "memory" && fold === null) add(location.buffer, sizeOf(shape) * bytesOf(dtypes));
  }
  let [best, most]: [number | null, number] = [null, SMALLEST_SHARED_BYTES - 1];
  for (const [buffer, sum] of bytes) if (sum > most) [best, most] = [buffer, sum];
  return best !== null && taskScratch(task, job) <= AREA_BYTES ? best : null;
}
