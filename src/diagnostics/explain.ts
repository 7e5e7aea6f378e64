/** What computing an expression would do, as text: every stage of its way to tasks. */
import { formatBytes } from "../data/bytes.js";
import type { Expr } from "../expr/expr.js";
import { nameOf, printExprs, shownOf } from "../expr/print.js";
import type { Graph } from "../graph/graph.js";
import { leavesBelow } from "../graph/node.js";

/** What is described of a plan. */
export interface Explained {
  /** The expressions as the user wrote them. */
  readonly exprs: readonly Expr[];
  /** The same after the optimizer. */
  readonly optimized: readonly Expr[];
  readonly graph: Graph;
  /** The bytes that one worker needs. */
  readonly peak: number;
  /** The bytes of each scratch file. */
  readonly scratch: readonly number[];
  readonly workers: number;
  readonly memoryLimit: number;
  /** The threads of the native library's pool. */
  readonly nativeThreads: number;
  /** The memory limit from which on a native library would be loaded, if that is why it is not. */
  readonly limitForLibrary?: number | undefined;
  /** How the files are read, a line for each way. */
  readonly reading: readonly string[];
}

/** How much is read from files, and how often each byte of it. */
function bytesToRead(graph: Graph): string {
  const { bytesToRead: bytes } = graph;
  if (bytes === 0) return formatBytes(bytes);
  return `${formatBytes(bytes)}, ${(bytes / graph.bytesNeeded()).toFixed(2)} × the bytes needed`;
}

/** Who does the work of a native library: one task with all its threads, or several that share them. */
function nativeLine({ graph, workers, nativeThreads: threads, limitForLibrary }: Explained): string[] {
  if (limitForLibrary !== undefined)
    return [`native: TensorFlow is not loaded, which takes a memoryLimit of ${formatBytes(limitForLibrary)}`];
  const tasks = graph.summary().reduce((sum, { native, tasks: count }) => sum + (native ? count : 0), 0);
  if (tasks === 0) return [];
  const at = Math.min(tasks, Math.max(1, workers));
  const pool = `${threads} native thread${threads === 1 ? "" : "s"}`;
  const who = at === 1 ? `one at a time, with ${pool}` : `up to ${at} at a time`;
  // a pool of one thread runs nothing itself: each worker computes on its own thread
  const how = at === 1 ? "" : threads === 1 ? ", one native thread each" : `, which share ${pool}`;
  return [`native: ${tasks} task${tasks === 1 ? "" : "s"} on TensorFlow, ${who}${how}`];
}

/** The expression, the optimized expression, the tasks, the bytes to read, the memory needed. */
export function describePlan(explained: Explained): string {
  const { exprs, optimized, graph, peak, scratch, workers, memoryLimit, reading } = explained;
  const { table } = graph;
  const { shown, more } = shownOf(graph.summary());
  const rows = shown.map(({ group, tasks }) => {
    const makes = group.members.map(({ expr: made }) => nameOf(made)).join(", ");
    const [first] = group.members;
    const reads = new Set(group.pieces.flatMap(({ leaves }) => leaves.map((leaf) => nameOf(leaf.expr))));
    for (const { expr } of leavesBelow(first)) reads.add(nameOf(expr));
    return `  ${String(tasks).padStart(8)} × ${makes}${reads.size > 0 ? ` from ${[...reads].join(", ")}` : ""}`;
  });
  const largest = table.scratch.reduce((most, bytes) => Math.max(most, bytes), 0);
  return [
    "expression",
    indent(printExprs(exprs)),
    "optimized",
    indent(printExprs(optimized)),
    `tasks: ${table.tasks}`,
    ...rows,
    ...(more > 0 ? [`  … and ${more} more kinds of tasks`] : []),
    ...nativeLine(explained),
    `bytes to read: ${bytesToRead(graph)}`,
    ...reading,
    `memory: ${formatBytes(peak)} with one worker, ` +
      `about ${formatBytes(peak + (workers - 1) * largest)} with ${workers}, of ${formatBytes(memoryLimit)}`,
    ...(scratch.length > 0 ? [`scratch files: ${scratch.map((bytes) => formatBytes(bytes)).join(", ")}`] : []),
  ].join("\n");
}

const indent = (text: string): string => text.replace(/^/gm, "  ");
