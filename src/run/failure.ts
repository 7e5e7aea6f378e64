/** The error of a task that failed, as the user sees it. */
import { ComputeError, ConflictError, type FilePlace } from "../data/errors.js";
import type { TaskOrigin } from "../graph/runnable.js";

/** Where in a file something went wrong, if the error says so. */
function filePlaceOf(cause: Error): FilePlace {
  return {
    ...("path" in cause && typeof cause.path === "string" ? { path: cause.path } : {}),
    ...("offset" in cause && typeof cause.offset === "number" ? { offset: cause.offset } : {}),
  };
}

/**
 * Names the operation, the block and the user's line of a task that threw `cause`. A conflict concerns the whole target
 * and not a block, and is the same error whether a task or the commit meets it.
 */
export function taskError(origin: TaskOrigin, cause: Error): ComputeError | ConflictError {
  if (cause instanceof ConflictError) return cause;
  const { operation, block, madeAt } = origin;
  const where = `block [${block.join(", ")}]${madeAt === undefined ? "" : `, made at ${madeAt}`}`;
  // routines name themselves: they also run where no operation is
  const named = cause.message.startsWith(`${operation}: `) ? cause.message : `${operation}: ${cause.message}`;
  return new ComputeError(`${named} (${where})`, { ...origin, ...filePlaceOf(cause) }, { cause });
}
