/**
 * The plan of a computation: a graph that fits into the memory it may use, or an error before anything runs.
 *
 * When the chunks that must live at the same time do not fit (all chunks of one side of a rechunk, say), the largest
 * stored nodes go to scratch files, one after the other, until the rest fits. A scratch file is one more strided file,
 * so tasks read exactly the parts that they need.
 */
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatBytes } from "../data/bytes.js";
import { countChunks } from "../data/chunks.js";
import { factsOf } from "../data/dtype.js";
import { MemoryLimitError } from "../data/errors.js";
import type { StridedFile } from "../data/layout.js";
import { zip } from "../data/lists.js";
import { float64At } from "../data/numbers.js";
import { sizeOf } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import { bytesOf } from "../expr/meta.js";
import type { Graph } from "../graph/graph.js";
import { lower, type Wanted } from "../graph/lower.js";
import { limitsIn } from "../graph/plan-size.js";
import { optimize } from "../optimize/optimize.js";
import { sequentialPeak } from "../scheduler/memory.js";
import type { ScratchFile } from "./scratch-files.js";

/** A graph with what is known of its memory. */
export interface Plan {
  readonly graph: Graph;
  /** The optimized expressions, in the order of what is wanted. */
  readonly roots: readonly Expr[];
  /** The bytes that one worker needs at most; never above the budget. */
  readonly peak: number;
  /** The bytes that chunks and tasks may take. */
  readonly budget: number;
  /** The scratch files that must be made before the graph runs and removed after it. */
  readonly scratch: readonly ScratchFile[];
}

/** What a plan is made for. */
export interface PlanOptions {
  readonly backend: string;
  /** The routines that a native library does for the backend. */
  readonly nativeRoutines?: ReadonlySet<string>;
  /** The bytes that chunks and tasks may take. */
  readonly budget: number;
  /** The bytes of results beside the budget: what is missing is told with them. Default: 0. */
  readonly results?: number;
  /** Where scratch files go. */
  readonly scratchFolder?: string;
}

function scratchFile(expr: Expr, folder: string): StridedFile {
  const { dtype, shape } = expr.meta;
  const elements = sizeOf(shape);
  return {
    path: join(folder, `chunkwise-${process.pid}-${randomUUID()}.tmp`),
    offset: 0,
    size: elements * factsOf(dtype).bytes,
    modified: 0,
    dtype,
    encoding: { otherEndian: false, half: false },
    shape: [elements],
    strides: [1],
  };
}

/** Stored nodes, and the bytes of those of their blocks that are made. */
function storedBytes(graph: Graph): Map<Expr, number> {
  const parts = graph.summary().flatMap(({ group, tasks }) =>
    group.members.map(({ expr }) => {
      const share = tasks / Math.max(1, countChunks(expr.meta.chunks));
      return [expr, Math.ceil(bytesOf(expr.meta) * share)] as const;
    }),
  );
  return new Map(parts);
}

/** Stored nodes of a graph that a scratch file could hold, with their bytes, largest first. */
function candidates(graph: Graph, spilled: ReadonlyMap<Expr, StridedFile>, outputs: ReadonlySet<Expr>) {
  return [...storedBytes(graph)]
    .filter(
      ([expr]) =>
        expr.meta.fields === undefined && expr.op.work.kind !== "fold" && !spilled.has(expr) && !outputs.has(expr),
    )
    .sort(([, a], [, b]) => b - a);
}

function refuse(graph: Graph, peak: number, atTask: number, { budget, results = 0 }: PlanOptions): never {
  const { table } = graph;
  const { operation, block } = graph.about(atTask);
  const sum = (chunks: Uint32Array): number =>
    chunks.reduce((bytes, chunk) => bytes + float64At(table.bytes, chunk), 0);
  const [inputs, outputs] = [sum(table.reads.list(atTask)), sum(table.makes.list(atTask))];
  const work = formatBytes(float64At(table.scratch, atTask));
  const parts = `${formatBytes(inputs)} of inputs, ${formatBytes(outputs)} of results, ${work} at work`;
  const beside = results === 0 ? "" : `, of which the results take ${formatBytes(results)}`;
  const [needed, limit] = [peak + results, budget + results];
  throw new MemoryLimitError(
    `${operation}: block [${block.join(", ")}] needs ${formatBytes(peak)} (${parts}), ` +
      `and ${formatBytes(limit)} may be used${beside}; ` +
      "use smaller chunks or a larger memoryLimit",
    { needed, limit },
  );
}

/** Plans a computation; throws MemoryLimitError where even scratch files do not make it fit. */
export function plan(wanted: readonly Wanted[], options: PlanOptions): Plan {
  const { roots, stored } = optimize(wanted.map(({ expr }) => expr));
  const optimized = zip(wanted, roots).map(([one, expr]) => ({ ...one, expr }));
  const spilled = new Map<Expr, StridedFile>();
  const outputs = new Set(roots);
  for (;;) {
    const { backend, nativeRoutines = new Set() } = options;
    const limits = limitsIn(options.budget);
    const graph = lower(optimized, { backend, nativeRoutines, stored, spilled, limits });
    const { peak, atTask } = sequentialPeak(graph.table);
    if (peak <= options.budget) {
      const made = storedBytes(graph);
      const scratch = Array.from(spilled, ([expr, file]) => ({ file, bytes: made.get(expr) ?? 0 }));
      return { graph, roots, peak, budget: options.budget, scratch };
    }
    const largest = candidates(graph, spilled, outputs);
    if (largest.length === 0) refuse(graph, peak, atTask, options);
    // as many as must go in any case; and more each time, since each time all is planned anew
    let [count, excess] = [0, peak - options.budget];
    for (const [expr, bytes] of largest) {
      if (count > spilled.size / 4 && excess <= 0) break;
      spilled.set(expr, scratchFile(expr, options.scratchFolder ?? tmpdir()));
      excess -= bytes;
      count++;
    }
  }
}
