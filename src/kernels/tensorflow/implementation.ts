/**
 * The interface of a routine's implementation on TensorFlow.
 *
 * Invariant: it has the meaning of the embedded routine of its name, within the tolerance of the operation. The
 * embedded routine does whatever it does not take.
 */
import type { RoutineCall } from "../../routines/routine.js";
import type { Tensors } from "./tensors.js";

/** A routine on TensorFlow. */
export interface Implementation {
  /**
   * Whether TensorFlow does it for these blocks. A call that makes no sense is not taken: the embedded routine says
   * why.
   */
  takes(call: RoutineCall): boolean;
  /**
   * Runs it; the caller disposes of the tensors. Returns false, with anything in the outputs, if TensorFlow has no
   * answer for these numbers: the embedded routine then does the call once more, and finds the answer or says what is
   * wrong.
   */
  run(call: RoutineCall, tensors: Tensors): boolean;
}
