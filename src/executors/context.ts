/** What a task is performed with. */
import type { Resources } from "./resources.js";
import type { Scratch } from "./scratch.js";
import type { Windows } from "./windows.js";

/** Files, buffers and scratch space of the task that is being performed. */
export interface TaskContext {
  readonly resources: Resources;
  readonly scratch: Scratch;
  /** Where files can be mapped; absent where they cannot. */
  readonly windows?: Windows | undefined;
  /** Throws if the computation was stopped; called between tiles and between calls of a kernel. */
  checkStop(): void;
}
