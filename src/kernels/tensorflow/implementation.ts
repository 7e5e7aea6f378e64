/**
 * The interface of a routine's implementation on TensorFlow.
 *
 * Invariant: it means what the embedded routine of its name means, within the tolerance of the operation; what it does not
 * take, the embedded routine does.
 */
import type { RoutineCall } from "../../routines/routine.js";
import type { Tensors } from "./tensors.js";

/** A routine on TensorFlow. */
export interface Implementation {
  /** Whether TensorFlow has it for these blocks. A call that makes no sense is not taken: the embedded routine says why. */
  takes(call: RoutineCall): boolean;
  /**
   * Runs it; the tensors are given back afterwards. False where TensorFlow turns out to have no answer to these numbers, whatever
   * the outputs hold then: the embedded routine does the call once more, and finds the answer or says what is wrong.
   */
  run(call: RoutineCall, tensors: Tensors): boolean;
}
