/**
 * What the loops of a task are compiled to, as text. The calls are those of the first tile, but nothing is read or run:
 * all operands and results lie at address 0, since kernels do not depend on addresses.
 */
import type { DType } from "../data/dtype.js";
import { storedBytes } from "../data/layout.js";
import { at } from "../data/lists.js";
import { sizeOf, stridesOf } from "../data/region.js";
import type { Job, Piece, PieceOperand, Task } from "../graph/task.js";
import type { Backend, LoopCall } from "../kernels/backend.js";
import type { FoldProgram } from "../program/loop.js";
import { planRead } from "../storage/strided-layout.js";
import { type Fields, loopCall } from "./loop-call.js";
import { compact } from "./operands.js";
import { pointsPerTile, tilesOf } from "./tiles.js";

/** Fields that all lie at address 0. */
const fieldsAt0 = (dtypes: readonly DType[], strides: readonly number[]): Fields =>
  dtypes.map((dtype) => ({ dtype, offset: 0, strides }));

/** A tile of an operand, and how a loop walks through it. */
function fieldsOf(
  operand: PieceOperand,
  { decoded = [] }: Piece,
  order: readonly number[],
  tile: readonly number[],
  { files, arrays }: Job,
): Fields {
  const strides = order.map((dim) => at(operand.strides, dim));
  switch (operand.kind) {
    case "counted":
      return fieldsAt0(["float64"], strides);
    case "decoded":
      return fieldsAt0([at(arrays, at(decoded, operand.box).array).dtype], strides);
    case "memory":
      return fieldsAt0(operand.dtypes, compact(strides, tile).strides);
    case "file": {
      const source = at(files, operand.file);
      return fieldsAt0([source.dtype], planRead(strides, tile, storedBytes(source)).strides);
    }
  }
}

/** The calls of a fold: its passes, and what absorbs their results. */
function foldCalls(
  { state, tile: way }: FoldProgram,
  tile: readonly number[],
  operands: readonly Fields[],
  strides: readonly number[],
): LoopCall[] {
  const states = fieldsAt0(state, strides);
  if (!("passes" in way)) return [loopCall(way, tile, operands, states)];
  const kept = tile.map((count, dim) => (strides[dim] === 0 ? 1 : count));
  const moves = stridesOf(kept).map((stride, dim) => (strides[dim] === 0 ? 0 : stride));
  const results = way.passes.map(({ loop, dtypes }) => ({ loop, fields: fieldsAt0(dtypes, moves) }));
  const given = results.map(({ fields }) => fields);
  const count = fieldsAt0(
    ["float64"],
    tile.map(() => 0),
  );
  return [
    ...results.map(({ loop, fields }) =>
      loopCall(loop, loop.merge === undefined ? kept : tile, [...operands, ...given, count], fields),
    ),
    loopCall(way.absorb, kept, [states, ...given, count], states),
  ];
}

function pieceCalls(
  piece: Piece,
  { outputs }: Task,
  job: Job,
  order: readonly number[],
  tile: readonly number[],
): LoopCall[] {
  const loaded = piece.operands.map((operand) => fieldsOf(operand, piece, order, tile, job));
  return piece.runs.flatMap(({ program, output, operands, strides }) => {
    const used = operands.map((operand) => at(loaded, operand));
    const made = at(job.programs, program);
    if (made.kind === "fold") {
      const moves = order.map((dim) => at(strides, dim));
      return foldCalls(made, tile, used, moves);
    }
    return [loopCall(made.loop, tile, used, fieldsAt0(at(outputs, output).dtypes, stridesOf(tile)))];
  });
}

/** The kernels of a task, each once, in the order in which it needs them; none where the backend compiles nothing. */
export function describeTask(task: Task, job: Job, backend: Backend): readonly string[] {
  const texts = new Set<string>();
  if (backend.describe === undefined) return [];
  for (const piece of task.pieces) {
    if (sizeOf(piece.counts) === 0) continue;
    const { order, counts } = tilesOf(piece, pointsPerTile(piece, task.outputs, job));
    for (const call of pieceCalls(piece, task, job, order, counts)) texts.add(backend.describe(call));
  }
  return [...texts];
}
