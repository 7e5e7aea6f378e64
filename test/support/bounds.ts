/**
 * What every lowered graph must keep, checked number by number without running it:
 *
 *     views     touch their leaf inside its shape, over the whole box of their piece; pieces neither overlap nor
 *               leave gaps
 *     operands  stay inside the block, buffer or file that they are in, and touch all the chunks that the task
 *               has announced
 *               and no other
 *     outputs   every element of a map is put once; every state of a fold is touched, and every element folded once
 */
import { chunkAt, startsOf } from "#src/data/chunks";
import { factsOf } from "#src/data/dtype";
import { countsOf, intersect, isEmpty, reach, sizeOf } from "#src/data/region";
import type { Graph } from "#src/graph/graph";
import type { GroupPiece } from "#src/graph/group";
import { fieldOffsets } from "#src/graph/materialization";
import type { Locate } from "#src/graph/runnable";
import type { EncodedBox, Piece, PieceOperand, Task } from "#src/graph/task";

type Complain = (problem: string) => void;

/** The mistakes in a graph. */
export function mistakesOf(graph: Graph): string[] {
  const mistakes: string[] = [];
  const complain = (problem: string): void => void mistakes.push(problem);
  for (const { group } of graph.summary()) {
    const [first] = group.members;
    const name = first!.expr.op.name;
    const space = (first!.expr.inputs[0] ?? first!.expr).meta.shape;
    const own = first!.iteration?.map((sizes) => startsOf(sizes).at(-1)!) ?? space;
    checkPieces(group.pieces, own, (problem) => complain(`${name}: ${problem}`));
    first!.gathers.forEach((pieces, i) => {
      const { shape } = first!.expr.inputs[i]!.meta;
      checkPieces(pieces, shape, (problem) => complain(`${name} input ${i}: ${problem}`));
    });
  }
  const own = graph.memories.length;
  const locate: Locate = (chunk) => ({ buffer: own + chunk, offset: 0 });
  for (let id = 0; id < graph.table.tasks; id++) {
    const [made] = graph.makes(id);
    const name = `${made!.expr.op.name} block [${made!.block.join(", ")}]`;
    checkTask(graph, graph.task(id, locate), (problem) => complain(`${name}: ${problem}`));
  }
  return mistakes;
}

function checkPieces(
  pieces: readonly Pick<GroupPiece, "box" | "leaves">[],
  shape: readonly number[],
  complain: Complain,
): void {
  let covered = 0;
  pieces.forEach(({ box, leaves }, i) => {
    if (isEmpty(box)) return;
    covered += sizeOf(countsOf(box));
    for (const other of pieces.slice(0, i)) if (!isEmpty(intersect(box, other.box))) complain("pieces overlap");
    for (const { expr, view } of leaves) {
      if (view.length !== expr.meta.shape.length) complain(`a view of ${view.length} axes over ${expr.op.name}`);
      view.forEach((axis, at) => {
        const [low, high] = reach(axis, box);
        if (low < 0 || high >= expr.meta.shape[at]!)
          complain(`axis ${at} of ${expr.op.name} is read from ${low} to ${high}`);
      });
    }
  });
  if (pieces.length > 0 && covered !== sizeOf(shape)) complain(`pieces cover ${covered} of ${sizeOf(shape)} points`);
}

/** The lowest and the highest element that strides reach over a box of points. */
function extent(
  first: number,
  strides: readonly number[],
  counts: readonly number[],
): readonly [low: number, high: number] {
  let [low, high] = [first, first];
  strides.forEach((stride, dim) => {
    const far = stride * (counts[dim]! - 1);
    if (far < 0) low += far;
    else high += far;
  });
  return [low, high];
}

function roomOf(graph: Graph, operand: PieceOperand & { kind: "memory" | "file" }): number {
  if (operand.kind === "file") {
    const { size, offset, dtype } = graph.job.files[operand.file]!;
    return (size - offset) / factsOf(dtype).bytes;
  }
  const chunk = operand.buffer - graph.memories.length;
  const [dtype] = operand.dtypes;
  if (chunk < 0) return graph.memories[operand.buffer]!.bytes / factsOf(dtype!).bytes;
  return sizeOf(countsOf(graph.chunk(chunk).box));
}

/** A decoded box lies in one part of its array, and holds what the operand reads. */
function checkDecoded(
  graph: Graph,
  { first, strides }: PieceOperand,
  { array, box }: EncodedBox,
  counts: readonly number[],
  complain: Complain,
): void {
  const { grid } = graph.job.arrays[array]!;
  const ends = grid.map((sizes, axis) => [chunkAt(sizes, box[axis]!.start), chunkAt(sizes, box[axis]!.stop - 1)]);
  if (ends.some(([from, to]) => from !== to)) complain(`decodes a box across parts: ${JSON.stringify(box)}`);
  const [low, high] = extent(first, strides, counts);
  const room = sizeOf(countsOf(box));
  if (low < 0 || high >= room) complain(`reads elements ${low} to ${high} of ${room} decoded ones`);
}

function checkTask(graph: Graph, task: Task, complain: Complain): void {
  const { reads } = graph.table;
  const announced = new Set(reads.list(task.id));
  const touched = new Set<number>();
  const operands = ({ operands: all, decoded, counts }: Piece): void => {
    for (const operand of all) {
      if (operand.kind === "counted") continue;
      if (operand.kind === "decoded") {
        checkDecoded(graph, operand, decoded![operand.box]!, counts, complain);
        continue;
      }
      const [low, high] = extent(operand.first, operand.strides, counts);
      const room = roomOf(graph, operand);
      if (low < 0 || high >= room) complain(`reads elements ${low} to ${high} of ${room}`);
      if (operand.kind === "file") continue;
      const chunk = operand.buffer - graph.memories.length;
      if (chunk >= 0) {
        touched.add(chunk);
        const { offsets } = fieldOffsets(operand.dtypes, room);
        if (String(offsets) !== String(operand.offsets))
          complain(`fields at ${operand.offsets.join(", ")}, not ${offsets.join(", ")}`);
      }
    }
  };
  task.pieces.forEach(operands);
  for (const { inputs } of task.routine?.steps ?? []) for (const { pieces } of inputs) pieces.forEach(operands);
  for (const chunk of touched)
    if (!announced.has(chunk)) complain(`touches chunk ${chunk}, which it does not announce`);
  const inMemory = [...announced].filter((chunk) => graph.table.bytes[chunk]! > 0);
  for (const chunk of inMemory) if (!touched.has(chunk)) complain(`announces chunk ${chunk} and does not touch it`);
  if (task.routine !== undefined) {
    for (const { inputs } of task.routine.steps) {
      for (const { shape, pieces } of inputs) checkPuts(pieces, 0, shape, 0, false, complain);
    }
  } else {
    task.outputs.forEach(({ shape, location, fold, staged }, output) => {
      const base = location.kind === "file" && !staged ? location.first : 0;
      checkPuts(task.pieces, output, shape, base, fold !== null, complain);
    });
  }
}

/** Counts what the runs of an output put into each of its elements. */
function checkPuts(
  pieces: readonly Piece[],
  output: number,
  shape: readonly number[],
  base: number,
  fold: boolean,
  complain: Complain,
): void {
  const size = sizeOf(shape);
  const times = new Uint32Array(size);
  for (const { counts, runs } of pieces) {
    for (const run of runs.filter((one) => one.output === output)) {
      for (const at of points(run.first - base, run.strides, counts)) {
        if (at < 0 || at >= size) complain(`puts into element ${at} of ${size}`);
        else times[at]!++;
      }
    }
  }
  const wrong = times.findIndex((count) => (fold ? count !== times[0] : count !== 1));
  if (wrong >= 0)
    complain(`element ${wrong} of the output is met ${times[wrong]} times${fold ? `, others ${times[0]} times` : ""}`);
}

function points(first: number, strides: readonly number[], counts: readonly number[]): number[] {
  if (counts.includes(0)) return [];
  return strides.reduce(
    (all, stride, dim) => all.flatMap((at) => Array.from({ length: counts[dim]! }, (_, i) => at + stride * i)),
    [first],
  );
}
