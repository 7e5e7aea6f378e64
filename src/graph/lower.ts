/**
 * Lowering: from expressions to a graph of tasks.
 *
 * Each output asks what it needs down to the leaves. What must be stored on the way is planned once per node (node.ts),
 * nodes over one source share tasks (group.ts), and then every block that is needed becomes a task (discovery.ts), by
 * walking from the outputs' blocks to the blocks that they touch. A task is a few numbers; its data is made when it
 * runs. Nothing here names an operation.
 */
import { countChunks } from "../data/chunks.js";
import type { StridedFile } from "../data/layout.js";
import type { Expr } from "../expr/expr.js";
import type { ResidentArray } from "../expr/op.js";
import { Discovery } from "./discovery.js";
import { Graph } from "./graph.js";
import { Locations, type Sink } from "./locations.js";
import { JobBuilder, planGroups } from "./planned-group.js";
import type { Job } from "./task.js";
import { tabulate } from "./task-table.js";

/** What is wanted: an expression's blocks delivered to the caller, written to a file, or put where they stay. */
export interface Wanted {
  readonly expr: Expr;
  /** What to write to; null: the blocks are delivered, or stay in memory. */
  readonly sink: Sink | null;
  /** The memory in which the blocks stay; its grid is that of the expression. */
  readonly resident?: ResidentArray;
}

/** What lowering must know besides the outputs. */
export interface LowerOptions {
  readonly backend: string;
  /** The routines of a native library, which makes a result in memory of its own before it is copied to its place. */
  readonly nativeRoutines?: ReadonlySet<string>;
  /** Maps that are kept instead of computed again for each reader. */
  readonly stored: ReadonlySet<Expr>;
  /** Stored nodes whose blocks go to a scratch file. */
  readonly spilled: ReadonlyMap<Expr, StridedFile>;
}

/** Makes the graph that computes what is wanted. Linear in the number of tasks and of the blocks they touch. */
export function lower(wanted: readonly Wanted[], options: LowerOptions): Graph {
  const { backend, nativeRoutines = new Set(), spilled } = options;
  const outputs = new Set(wanted.map(({ expr }) => expr));
  const stored = (expr: Expr): boolean => outputs.has(expr) || options.stored.has(expr) || expr.op.work.kind !== "map";
  const sinks = new Map(wanted.flatMap(({ expr, sink }) => (sink === null ? [] : [[expr, sink] as const])));
  const kept = new Map(
    wanted.flatMap(({ expr, resident }) => (resident === undefined ? [] : [[expr, resident] as const])),
  );
  const locations = new Locations(sinks, spilled, kept);
  const builder = new JobBuilder();
  const groups = planGroups(outputs, stored, locations, builder, nativeRoutines);
  const discovery = new Discovery(groups);
  const results = wanted.map(({ expr, sink, resident }) => ({
    chunks: Uint32Array.from(blocksFor(expr, sink), (block) => discovery.ask(expr, block)),
    delivered: sink === null && resident === undefined,
  }));
  const chunks = results.flatMap((result) => [...result.chunks]);
  const delivered = results.flatMap((result) => (result.delivered ? [...result.chunks] : []));
  const tabulated = tabulate(discovery, locations, chunks, delivered);
  const { programs, routines } = builder;
  const job: Job = { programs, routines, files: locations.files, arrays: locations.arrays, backend };
  return new Graph({
    ...tabulated,
    job,
    outputs: results.map((result) => result.chunks),
    groups,
    discovery,
    locations,
  });
}

/** The numbers of the blocks that are wanted: those that are not complete already. */
function blocksFor({ meta }: Expr, sink: Sink | null): number[] {
  const complete = sink?.kind === "encoded" ? sink.complete : undefined;
  const all = Array.from({ length: countChunks(meta.chunks) }, (_, block) => block);
  return complete === undefined ? all : all.filter((block) => !complete.has(block));
}
