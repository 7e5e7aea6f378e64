/**
 * The interface of a backend: something that runs loops and routines on bytes in its memory.
 *
 * A backend owns one linear memory. The executor puts operands there, runs loops over them and takes results out, all by
 * byte address. Nothing is asynchronous, nothing is allocated by a loop. Every backend passes one conformance suite, and
 * the reference backend says what a program means.
 */
import type { Loop } from "../program/loop.js";
import type { Multiplier } from "../routines/matrix.js";
import type { RoutineCall } from "../routines/routine.js";

/** Where one input or result of a loop lies. Strides are in elements of the input's own dtype, one per dimension. */
export interface LoopOperand {
  /** Byte address of the element at point 0…0; for a counted input, its value there. */
  readonly offset: number;
  readonly strides: readonly number[];
}

/** One run of a loop over a box of points; dimensions are ordered from the outermost to the innermost. */
export interface LoopCall {
  readonly loop: Loop;
  readonly counts: readonly number[];
  /** One place per input of the loop. */
  readonly inputs: readonly LoopOperand[];
  /** One place per result of the loop; in a fold, a stride of 0 marks a reduced dimension. */
  readonly results: readonly LoopOperand[];
}

/** Runs programs on bytes. */
export interface Backend {
  /** Its name in options and reports. */
  readonly name: string;
  /** Its memory; a new object after {@link Backend.reserve} has grown it. */
  readonly buffer: ArrayBufferLike;
  /** Makes the memory at least so many bytes long, keeping what it holds. */
  reserve(bytes: number): void;
  /** The same backend at work in another memory, if it can. Asking again for the same one costs nothing. */
  within?(memory: WebAssembly.Memory): Backend;
  /** Runs a loop. Inputs and results must not overlap, except that a map may write onto an input of the same strides. */
  run(call: LoopCall): void;
  /**
   * Runs loops of which none uses another's results: the same bits as from one after the other, with less work where they
   * fold the same points. Absent in a backend that has no way of doing so.
   */
  runFused?(calls: readonly LoopCall[]): void;
  /** What a loop is compiled to, as text; absent in a backend that compiles nothing. */
  describe?(call: LoopCall): string;
  /** Runs a routine. `products` tells what takes the place of the backend's own products of matrices inside of it. */
  call(call: RoutineCall, products?: Multiplier): void;
}
