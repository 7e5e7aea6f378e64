/**
 * What the loops of a task are compiled to, as text. The calls are those of the first tile, but nothing is read or run:
 * operands lie where they would lie, counted from address 0.
 */
import { storedBytes } from "../data/layout.js";
import { sizeOf, stridesOf } from "../data/region.js";
import type { Job, Piece, PieceOperand, Task } from "../graph/task.js";
import type { Backend, LoopCall } from "../kernels/backend.js";
import type { FoldProgram } from "../program/loop.js";
import { planRead } from "../storage/strided-layout.js";
import { type Fields, loopCall } from "./folding.js";
import { compact } from "./operands.js";
import { tilePoints, tilesOf } from "./tiles.js";

/** A tile of an operand, and how a loop walks through it. */
function fieldsOf(
  operand: PieceOperand,
  { decoded }: Piece,
  order: readonly number[],
  tile: readonly number[],
  { files, arrays }: Job,
): Fields {
  const strides = order.map((dim) => operand.strides[dim]!);
  if (operand.kind === "counted") return { dtypes: ["float64"], places: [{ offset: 0, strides }] };
  if (operand.kind === "decoded") {
    return { dtypes: [arrays[decoded![operand.box]!.array]!.dtype], places: [{ offset: 0, strides }] };
  }
  if (operand.kind === "memory") {
    const place = { offset: 0, strides: compact(strides, tile).strides };
    return { dtypes: operand.dtypes, places: operand.dtypes.map(() => place) };
  }
  const source = files[operand.file]!;
  const layout = planRead(strides, tile, storedBytes(source));
  return { dtypes: [source.dtype], places: [{ offset: 0, strides: layout.strides }] };
}

/** The calls of a fold: its sweeps, and what absorbs their results. */
function foldCalls(
  { state, sweeps, absorb }: FoldProgram,
  tile: readonly number[],
  operands: readonly Fields[],
  strides: readonly number[],
): LoopCall[] {
  const fields = (dtypes: Fields["dtypes"], moves: readonly number[]): Fields => ({
    dtypes,
    places: dtypes.map(() => ({ offset: 0, strides: moves })),
  });
  if (absorb === undefined) return [loopCall(sweeps[0]!.loop, tile, operands, fields(state, strides))];
  const kept = tile.map((count, dim) => (strides[dim] === 0 ? 1 : count));
  const moves = stridesOf(kept).map((stride, dim) => (strides[dim] === 0 ? 0 : stride));
  const results = sweeps.map(({ dtype }) => fields([dtype], moves));
  const count = fields(
    ["float64"],
    tile.map(() => 0),
  );
  const states = fields(state, strides);
  return [
    ...sweeps.map(({ loop }, k) => loopCall(loop, tile, [...operands, ...results, count], results[k]!)),
    loopCall(absorb, kept, [states, ...results, count], states),
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
  return piece.runs.flatMap(({ program, output, operands: used, strides }) => {
    const [mine, moves] = [used.map((operand) => loaded[operand]!), order.map((dim) => strides[dim]!)];
    const made = job.programs[program]!;
    if (made.kind === "fold") return foldCalls(made, tile, mine, moves);
    const { dtypes } = outputs[output]!;
    const places = dtypes.map(() => ({ offset: 0, strides: stridesOf(tile) }));
    return [loopCall(made.loop, tile, mine, { dtypes, places })];
  });
}

/** The kernels of a task, each once, in the order in which it needs them; none where the backend compiles nothing. */
export function describeTask(task: Task, job: Job, backend: Backend): readonly string[] {
  const texts = new Set<string>();
  if (backend.describe === undefined) return [];
  for (const piece of task.pieces) {
    if (sizeOf(piece.counts) === 0) continue;
    const { order, counts } = tilesOf(piece, tilePoints(piece, task.outputs, job));
    for (const call of pieceCalls(piece, task, job, order, counts)) texts.add(backend.describe(call));
  }
  return [...texts];
}
