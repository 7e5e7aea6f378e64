/**
 * Which backend `"auto"` means: the embedded kernels, or TensorFlow for routines that are worth it.
 *
 * Loading TensorFlow's library takes 0.2 s and a quarter of a GB. From some size on its products are then 2 to 5 times
 * as fast. So a plan with large products goes there when the library is loaded, or when the plan alone makes up for
 * loading it. Figures: docs/design/0010.
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

const [embedded, native] = ["wasm", "tensorflow"];

/**
 * Whether a plan gains from the library. Few plans have such a routine, so that is asked before the costly questions.
 */
function isWorthIt(graph: Graph): boolean {
  const routines = nativeRoutines(native);
  if (!graph.job.routines.some((routine) => routine.kind === "kernel" && routines.has(routine.name))) return false;
  const { flops, calls } = graph.routineCost(routines);
  if (calls === 0 || flops < calls * LARGE_CALL_FLOPS) return false;
  const ready = isReady(native);
  return ready === "loaded" || (ready === "installed" && flops >= LARGE_PLAN_FLOPS);
}

/**
 * Plans for the backend that the settings name, or the one that fits, inside what `results` bytes leave of the memory
 * limit.
 */
export function planOn(wanted: readonly Wanted[], settings: Settings, results: number): Plan {
  const { backend, scratchFolder, memoryLimit } = settings;
  const budget = memoryLimit - results;
  const on = (name: string): Plan =>
    plan(wanted, { backend: name, nativeRoutines: nativeRoutines(name), scratchFolder, budget, results });
  if (backend !== "auto") return on(backend);
  const first = on(embedded);
  return isWorthIt(first.graph) ? on(native) : first;
}
