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
import { type PlanLimits, PlanSize, unlimited } from "./plan-size.js";
import { JobBuilder, planGroups } from "./planned-group.js";
import type { Job } from "./task.js";
import { countTasks } from "./task-count.js";
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
  /** A larger plan is refused. */
  readonly limits?: PlanLimits;
}

/** Makes the graph that computes what is wanted. Linear in the number of tasks and of the blocks they touch. */
export function lower(wanted: readonly Wanted[], options: LowerOptions): Graph {
  const { backend, nativeRoutines = new Set(), spilled, limits = unlimited } = options;
  const outputs = new Set(wanted.map(({ expr }) => expr));
  const stored = (expr: Expr): boolean => outputs.has(expr) || options.stored.has(expr) || expr.op.work.kind !== "map";
  const sinks = new Map(wanted.flatMap(({ expr, sink }) => (sink === null ? [] : [[expr, sink] as const])));
  const kept = new Map(
    wanted.flatMap(({ expr, resident }) => (resident === undefined ? [] : [[expr, resident] as const])),
  );
  const locations = new Locations(sinks, spilled, kept);
  const builder = new JobBuilder();
  const groups = planGroups(outputs, stored, locations, builder, nativeRoutines);
  const whole = wanted.flatMap(({ expr, sink }) => (completeOf(sink) === undefined ? [expr] : []));
  countTasks(groups, whole, new PlanSize(limits));
  const size = new PlanSize(limits);
  const discovery = new Discovery(groups, size);
  const results = wanted.map(({ expr, sink, resident }) => ({
    chunks: askFor(discovery, expr, completeOf(sink), limits),
    delivered: sink === null && resident === undefined,
  }));
  const tabulated = tabulate(discovery, locations, results, size);
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

/** The numbers of the blocks of a sink that are complete already. */
const completeOf = (sink: Sink | null): ReadonlySet<number> | undefined =>
  sink?.kind === "encoded" ? sink.complete : undefined;

/** Asks for the blocks that are wanted, and gives their chunks. */
function askFor(
  discovery: Discovery,
  expr: Expr,
  complete: ReadonlySet<number> | undefined,
  limits: PlanLimits,
): Uint32Array {
  const count = countChunks(expr.meta.chunks);
  new PlanSize(limits).add(expr, count - (complete?.size ?? 0), 0); // before there is a list of them
  const chunks = new Uint32Array(count);
  let found = 0;
  for (let block = 0; block < count; block++) {
    if (complete?.has(block) !== true) chunks[found++] = discovery.ask(expr, block);
  }
  return chunks.subarray(0, found);
}
