/** From what is wanted to a plan within the limits, and from a plan to its end on the executor that fits. */
import { formatBytes } from "../data/bytes.js";
import { mostGarbage } from "../data/collection.js";
import { MemoryLimitError } from "../data/errors.js";
import type { Expr } from "../expr/expr.js";
import { bytesOf } from "../expr/meta.js";
import type { Wanted } from "../graph/lower.js";
import { withJob } from "../graph/runnable.js";
import { prepareBackend } from "../kernels/index.js";
import { planOn } from "./backend-choice.js";
import { executorFor } from "./executors.js";
import type { Plan } from "./plan.js";
import { planAgain } from "./plan-cache.js";
import { type Delivered, type RunOptions, run } from "./run.js";
import { Scratch } from "./scratch-files.js";
import type { Hooks, Settings } from "./settings.js";

/** Up to this many points a computation runs on the calling thread: starting workers would take longer. */
const MOST_INLINE_POINTS = 2 ** 17;

/** How many points of a loop a point of a routine is counted as: routines go through their input several times. */
const POINTS_PER_ROUTINE_POINT = 64;

/** The bytes of results; refuses those that alone take more than may be used. */
export function checkResults(exprs: readonly Expr[], { memoryLimit }: Settings, operation: string): number {
  const bytes = exprs.reduce((sum, { meta }) => sum + bytesOf(meta), 0);
  if (bytes <= memoryLimit) return bytes;
  throw new MemoryLimitError(
    `${operation}: the results take ${formatBytes(bytes)} and ${formatBytes(memoryLimit)} may be used; ` +
      "save them to a file, take them block by block with blocks(), or raise memoryLimit",
    { needed: bytes, limit: memoryLimit },
  );
}

/** Plans what is wanted inside what the results leave of the memory limit. */
export function planFor(wanted: readonly Wanted[], settings: Settings, operation: string): Plan {
  const inMemory = wanted.filter(({ sink }) => sink === null).map(({ expr }) => expr);
  return planOn(wanted, settings, checkResults(inMemory, settings, operation), planAgain);
}

/** The number of workers that a plan is worth: 0 for small work, but users' functions always run in workers. */
function workersFor({ graph: { job, points } }: Plan, { workers }: Settings): number {
  const users = job.routines.some(({ kind }) => kind === "user");
  const work = job.routines.length > 0 ? points * POINTS_PER_ROUTINE_POINT : points;
  return !users && work <= MOST_INLINE_POINTS ? 0 : workers;
}

/** Runs a plan; scratch files are removed whatever happens. */
export async function execute(
  planned: Plan,
  settings: Settings,
  { signal, onProgress }: Hooks,
  deliver: (block: Delivered) => void | Promise<void>,
  { maxDelivered, attention }: Pick<RunOptions, "maxDelivered" | "attention"> = {},
): Promise<void> {
  const { graph, budget } = planned;
  const { routines, backend } = graph.job;
  const kernels = routines.flatMap((routine) => (routine.kind === "kernel" ? [routine.name] : []));
  prepareBackend(backend, kernels, settings.nativeThreads);
  const scratch = new Scratch(planned.scratch);
  try {
    const workers = workersFor(planned, settings);
    const executor = executorFor(workers);
    const job = { ...graph.job, mostGarbage: mostGarbage(settings.memoryLimit, Math.max(1, workers)) };
    await run(scratch.place(withJob(graph, job)), {
      executor,
      budget,
      signal,
      onProgress,
      deliver,
      maxDelivered,
      attention,
    });
  } catch (error) {
    throw scratch.named(error);
  } finally {
    scratch.remove();
  }
}
