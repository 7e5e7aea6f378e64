/**
 * Lowering: from expressions to a graph of tasks.
 *
 * Each output asks what it needs down to the leaves; what must be stored on the way is planned once per node (node.ts),
 * nodes over one source are put together (group.ts), and then every block that is really needed becomes a task, by walking
 * from the outputs' blocks to the blocks that they touch. A task is a few numbers; its data is made when it runs.
 * Nothing here names an operation.
 */
import { Adjacency } from "../data/adjacency.js";
import { blockAt, chunkAt, chunkBox, countChunks, startsOf } from "../data/chunks.js";
import type { StridedFile } from "../data/layout.js";
import { type Box, countsOf, reach, sizeOf, type View } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import type { ResidentArray, Work } from "../expr/op.js";
import { BoxIndex } from "./box-index.js";
import { Coverage } from "./coverage.js";
import { type Amounts, Graph, type PlannedGroup } from "./graph.js";
import { type GroupPiece, groupNodes } from "./group.js";
import { Locations, type Sink } from "./locations.js";
import { blockGridOf, type ChunkLocation, type ReadyPiece } from "./materialization.js";
import { gridOfNode, type PlannedNode, type PlannedPiece, planNode } from "./node.js";
import { orderTasks } from "./order.js";
import { forEachBlock } from "./places.js";
import { blockBytes, taskScratch } from "./sizes.js";
import { elementBytes, isRead, sourceOf } from "./source.js";
import type { Job, TaskTable } from "./task.js";

/** What is wanted: an expression's blocks delivered to the caller, written to a file, or put where they stay. */
export interface Wanted {
  readonly expr: Expr;
  /** What to write to; null: the blocks are delivered, or stay in memory. */
  readonly sink: Sink | null;
  /** The memory in which the blocks stay; its grid is that of the expression. */
  readonly resident?: ResidentArray;
}

/** What lowering must be told besides the outputs. */
export interface LowerOptions {
  readonly backend: string;
  /** The routines that a native library does, which makes a result in memory of its own before it puts it to its place. */
  readonly nativeRoutines?: ReadonlySet<string>;
  /** Maps that are kept instead of computed again for each reader. */
  readonly stored: ReadonlySet<Expr>;
  /** Stored nodes whose blocks go to a scratch file. */
  readonly spilled: ReadonlyMap<Expr, StridedFile>;
}

const isStored = (expr: Expr): boolean => expr.op.work.kind !== "source";

/** Plans of all stored nodes below the outputs, inputs first. */
function planNodes(outputs: readonly Expr[], stored: (expr: Expr) => boolean): PlannedNode[] {
  const planned = new Map<Expr, PlannedNode>();
  const result: PlannedNode[] = [];
  const stack = [...outputs].reverse().map((expr) => ({ expr, entered: false }));
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { expr, entered } = top;
    if (entered) result.push(planned.get(expr)!);
    if (entered || planned.has(expr)) continue;
    const node = planNode(expr, stored);
    planned.set(expr, node);
    stack.push({ expr, entered: true });
    for (const piece of [...node.pieces, ...node.gathers.flat()]) {
      for (const leaf of piece.leaves) if (isStored(leaf.expr)) stack.push({ expr: leaf.expr, entered: false });
    }
  }
  return result;
}

/** The bytes of a file that are read for a view over a box. */
function fileBytes(expr: Expr, view: View, box: Box): number {
  const source = sourceOf(expr);
  if (source?.kind === "encoded") {
    // parts are decoded as a whole
    const lengths = view.map((axis, i) => {
      const parts = source.array.grid[i]!;
      const [first, last] = reach(axis, box).map((index) => chunkAt(parts, index));
      return startsOf(parts)[last! + 1]! - startsOf(parts)[first!]!;
    });
    return sizeOf(lengths) * elementBytes(expr);
  }
  const dims = new Set(view.filter(({ dim, step }) => dim >= 0 && step !== 0).map(({ dim }) => dim));
  let elements = 1;
  for (const dim of dims) elements *= box[dim]!.stop - box[dim]!.start;
  return elements * elementBytes(expr);
}

/** Hears of what a task touches. */
interface Touched {
  /** The points of a piece. */
  points(count: number): void;
  /** A stored block. */
  block(expr: Expr, number: number): void;
  /** Elements of a file: those of a view over a box. */
  file(expr: Expr, view: View, box: Box): void;
}

/** The tasks found so far, and which chunks they read and make. */
class Discovery {
  readonly groups: number[] = [];
  readonly blocks: number[] = [];
  readonly firstChunk: number[] = [];
  readonly chunkTask: number[] = [];
  readonly #homes = new Map<Expr, { group: number; member: number }>();
  readonly #planned: readonly PlannedGroup[];

  constructor(planned: readonly PlannedGroup[]) {
    this.#planned = planned;
    for (const [number, { group }] of planned.entries()) {
      for (const [member, { expr }] of group.members.entries()) this.#homes.set(expr, { group: number, member });
    }
  }

  /** The chunk of a node's block; its task comes into being when it is asked for the first time. */
  chunk(expr: Expr, block: number): number {
    const { group, member } = this.#homes.get(expr)!;
    const { tasks, group: plan } = this.#planned[group]!;
    let task = tasks[block]!;
    if (task < 0) {
      task = this.groups.push(group) - 1;
      tasks[block] = task;
      this.blocks.push(block);
      this.firstChunk.push(this.chunkTask.length);
      for (const _ of plan.members) this.chunkTask.push(task);
    }
    return this.firstChunk[task]! + member;
  }

  /** The chunks that a task makes. */
  chunksOf(task: number): number[] {
    const first = this.firstChunk[task]!;
    return this.#planned[this.groups[task]!]!.group.members.map((_, member) => first + member);
  }

  /** Tells of everything that a task touches; a block may come several times. */
  touched(task: number, { points, block: found, file }: Touched): void {
    const planned = this.#planned[this.groups[task]!]!;
    const [first] = planned.group.members;
    const block = blockAt(planned.grid, this.blocks[task]!);
    const look = (pieces: BoxIndex<ReadyPiece>, box: Box): void => {
      for (const { item, common } of pieces.meeting(box)) {
        points(sizeOf(countsOf(common)));
        for (const { expr, view } of item.plan.leaves) {
          if (isStored(expr)) forEachBlock(view, expr.meta.chunks, common, (number) => found(expr, number));
          else if (isRead(expr)) file(expr, view, common);
        }
      }
    };
    const { op, inputs, params, meta } = first!.expr;
    if (op.work.kind === "routine") {
      const metas = inputs.map((input) => input.meta);
      for (const boxes of op.work.steps(metas, params, { block, box: chunkBox(meta.chunks, block) }, meta)) {
        for (const [i, box] of boxes.entries()) look(planned.gathers[i]!, box);
      }
    } else for (const { box } of first!.places(block)) look(planned.ready, box);
  }
}

/** What goes into a job as nodes are planned: programs and routines, each once. */
class JobBuilder {
  readonly programs: Job["programs"][number][] = [];
  readonly routines: Job["routines"][number][] = [];
  readonly #numbers = new Map<string, number>();

  program(program: PlannedPiece["program"]): number {
    const key =
      program.kind === "map"
        ? program.loop.key
        : JSON.stringify([program.sweeps.map(({ loop }) => loop.key), program.absorb?.key, program.finish?.key]);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.programs.push(program) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }

  routine(work: Work<unknown>, params: unknown): number | null {
    return work.kind === "routine" ? this.routines.push(work.routine(params)) - 1 : null;
  }
}

/** True when a block may be made of several pieces, which would be written to a file in small stretches. */
function isScattered(pieces: readonly ReadyPiece[]): boolean {
  if (pieces.length > 1) return true;
  return pieces.some(({ leaves }) => leaves.some(({ location }) => countChunks(blockGridOf(location) ?? []) > 1));
}

/** Makes the graph that computes what is wanted. Linear in the number of tasks and of the blocks they touch. */
export function lower(wanted: readonly Wanted[], options: LowerOptions): Graph {
  const outputs = new Set(wanted.map(({ expr }) => expr));
  const stored = (expr: Expr): boolean => outputs.has(expr) || options.stored.has(expr) || expr.op.work.kind !== "map";
  const sinks = new Map(wanted.flatMap(({ expr, sink }) => (sink === null ? [] : [[expr, sink] as const])));
  const kept = new Map(
    wanted.flatMap(({ expr, resident }) => (resident === undefined ? [] : [[expr, resident] as const])),
  );
  const locations = new Locations(sinks, options.spilled, kept);
  const parts = new JobBuilder();
  const place: { of(chunk: number): ChunkLocation } = {
    of() {
      throw new Error("no chunk has a place yet");
    },
  };
  const planned: PlannedGroup[] = [];
  const discovery: { current?: Discovery } = {};
  const ready = (piece: GroupPiece): ReadyPiece => ({
    box: piece.box,
    plan: piece,
    leaves: piece.leaves.map(({ expr, view }) => ({
      view,
      location: locations.leaf(expr, (block) => place.of(discovery.current!.chunk(expr, block))),
    })),
    programs: piece.runs.map(({ program }) => parts.program(program)),
  });
  for (const group of groupNodes(planNodes([...outputs], stored))) {
    const [first] = group.members;
    const grid = gridOfNode(first!);
    const gathers = first!.gathers.map(
      (pieces) =>
        new BoxIndex(
          pieces.map(({ box, leaves, program }) =>
            ready({ box, leaves, runs: [{ member: 0, program, operands: leaves.map((_, i) => i) }] }),
          ),
        ),
    );
    const pieces = new BoxIndex(group.pieces.map(ready));
    const routine = parts.routine(first!.expr.op.work, first!.expr.params);
    const kernel = routine === null ? undefined : parts.routines[routine];
    planned.push({
      group,
      grid,
      gathers,
      ready: pieces,
      staged: group.members.map(
        ({ expr }) => locations.isEncoded(expr) || (locations.inFile(expr) && isScattered(pieces.items)),
      ),
      routine,
      native: kernel?.kind === "kernel" && options.nativeRoutines?.has(kernel.name) === true,
      tasks: new Int32Array(sizeOf(grid)).fill(-1),
    });
  }
  const found = new Discovery(planned);
  discovery.current = found;
  const chunks = wanted.map(({ expr, sink }) =>
    Uint32Array.from(blocksFor(expr, sink), (block) => found.chunk(expr, block)),
  );
  const { table, amounts } = tabulate(wanted, chunks, found, planned, locations);
  const bytesNeeded = (): number => neededBytes(found);
  const { programs, routines } = parts;
  const job: Job = { programs, routines, files: locations.files, arrays: locations.arrays, backend: options.backend };
  return new Graph({ table, amounts, job, outputs: chunks, planned, discovery: found, locations, place, bytesNeeded });
}

/** The numbers of the blocks that are wanted: those that are not complete already. */
function blocksFor({ meta }: Expr, sink: Sink | null): number[] {
  const complete = sink?.kind === "encoded" ? sink.complete : undefined;
  const all = Array.from({ length: countChunks(meta.chunks) }, (_, block) => block);
  return complete === undefined ? all : all.filter((block) => !complete.has(block));
}

/** The bytes of files that tasks read, each byte counted once. */
function neededBytes(found: Discovery): number {
  const covered = new Map<Expr, Coverage>();
  const ignore = (): void => {};
  const file = (expr: Expr, view: View, box: Box): void => {
    const coverage = covered.get(expr) ?? new Coverage();
    covered.set(expr, coverage);
    coverage.add(view, box);
  };
  for (let task = 0; task < found.groups.length; task++) found.touched(task, { points: ignore, block: ignore, file });
  let bytes = 0;
  for (const [expr, { elements }] of covered) bytes += elements * elementBytes(expr);
  return bytes;
}

function tabulate(
  wanted: readonly Wanted[],
  outputs: readonly Uint32Array[],
  found: Discovery,
  planned: readonly PlannedGroup[],
  locations: Locations,
): { table: TaskTable; amounts: Amounts } {
  const [bytes, scratch]: [number[], number[]] = [[], []];
  const amounts = { bytesToRead: 0, points: 0 };
  const readsOf = (task: number): Set<number> => {
    const { group, grid, staged, native } = planned[found.groups[task]!]!;
    const block = blockAt(grid, found.blocks[task]!);
    const seen = new Set<number>();
    let points = 0;
    found.touched(task, {
      points: (count) => (points += count),
      block: (expr, number) => seen.add(found.chunk(expr, number)),
      file: (expr, view, box) => (amounts.bytesToRead += fileBytes(expr, view, box)),
    });
    amounts.points += points;
    const [first] = group.members;
    for (const node of group.members) bytes.push(locations.isPlaced(node.expr) ? 0 : blockBytes(node, block));
    let copies = native ? blockBytes(first!, block) : 0;
    for (const [member, node] of group.members.entries()) if (staged[member]) copies += blockBytes(node, block);
    scratch.push(taskScratch(group, block, points) + copies);
    return seen;
  };
  // looking at what a task reads makes the tasks known that make it
  const reads = Adjacency.from(
    (function* () {
      for (let task = 0; task < found.groups.length; task++) yield readsOf(task);
    })(),
  );
  const delivered = new Uint8Array(found.chunkTask.length);
  wanted.forEach(({ sink, resident }, i) => {
    if (sink === null && resident === undefined) for (const chunk of outputs[i]!) delivered[chunk] = 1;
  });
  const producer = Uint32Array.from(found.chunkTask);
  const roots = Uint32Array.from(outputs.flatMap((chunks) => Array.from(chunks, (chunk) => producer[chunk]!)));
  const tasks = found.groups.length;
  const table = {
    tasks,
    chunks: producer.length,
    reads,
    makes: Adjacency.from(found.groups.map((_, task) => found.chunksOf(task))),
    bytes: Float64Array.from(bytes),
    scratch: Float64Array.from(scratch),
    order: orderTasks({ tasks, reads, producer, roots }),
    delivered,
  };
  return { table, amounts };
}
