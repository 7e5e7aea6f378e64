/** What computing would do, described before it is done. */
import { takesOnly } from "../data/arguments.js";
import { ArgumentError } from "../data/errors.js";
import { shown } from "../data/shown.js";
import { describePlan } from "../diagnostics/explain.js";
import { describeTask } from "../executors/describe.js";
import type { Expr } from "../expr/expr.js";
import { nameOf } from "../expr/print.js";
import type { Graph } from "../graph/graph.js";
import { backendOf } from "../kernels/index.js";
import { canMap } from "../native/windows.js";
import { planOn } from "../run/backend-choice.js";
import { reasonToRead } from "../storage/mappable.js";
import { type AnyArray, type ComputeOptions, exprsOf, prepare } from "./compute.js";

/** The options of explain: those of compute, and how much is shown. */
export interface ExplainOptions extends ComputeOptions {
  /** True to see also what loops are compiled to: the kernels of the first task of each kind. Default false. */
  readonly kernels?: boolean;
}

/** The kernels of the first task of each group. */
function kernelsOf(graph: Graph): string[] {
  const anywhere = { buffer: graph.memories.length, offset: 0 };
  return graph.firstTasks().flatMap((task) => {
    const names = graph.makes(task).map(({ expr }) => nameOf(expr));
    const texts = describeTask(
      graph.task(task, () => anywhere),
      graph.job,
      backendOf(graph.job.backend),
    );
    return texts.map((text) => `${names.join(", ")}: ${text}`);
  });
}

/** How the uncompressed files of a graph are read, a line for each way. */
function readingOf({ job }: Graph): string[] {
  const inPlace = "mapped, or read where their first megabytes are faster that way";
  const ways = new Map<string, number>();
  for (const file of job.files) {
    if (file.modified === 0) continue; // chunkwise writes it
    const reason =
      reasonToRead(file) ??
      (backendOf(job.backend).hasPages === true ? undefined : `the backend ${job.backend} cannot map it`) ??
      (canMap() ? undefined : "there is no addon (see chunkwise native status)");
    const way = reason === undefined ? inPlace : `read: ${reason}`;
    ways.set(way, (ways.get(way) ?? 0) + 1);
  }
  return [...ways].map(([way, count]) => `files: ${count} ${way}`);
}

/** What computing expressions together would do, as text. */
export function explainExprs(exprs: readonly Expr[], options: ExplainOptions): string {
  const settings = prepare(options, "explain", ["kernels"]);
  const { workers, memoryLimit, nativeThreads } = settings;
  const { kernels = false } = options;
  if (typeof kernels !== "boolean") throw new ArgumentError(`explain: kernels is true or false, not ${shown(kernels)}`);
  const { graph, roots, peak, scratch, limitForLibrary } = planOn(
    exprs.map((expr) => ({ expr, sink: null })),
    settings,
    0,
  );
  const text = describePlan({
    exprs,
    optimized: roots,
    graph,
    peak,
    scratch: scratch.map(({ bytes }) => bytes),
    workers,
    memoryLimit,
    nativeThreads,
    limitForLibrary,
    reading: readingOf(graph),
  });
  return kernels ? [text, ...kernelsOf(graph)].join("\n") : text;
}

/**
 * What `compute(arrays)` would do, as text: the expressions, what the optimizer makes of them, the tasks, the bytes to
 * read and how often each of them is read, whether files may be mapped, the memory needed; with `kernels` also what the
 * loops are compiled to. Takes what `compute` takes, and throws what it throws before it runs.
 * @example
 * console.log(explain([x.mean(0), x.std(0)])); // … bytes to read: 8.19 GB, 1.00 × the bytes needed …
 */
export const explain = takesOnly(
  "explain",
  ["arrays", "options"],
  (arrays: readonly AnyArray[], options: ExplainOptions = {}): string => {
    return explainExprs(exprsOf(arrays, "explain"), options);
  },
);
