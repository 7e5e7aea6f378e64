/**
 * Which backend `"auto"` means: the embedded kernels, or TensorFlow for routines that are worth it.
 *
 * Loading TensorFlow's library takes 0.2 s and a quarter of a GB. From some size on its products are then 2 to 5 times
 * as fast. So a plan with large products goes there when the library is loaded, or when the plan alone makes up for
 * loading it and fits into the memory limit beside it. The computation that loads the library counts it against its
 * limit; later ones find it in the process. Figures: docs/design/0010.
 *
 * Invariant: the choice depends on the plan, and on whether the library is installed and loaded; never on the number of
 * workers.
 */
import type { Graph } from "../graph/graph.js";
import type { Wanted } from "../graph/lower.js";
import { isReady, nativeRoutines } from "../kernels/index.js";
import { type Plan, plan } from "./plan.js";
import type { Settings } from "./settings.js";

/** The arithmetic operations of one call from which on TensorFlow is faster: a product of 128 × 128 matrices. */
const LARGE_CALL_FLOPS = 2 * 128 ** 3;
/** The operations of a plan from which on loading the library pays. */
const LARGE_PLAN_FLOPS = 2e10;
/** The resident memory of the library, once it is loaded by the main thread and a few workers. */
const LIBRARY_BYTES = 256e6;
/** A native kernel first keeps its result in memory of its own, so a plan needs up to this many times as much. */
const NATIVE_COPIES = 2;

const [embedded, native] = ["wasm", "tensorflow"];

/**
 * How a plan can gain from the library: not at all, as it is, or by loading it first. Few plans have such a routine, so
 * that is asked before the costly questions.
 */
function gainOf(graph: Graph): "none" | "as it is" | "by loading" {
  const routines = nativeRoutines(native);
  if (!graph.job.routines.some((routine) => routine.kind === "kernel" && routines.has(routine.name))) return "none";
  const { flops, calls } = graph.routineCost(routines);
  if (calls === 0 || flops < calls * LARGE_CALL_FLOPS) return "none";
  const ready = isReady(native);
  if (ready === "loaded") return "as it is";
  return ready === "installed" && flops >= LARGE_PLAN_FLOPS ? "by loading" : "none";
}

/** A plan, and what it would be better for. */
export interface ChosenPlan extends Plan {
  /** The memory limit from which on the plan would load a native library; undefined unless it is below. */
  readonly limitForLibrary?: number;
}

/**
 * Plans for the backend that the settings name, or the one that fits, inside what `results` bytes leave of the memory
 * limit. `make` makes a plan.
 */
export function planOn(
  wanted: readonly Wanted[],
  settings: Settings,
  results: number,
  make: typeof plan = plan,
): ChosenPlan {
  const { backend, scratchFolder, memoryLimit } = settings;
  const on = (name: string, budget = memoryLimit - results): Plan =>
    make(wanted, { backend: name, nativeRoutines: nativeRoutines(name), scratchFolder, budget, results });
  if (backend !== "auto") return on(backend);
  const first = on(embedded);
  const gain = gainOf(first.graph);
  if (gain === "none") return first;
  if (gain === "as it is") return on(native);
  const limitForLibrary = results + LIBRARY_BYTES + NATIVE_COPIES * first.peak;
  if (memoryLimit < limitForLibrary) return { ...first, limitForLibrary };
  return on(native, memoryLimit - results - LIBRARY_BYTES);
}
