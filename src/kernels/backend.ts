/**
 * The interface of a backend: something that runs loops and routines on bytes in its memory.
 *
 * A backend owns one linear memory. The executor puts operands there, runs loops over them and takes results out, all
 * by byte address. Nothing is asynchronous, and a loop allocates nothing. Every backend passes one conformance suite,
 * and the reference backend defines the meaning of a program.
 */
import type { Loop } from "../program/loop.js";
import type { Multiplier } from "../routines/matrix.js";
import type { RoutineCall } from "../routines/routine.js";

/** The place of one input or result of a loop. Strides are in elements of its own dtype, one per dimension. */
export interface LoopOperand {
  /** Byte address of the element at point 0…0; for a counted input, its value there. */
  readonly offset: number;
  readonly strides: readonly number[];
}

/** One run of a loop over a box of points. Dimensions are ordered from the outermost to the innermost. */
export interface LoopCall {
  readonly loop: Loop;
  readonly counts: readonly number[];
  /** One per input of the loop. */
  readonly inputs: readonly LoopOperand[];
  /** One per result of the loop; in a fold, a stride of 0 marks a reduced dimension. */
  readonly results: readonly LoopOperand[];
}

/** Runs programs on bytes. */
export interface Backend {
  /** Its name in options and reports. */
  readonly name: string;
  /** Its memory; a new object after {@link Backend.reserve} has grown it. */
  readonly buffer: ArrayBufferLike;
  /** True if the memory consists of whole pages of the system and never moves, so that files can be mapped over it. */
  readonly hasPages?: boolean;
  /** Makes the memory at least this many bytes long, and keeps its content. */
  reserve(bytes: number): void;
  /** The same backend at work in another memory; absent if it cannot. Asking again for the same one costs nothing. */
  within?(memory: WebAssembly.Memory): Backend;
  /**
   * Runs a loop. Inputs and results must not overlap, except that a map may write onto an input of the same strides.
   */
  run(call: LoopCall): void;
  /**
   * Runs loops of which none uses another's results. The bits are the same as from one after the other, with less work
   * if they fold the same points. Absent in a backend that cannot.
   */
  runFused?(calls: readonly LoopCall[]): void;
  /** The compiled form of a loop, as text; absent in a backend that compiles nothing. */
  describe?(call: LoopCall): string;
  /** Runs a routine. `products` replaces the backend's own products of matrices inside it. */
  call(call: RoutineCall, products?: Multiplier): void;
}
