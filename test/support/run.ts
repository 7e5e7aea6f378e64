/** Expressions to results without the API: with a chosen backend and executor, chosen stored nodes, scratch files. */
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NDArray } from "chunkwise";
import { blockAt, chunkBox, gridOf } from "#src/data/chunks";
import { copyBox } from "#src/data/copy";
import { allocate, factsOf } from "#src/data/dtype";
import type { StridedFile } from "#src/data/layout";
import { cornerOf, countsOf, firstOf, sizeOf, stridesOf } from "#src/data/region";
import type { Executor } from "#src/executors/executor";
import { InlineExecutor } from "#src/executors/inline";
import type { Expr } from "#src/expr/op";
import { postorder } from "#src/expr/walk";
import type { Graph } from "#src/graph/graph";
import { lower } from "#src/graph/lower";
import { passes as allPasses, type Optimized, optimize, type Pass } from "#src/optimize/optimize";
import { run } from "#src/run/run";
import { Scratch } from "#src/run/scratch-files";

/** How expressions are computed. The defaults are those of the library, on this thread. */
export interface Settings {
  readonly backend?: string;
  readonly executor?: Executor;
  /** Which maps are stored instead of fused; default: what the optimizer chooses. */
  readonly stored?: "all" | "none";
  /** The passes that are made; default: all. */
  readonly passes?: readonly Pass[];
  /** True where every stored node that may go through a scratch file does. */
  readonly spill?: boolean;
}

/** The expressions after the passes, with the maps that are stored. */
function optimized(exprs: readonly Expr[], { stored, passes }: Settings): Optimized {
  if (stored === undefined && passes === undefined) return optimize(exprs);
  const roots = (passes ?? allPasses).reduce((result, pass) => pass.run(result), exprs);
  const maps = postorder(roots).filter(({ op }) => op.work.kind === "map");
  return { roots, stored: new Set(stored === "all" ? maps : []) };
}

function scratchFile({ meta: { dtype, shape } }: Expr): StridedFile {
  const elements = sizeOf(shape);
  const path = join(tmpdir(), `chunkwise-laws-${process.pid}-${randomUUID()}.tmp`);
  const size = elements * factsOf(dtype).bytes;
  return {
    path,
    offset: 0,
    size,
    modified: 0,
    dtype,
    encoding: { otherEndian: false, half: false },
    shape: [elements],
    strides: [1],
  };
}

/** The nodes that may go through a scratch file: stored, not states, not results. */
function spillable(roots: readonly Expr[], stored: ReadonlySet<Expr>): Expr[] {
  return postorder(roots).filter(({ op: { work }, meta }, i, all) => {
    const inner = !roots.includes(all[i]!) && meta.fields === undefined;
    return inner && (work.kind === "assemble" || work.kind === "routine" || stored.has(all[i]!));
  });
}

/** The graph that computes expressions. */
export function graphOf(
  exprs: readonly Expr[],
  settings: Settings = {},
): {
  graph: Graph;
  roots: readonly Expr[];
  scratch: readonly StridedFile[];
} {
  const { backend = "wasm", spill = false } = settings;
  const { roots, stored } = optimized(exprs, settings);
  const spilled = new Map(spill ? spillable(roots, stored).map((expr) => [expr, scratchFile(expr)]) : []);
  const graph = lower(
    roots.map((expr) => ({ expr, sink: null })),
    { backend, stored, spilled },
  );
  return { graph, roots, scratch: [...spilled.values()] };
}

/** Computes expressions. */
export async function runExprs(exprs: readonly Expr[], settings: Settings = {}): Promise<NDArray[]> {
  const { graph, roots, scratch } = graphOf(exprs, settings);
  const results = roots.map(({ meta: { dtype, shape } }) => new NDArray(dtype, shape, allocate(dtype, sizeOf(shape))));
  const takers = new Map<number, { root: number; block: readonly number[] }[]>();
  graph.outputs.forEach((chunks, root) => {
    const grid = gridOf(roots[root]!.meta.chunks);
    for (const [number, chunk] of chunks.entries()) {
      takers.set(chunk, [...(takers.get(chunk) ?? []), { root, block: blockAt(grid, number) }]);
    }
  });
  const files = new Scratch(scratch.map((file) => ({ file, bytes: file.size })));
  try {
    await run(files.place(graph), {
      executor: settings.executor ?? new InlineExecutor(),
      budget: Number.MAX_SAFE_INTEGER,
      deliver({ chunk, memory, offset }) {
        for (const { root, block } of takers.get(chunk)!) {
          const { dtype, shape, chunks } = roots[root]!.meta;
          const box = chunkBox(chunks, block);
          const [counts, strides] = [countsOf(box), stridesOf(shape)];
          const first = firstOf(0, strides, cornerOf(box)) * factsOf(dtype).bytes;
          const target = { memory: results[root]!.data.buffer, offset: first, strides };
          copyBox(factsOf(dtype).bytes, counts, { memory, offset, strides: stridesOf(counts) }, target);
        }
      },
    });
  } finally {
    files.remove();
  }
  return results;
}
