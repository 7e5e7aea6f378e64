/** What a task is performed with. */
import type { Resources } from "./resources.js";
import type { Scratch } from "./scratch.js";

/** Files, buffers and scratch space of the task that is being performed. */
export interface TaskContext {
  readonly resources: Resources;
  readonly scratch: Scratch;
  /** Throws if the computation was stopped; called between tiles and between calls of a kernel. */
  checkStop(): void;
}
