/**
 * The WebAssembly backend: loops become kernels of SIMD instructions at run time, and stay for the next call.
 *
 *     run(call) ──boxOf──▶ box ──▶ kernel (from the cache, or compiled) ──▶ kernel.run(…)
 *
 * Routines run in JavaScript on views of the same memory. Invariant: all of the memory belongs to the backend's user;
 * the backend itself keeps nothing there.
 */
import { ArgumentError } from "../../data/errors.js";
import { expand } from "../../program/expand.js";
import type { Loop } from "../../program/loop.js";
import type { Backend, LoopCall, RoutineCall } from "../backend.js";
import { boxOf, type PlaceKind, placesOf, type Variant } from "../box.js";
import { KeptLoops } from "../kept.js";
import { runRoutine } from "../routines.js";
import { argumentsOf, mostDimensions } from "./arguments.js";
import {
  describeKernel,
  instantiate,
  type Kernel,
  type KernelDescription,
  relaxedSimd,
  simd,
  writeKernel,
} from "./kernel.js";

const pageBytes = 65_536;
/** 4 GiB: what 32-bit addresses reach. */
const mostPages = 65_536;
/** What is kept of a loop: one kernel for each kind of box that it met. */
interface KnownLoop {
  /** What the kernels are made of: the loop with its functions written out. */
  readonly expanded: Loop;
  readonly places: readonly PlaceKind[];
  readonly mostDimensions: number;
  readonly kernels: Map<string, Kernel>;
}

/** How a {@link WasmBackend} may work. */
export interface WasmOptions {
  /** Set false to do without SIMD; true where the machine has it. */
  readonly simd?: boolean;
  /** Set false to do without fused multiply-add in mathematical functions; true where the machine has relaxed SIMD. */
  readonly fused?: boolean;
}

/** Runs loops as WebAssembly; see the head of this file. */
export class WasmBackend implements Backend {
  readonly name = "wasm";
  readonly #memory = new WebAssembly.Memory({ initial: 1, maximum: mostPages });
  readonly #simd: boolean;
  readonly #fused: boolean;
  readonly #loops = new KeptLoops<KnownLoop>((loop) => {
    const places = placesOf(loop);
    return {
      expanded: expand(loop, this.#fused),
      places,
      mostDimensions: mostDimensions(places.length),
      kernels: new Map(),
    };
  });

  constructor(options: WasmOptions = {}) {
    this.#simd = simd && options.simd !== false;
    this.#fused = this.#simd && relaxedSimd && options.fused !== false;
  }

  get buffer(): ArrayBufferLike {
    return this.#memory.buffer;
  }

  reserve(bytes: number): void {
    const pages = Math.ceil(bytes / pageBytes);
    const missing = pages - this.#memory.buffer.byteLength / pageBytes;
    if (missing <= 0) return;
    if (pages > mostPages) throw new ArgumentError(`wasm backend: a memory holds up to 4 GiB, not ${bytes} bytes`);
    this.#memory.grow(missing);
  }

  run(call: LoopCall): void {
    const known = this.#loops.of(call.loop);
    const box = boxOf(call, known.places);
    if (box === undefined) return;
    if (box.rank > known.mostDimensions) this.#runInParts(call, known);
    else this.#kernel(known, box).run(...argumentsOf(call, known.places, box.dimensions));
  }

  call(call: RoutineCall): void {
    runRoutine(this.#memory.buffer, call);
  }

  /** The kernel that a call runs; undefined when it has no points. */
  kernelOf(call: LoopCall): KernelDescription | undefined {
    const known = this.#loops.of(call.loop);
    const box = boxOf(call, known.places);
    return box && this.#kernel(known, box).description;
  }

  /** The kernel that a call runs, as text. */
  describe(call: LoopCall): string {
    const box = boxOf(call, placesOf(call.loop));
    if (box === undefined) return "kernel: none, there are no points";
    return describeKernel(expand(call.loop, this.#fused), box, this.#simd);
  }

  #kernel({ expanded, kernels }: KnownLoop, variant: Variant): Kernel {
    let key = `${variant.form}${variant.rank}`;
    for (const { stride, shared } of variant.classes) key += shared ? stride[0]!.toUpperCase() : stride[0];
    let kernel = kernels.get(key);
    if (kernel === undefined) {
      kernel = instantiate(writeKernel(expanded, variant, this.#simd), this.#memory);
      kernels.set(key, kernel);
    }
    return kernel;
  }

  /** For a loop of so many inputs that a kernel cannot have a parameter for each stride: one call for each step of the first dimension. */
  #runInParts(call: LoopCall, known: KnownLoop): void {
    if (known.mostDimensions < 1) {
      throw new ArgumentError(`wasm backend: a loop of ${known.places.length} inputs and results is too large`);
    }
    const d = call.counts.findIndex((count) => count > 1);
    const counts = call.counts.with(d, 1);
    for (let i = 0; i < call.counts[d]!; i++) {
      const moved = call.inputs.map((place, k) => ({
        ...place,
        offset: place.offset + i * place.strides[d]! * (known.places[k]!.bytes || 1),
      }));
      const results = call.results.map((place, k) => ({
        ...place,
        offset: place.offset + i * place.strides[d]! * known.places[call.inputs.length + k]!.bytes,
      }));
      this.run({ loop: call.loop, counts, inputs: moved, results });
    }
  }
}
