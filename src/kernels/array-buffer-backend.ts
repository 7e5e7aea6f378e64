/**
 * The part that backends without WebAssembly share: memory in an ArrayBuffer, which a larger one replaces when it is
 * too small, and routines in JavaScript.
 */
import type { Multiplier } from "../routines/matrix.js";
import type { RoutineCall } from "../routines/routine.js";
import { runRoutine } from "../routines/table.js";
import type { Backend, LoopCall } from "./backend.js";

/** See the head of this file. */
export abstract class ArrayBufferBackend implements Backend {
  abstract readonly name: string;
  #buffer = new ArrayBuffer(0);

  get buffer(): ArrayBuffer {
    return this.#buffer;
  }

  reserve(bytes: number): void {
    if (bytes <= this.#buffer.byteLength) return;
    const larger = new Uint8Array(Math.ceil(bytes / 16) * 16);
    larger.set(new Uint8Array(this.#buffer));
    this.#buffer = larger.buffer;
  }

  abstract run(call: LoopCall): void;

  call(call: RoutineCall, products?: Multiplier): void {
    runRoutine(this.#buffer, call, { products });
  }
}
