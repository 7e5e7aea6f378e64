/**
 * Where in the user's program nodes are made. A trace takes ten times as long as the node that it belongs to, so the
 * nodes that one call of an operation makes share one: a stack of 10,000 arrays reshapes each of them, at one line.
 */
import { MOST_FRAMES } from "../data/errors.js";

/** The stack of a call, formatted only on demand. */
export interface CallTrace {
  readonly stack?: string;
}

/** True while an operation runs that the user has called, and the trace of the first node that it made. */
let running = false;
let shared: CallTrace | undefined;

/** Runs what one call of the user's does. It must neither wait nor call functions of users, which are other calls. */
export function asOneCall<R>(run: () => R): R {
  if (running) return run();
  running = true;
  try {
    return run();
  } finally {
    running = false;
    shared = undefined;
  }
}

/** The trace for a node that is made now. */
export function traceHere(): CallTrace {
  if (shared !== undefined) return shared;
  const trace: CallTrace = {};
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = MOST_FRAMES;
  Error.captureStackTrace(trace, traceHere);
  Error.stackTraceLimit = stackTraceLimit;
  if (running) shared = trace;
  return trace;
}
