/**
 * A graph of tasks, ready to be scheduled. It holds a few numbers per task; {@link Graph.task} makes the plain data of one
 * when it is about to run.
 */
import { blockAt, chunkBox, countChunks } from "../data/chunks.js";
import type { BlockMemory } from "../data/memory.js";
import { type Box, cornerOf, countsOf } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import type { Placed, RoutineCost } from "../expr/op.js";
import type { BoxIndex } from "./box-index.js";
import type { Group } from "./group.js";
import type { Locations } from "./locations.js";
import { type ChunkLocation, materializeGather, materializePieces, type ReadyPiece } from "./materialization.js";
import type { Job, Output, Task, TaskTable } from "./task.js";

/** A group with everything about its tasks but the block. */
export interface PlannedGroup {
  readonly group: Group;
  readonly ready: BoxIndex<ReadyPiece>;
  /** For a routine, the pieces that gather each input. */
  readonly gathers: readonly BoxIndex<ReadyPiece>[];
  /** The number of the routine in the job. */
  readonly routine: number | null;
  /** True for a routine of a native library. */
  readonly native: boolean;
  /** For each member: true when its blocks go to a file, but must be put together first. */
  readonly staged: readonly boolean[];
  /** The number of blocks along each dimension. */
  readonly grid: readonly number[];
  /** Block → task, or −1 where the block is not needed. */
  readonly tasks: Int32Array;
}

/** What the tasks of a graph do, added up. */
export interface Amounts {
  /** Bytes of files that are read. */
  bytesToRead: number;
  /** Points of all pieces: how often a loop's body runs. */
  points: number;
}

/** What {@link Graph} is made of. */
export interface GraphParts {
  readonly table: TaskTable;
  readonly amounts: Readonly<Amounts>;
  readonly job: Job;
  /** For each wanted output its chunks, in C order of its blocks. */
  readonly outputs: readonly Uint32Array[];
  readonly planned: readonly PlannedGroup[];
  readonly discovery: {
    readonly groups: readonly number[];
    readonly blocks: readonly number[];
    readonly firstChunk: readonly number[];
    readonly chunkTask: readonly number[];
  };
  readonly locations: Locations;
  /** Tells where a chunk in memory lies; whoever runs the graph sets it. */
  readonly place: { of(chunk: number): ChunkLocation };
  /** See {@link Graph.bytesNeeded}. */
  bytesNeeded(): number;
}

/** A block of a stored node. */
export interface BlockOf {
  readonly expr: Expr;
  readonly block: readonly number[];
  /** The elements it covers. */
  readonly box: Box;
}

function foldProgram({ ready }: PlannedGroup, member: number): number | null {
  const [piece] = ready.items;
  const run = piece?.plan.runs.findIndex((candidate) => candidate.member === member) ?? -1;
  return run >= 0 && piece!.plan.runs[run]!.program.kind === "fold" ? piece!.programs[run]! : null;
}

/** Blocks of maps lie in files as the file says; those that are assembled only in scratch files, where they are contiguous. */
function inLocation(placed: Placed, { location, staged }: Output, assembled: boolean): Placed {
  if (location.kind !== "file" || staged) return placed;
  return {
    box: placed.box,
    first: placed.first + location.first,
    strides: assembled ? placed.strides : location.strides,
  };
}

/** A graph of tasks; see the head of this file. */
export class Graph {
  readonly table: TaskTable;
  /** What all tasks together do. */
  readonly amounts: Readonly<Amounts>;
  readonly job: Job;
  readonly outputs: readonly Uint32Array[];
  readonly place: GraphParts["place"];
  readonly #parts: GraphParts;

  /** Called by `lower`. */
  constructor(parts: GraphParts) {
    this.#parts = parts;
    this.table = parts.table;
    this.amounts = parts.amounts;
    this.job = parts.job;
    this.outputs = parts.outputs;
    this.place = parts.place;
  }

  /** The memories of arrays that stand somewhere already, by the number of the buffer. */
  get memories(): readonly BlockMemory[] {
    return this.#parts.locations.memories;
  }

  /** The groups, inputs first, with the number of tasks of each: what `explain` prints. */
  summary(): { readonly group: Group; readonly tasks: number; readonly native: boolean }[] {
    const counts = new Map<number, number>();
    for (const group of this.#parts.discovery.groups) counts.set(group, (counts.get(group) ?? 0) + 1);
    return this.#parts.planned.map(({ group, native }, number) => ({ group, native, tasks: counts.get(number) ?? 0 }));
  }

  /** What the routines of these names take in all tasks. */
  routineCost(names: ReadonlySet<string>): RoutineCost {
    let [flops, calls] = [0, 0];
    for (const { group, tasks } of this.summary()) {
      const { op, inputs, params, meta } = group.members[0]!.expr;
      const { work } = op;
      if (work.kind !== "routine" || work.cost === undefined) continue;
      const routine = work.routine(params);
      if (routine.kind !== "kernel" || !names.has(routine.name)) continue;
      const metas = inputs.map((input) => input.meta);
      const all = work.cost(metas, params, meta);
      const share = tasks / Math.max(1, countChunks(meta.chunks));
      flops += all.flops * share;
      calls += all.calls * share;
    }
    return { flops, calls };
  }

  /** The first task of each group. */
  firstTasks(): number[] {
    const { groups } = this.#parts.discovery;
    return this.#parts.planned.map((_, number) => groups.indexOf(number)).filter((task) => task >= 0);
  }

  /** The bytes of files that all tasks together read, each byte counted once however often it is read. */
  bytesNeeded(): number {
    return this.#parts.bytesNeeded();
  }

  /** The blocks that a task makes. */
  makes(task: number): BlockOf[] {
    const { planned, discovery: found } = this.#parts;
    const { group, grid } = planned[found.groups[task]!]!;
    const block = blockAt(grid, found.blocks[task]!);
    return group.members.map(({ expr }) => ({ expr, block, box: chunkBox(expr.meta.chunks, block) }));
  }

  /** The block that a chunk is. */
  chunk(chunk: number): BlockOf {
    const { discovery: found } = this.#parts;
    const task = found.chunkTask[chunk]!;
    return this.makes(task)[chunk - found.firstChunk[task]!]!;
  }

  /** The plain data of a task. The places of its chunks must be known. */
  task(id: number): Task {
    const { planned, discovery: found, locations, place } = this.#parts;
    const { group, ready, gathers, routine, grid, staged } = planned[found.groups[id]!]!;
    const number = found.blocks[id]!;
    const block = blockAt(grid, number);
    const outputs = group.members.map(({ expr, dtypes }, member): Output => {
      const box = chunkBox(expr.meta.chunks, block);
      const chunk = found.firstChunk[id]! + member;
      const location = locations.output(expr, dtypes, number, box, () => place.of(chunk));
      return {
        shape: countsOf(box),
        dtypes,
        location,
        fold: foldProgram(planned[found.groups[id]!]!, member),
        staged: staged[member]!,
      };
    });
    const [first] = group.members;
    const { op, meta, inputs, params } = first!.expr;
    if (op.work.kind === "routine") {
      const metas = inputs.map((input) => input.meta);
      const box = chunkBox(meta.chunks, block);
      const steps = op.work.steps(metas, params, { block, box }, meta).map((boxes) => ({
        inputs: boxes.map((part, i) => materializeGather(gathers[i]!, part, metas[i]!.dtype)),
      }));
      const rows = op.work.rows?.(metas, params, { block, box }, meta);
      const call = { routine: routine!, block, start: cornerOf(box), steps, ...(rows === undefined ? {} : { rows }) };
      return { id, outputs, pieces: [], routine: call };
    }
    const places = group.members.map((node, member) =>
      node.places(block).map((placed) => inLocation(placed, outputs[member]!, node.iteration === null)),
    );
    // a reshape fills its block place by place; maps and folds have one place per member, over the same box
    const pieces =
      first!.iteration === null
        ? places[0]!.flatMap((only) => materializePieces(ready, [only]))
        : materializePieces(
            ready,
            places.map(([only]) => only!),
          );
    return { id, outputs, pieces };
  }
}
