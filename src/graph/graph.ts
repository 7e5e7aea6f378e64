/**
 * A graph of tasks over arrays, ready to be scheduled. It holds a few numbers per task; {@link Graph.task} makes the
 * plain data of one when it is about to run. Nothing of a graph changes after `lower` has made it.
 */

import { chunkBox, countChunks } from "../data/chunks.js";
import { InternalError } from "../data/errors.js";
import { at, zip } from "../data/lists.js";
import type { BlockMemory } from "../data/memory.js";
import { uint32At } from "../data/numbers.js";
import { type Box, cornerOf, countsOf } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import type { Placed, RoutineCost } from "../expr/op.js";
import { operationOf } from "../expr/print.js";
import { userLine } from "../expr/user-line.js";
import { postorder } from "../expr/walk.js";
import type { Discovery } from "./discovery.js";
import type { Group } from "./group.js";
import type { Locations } from "./locations.js";
import { type LocateBlock, materializeGather, materializePieces } from "./materialization.js";
import type { PlannedGroup } from "./planned-group.js";
import { neededBytes } from "./read-bytes.js";
import type { Locate, Runnable, TaskOrigin } from "./runnable.js";
import type { Job, Output, Piece, Task, TaskTable } from "./task.js";

/** What {@link Graph} is made of. */
export interface GraphParts {
  readonly table: TaskTable;
  /** Bytes of files that all tasks read. */
  readonly bytesToRead: number;
  /** Points of all pieces: how often a loop's body runs. */
  readonly points: number;
  readonly job: Job;
  /** For each wanted output its chunks, in C order of its blocks. */
  readonly outputs: readonly Uint32Array[];
  readonly groups: readonly PlannedGroup[];
  readonly discovery: Discovery;
  readonly locations: Locations;
  /** The memories of resident arrays. Default: those of `locations`. */
  readonly memories?: readonly BlockMemory[];
  /** What to name when a task fails. Default: what the expressions of the groups say. */
  readonly about?: Runnable["about"];
}

/** A block of a stored node. */
export interface BlockOf {
  readonly expr: Expr;
  readonly block: readonly number[];
  /** The elements it covers. */
  readonly box: Box;
}

/** A kind of task, and how many of it there are. */
export interface GroupSummary {
  readonly group: Group;
  readonly tasks: number;
  /** True for a routine of a native library. */
  readonly native: boolean;
}

/** A graph of tasks; see the head of this file. */
export class Graph implements Runnable {
  readonly table: TaskTable;
  readonly bytesToRead: number;
  /** How often all loops' bodies together run. */
  readonly points: number;
  readonly job: Job;
  readonly outputs: readonly Uint32Array[];
  /** The memories of resident arrays, by the number of the buffer. */
  readonly memories: readonly BlockMemory[];
  readonly #parts: GraphParts;
  readonly #groups: readonly PlannedGroup[];
  readonly #discovery: Discovery;
  readonly #locations: Locations;

  /** Called by `lower`. */
  constructor(parts: GraphParts) {
    const { table, bytesToRead, points, job, outputs, groups, discovery, locations } = parts;
    this.#parts = parts;
    this.memories = parts.memories ?? locations.memories;
    this.table = table;
    this.bytesToRead = bytesToRead;
    this.points = points;
    this.job = job;
    this.outputs = outputs;
    this.#groups = groups;
    this.#discovery = discovery;
    this.#locations = locations;
  }

  /** The same tasks over other memories, with other words for their failures. */
  over(memories: readonly BlockMemory[], about: Runnable["about"]): Graph {
    return new Graph({ ...this.#parts, memories, about });
  }

  /** The groups, inputs first, with the number of tasks of each: what `explain` prints. */
  summary(): GroupSummary[] {
    const counts = new Map<number, number>();
    for (const group of this.#discovery.groups) counts.set(group, (counts.get(group) ?? 0) + 1);
    return this.#groups.map(({ group, routine }, number) => ({
      group,
      native: routine?.native ?? false,
      tasks: counts.get(number) ?? 0,
    }));
  }

  /** What the routines of these names take in all tasks. */
  routineCost(names: ReadonlySet<string>): RoutineCost {
    let [flops, calls] = [0, 0];
    for (const { group, tasks } of this.summary()) {
      const { op, metas, params, meta } = group.members[0].expr;
      const { work } = op;
      if (work.kind !== "routine" || work.cost === undefined) continue;
      const routine = work.routine(params);
      if (routine.kind !== "kernel" || !names.has(routine.name)) continue;
      const all = work.cost(metas, params, meta);
      const share = tasks / Math.max(1, countChunks(meta.chunks));
      flops += all.flops * share;
      calls += all.calls * share;
    }
    return { flops, calls };
  }

  /** The first task of each group. */
  firstTasks(): number[] {
    const first = new Map<number, number>();
    for (const [task, group] of this.#discovery.groups.entries()) if (!first.has(group)) first.set(group, task);
    return this.#groups.flatMap((_, number) => first.get(number) ?? []);
  }

  /** The bytes of files that all tasks together read, each byte counted once however often it is read. */
  bytesNeeded(): number {
    return neededBytes(this.#discovery);
  }

  /** The blocks that a task makes. */
  makes(task: number): BlockOf[] {
    const { planned, block } = this.#discovery.task(task);
    return planned.members.map(({ node: { expr } }) => ({ expr, block, box: chunkBox(expr.meta.chunks, block) }));
  }

  /** The block that a chunk is. */
  chunk(chunk: number): BlockOf {
    const task = uint32At(this.#discovery.producers, chunk);
    return at(this.makes(task), chunk - this.#discovery.task(task).firstChunk);
  }

  about(task: number, message = ""): TaskOrigin {
    if (this.#parts.about !== undefined) return this.#parts.about(task, message);
    const { planned, block } = this.#discovery.task(task);
    const exprs = planned.members.map(({ node }) => node.expr);
    const expr = namedBy(message, exprs) ?? at(exprs, 0);
    const madeAt = userLine(expr.trace.stack);
    return { operation: operationOf(expr), block, ...(madeAt === undefined ? {} : { madeAt }) };
  }

  task(id: number, locate: Locate): Task {
    const { planned, number, block, firstChunk } = this.#discovery.task(id);
    const locateBlock: LocateBlock = (expr, other) => locate(this.#discovery.chunkOf(expr, other));
    const outputs = planned.members.map(({ node, fold, staged }, member): Output => {
      const { expr, dtypes } = node;
      const box = chunkBox(expr.meta.chunks, block);
      const location = this.#locations.output(expr, dtypes, { number, box }, () => locate(firstChunk + member));
      return { shape: countsOf(box), dtypes, location, fold, staged };
    });
    if (planned.routine === null) return { id, outputs, pieces: loopPieces(planned, block, outputs, locateBlock) };
    return { id, outputs, pieces: [], routine: routineCall(planned, planned.routine.number, block, locateBlock) };
  }
}

/**
 * The expression whose operation a message names first: one that a task makes, or one that is fused into it if there is
 * only one of that name.
 */
function namedBy(message: string, exprs: readonly Expr[]): Expr | undefined {
  const isNamed = (expr: Expr): boolean => message.startsWith(`${operationOf(expr)}: `);
  const own = exprs.find(isNamed);
  if (own !== undefined) return own;
  const [only, ...others] = postorder(exprs).filter(isNamed);
  return others.length === 0 ? only : undefined;
}

/** The pieces of a task of loops. */
function loopPieces(
  { members, ready }: PlannedGroup,
  block: readonly number[],
  outputs: readonly Output[],
  locate: LocateBlock,
): Piece[] {
  const [{ node }] = members;
  if (node.iteration === null) {
    // a reshape fills its block box by box
    const [output] = outputs;
    return node
      .places(block)
      .flatMap((placed) => materializePieces(ready, placed.box, [within(placed, output, true)], locate));
  }
  // maps and folds have one place per member, over the same box
  const places = members.flatMap((member, number) => {
    const [placed] = member.node.places(block);
    if (placed === undefined) return [];
    const output = outputs[number];
    return output?.location.kind === "file" ? { ...placed, ...within(placed, output, false) } : placed;
  });
  const [first] = places;
  return first === undefined ? [] : materializePieces(ready, first.box, places, locate);
}

/**
 * Blocks of maps lie in files as the file says; those that are assembled only in scratch files, where they are
 * contiguous.
 */
function within({ first, strides }: Placed, output: Output | undefined, assembled: boolean): Omit<Placed, "box"> {
  if (output?.location.kind !== "file" || output.staged) return { first, strides };
  return { first: first + output.location.first, strides: assembled ? strides : output.location.strides };
}

/** The call of a routine: what it is given in each step. */
function routineCall(
  { members, gathers }: PlannedGroup,
  routine: number,
  block: readonly number[],
  locate: LocateBlock,
): NonNullable<Task["routine"]> {
  const { op, metas, params, meta } = members[0].node.expr;
  if (op.work.kind !== "routine") throw new InternalError(`internal error: ${op.name} is not a routine`);
  const place = { block, box: chunkBox(meta.chunks, block) };
  const sources = zip(gathers, metas);
  const steps = op.work.steps(metas, params, place, meta).map((boxes) => ({
    inputs: zip(sources, boxes).map(([[pieces, { dtype }], box]) => materializeGather(pieces, box, dtype, locate)),
  }));
  const rows = op.work.rows?.(metas, params, place, meta);
  return { routine, block, start: cornerOf(place.box), steps, ...(rows === undefined ? {} : { rows }) };
}
