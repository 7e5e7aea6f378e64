/**
 * The WebAssembly backend: loops become kernels of SIMD instructions at run time, which are kept for the next call.
 *
 *     run(call) ──iterationShapeOf──▶ shape ──▶ kernel (from the cache, or compiled) ──▶ kernel.run(…)
 *
 * Products of floating matrices have kernels of their own (gemm.ts); other routines run in JavaScript on views of the
 * same memory, with compiled steps (matrices.ts). Invariant: all of the memory belongs to the backend's user; the
 * backend keeps nothing of its own there.
 */
import { ArgumentError } from "../../data/errors.js";
import { MOST_PAGES, PAGE_BYTES } from "../../data/memory.js";
import { expand } from "../../program/expand.js";
import type { Loop } from "../../program/loop.js";
import { fourier } from "../../routines/fft/routine.js";
import type { Multiplier } from "../../routines/matrix.js";
import type { RoutineCall, RoutineTable } from "../../routines/routine.js";
import { runRoutine } from "../../routines/table.js";
import type { Backend, LoopCall } from "../backend.js";
import { FoldFuser } from "../fused-folds.js";
import { iterationShapeOf, type OperandKind, operandKindsOf, type Variant } from "../iteration-shape.js";
import { LoopCache } from "../loop-cache.js";
import { Walk } from "../walk.js";
import { argumentsOf, mostDimensions, moveTo } from "./arguments.js";
import { wasmBuffersIn } from "./fourier.js";
import { isFloating, Products } from "./gemm.js";
import {
  compileKernel,
  describeKernel,
  type Kernel,
  type KernelDescription,
  type RunKernel,
  relaxedSimd,
  simd,
  writeKernel,
} from "./kernel.js";
import { Matrices } from "./matrices.js";
import { vectorWidth } from "./vector-lanes.js";
import { separate } from "./wide-sums.js";

/** A loop that has run: a kernel for each variant that it needed. */
interface KnownLoop {
  /** The loop with its functions written out, from which kernels are compiled. */
  readonly expanded: Loop;
  readonly operands: readonly OperandKind[];
  readonly mostDimensions: number;
  /** The number of elements in its vectors; 0 if it has none. */
  readonly width: number;
  readonly kernels: Map<string, Kernel>;
}

/** A call that has run, ready for the next one with the same walk. */
interface ReadyCall {
  readonly walk: Walk;
  readonly run: RunKernel;
  readonly arguments: number[];
  /** Where the starts of the operands are among the arguments. */
  readonly starts: number;
}

/** The options of a {@link WasmBackend}. */
export interface WasmOptions {
  /** False: without SIMD. Default: true if the machine has it. */
  readonly simd?: boolean;
  /** False: without fused multiply-add in mathematical functions. Default: true if the machine has relaxed SIMD. */
  readonly fused?: boolean;
}

/** Compiles loops, for all memories in which they run. */
class Compiler {
  readonly #simd: boolean;
  readonly #fused: boolean;
  readonly #loops = new LoopCache<KnownLoop>((loop) => {
    const operands = operandKindsOf(loop);
    const expanded = expand(loop, this.#fused);
    return {
      expanded,
      operands,
      mostDimensions: mostDimensions(operands.length),
      width: separate(expanded) ? 4 : vectorWidth(expanded),
      kernels: new Map(),
    };
  });
  readonly fuser = new FoldFuser((loop) => this.known(loop));
  /** Undefined if the machine has no SIMD, or must not use it. */
  readonly products: Products | undefined;
  readonly matrices: Matrices | undefined;

  constructor(options: WasmOptions) {
    this.#simd = simd && options.simd !== false;
    this.#fused = this.#simd && relaxedSimd && options.fused !== false;
    this.products = this.#simd ? new Products(this.#fused) : undefined;
    this.matrices = this.products && new Matrices(this.products, this.#fused);
  }

  known(loop: Loop): KnownLoop {
    return this.#loops.of(loop);
  }

  kernel({ expanded, kernels }: KnownLoop, variant: Variant): Kernel {
    let key = `${variant.form}${variant.rank}`;
    for (const { stride, shared } of variant.classes) key += shared ? stride[0]!.toUpperCase() : stride[0];
    let kernel = kernels.get(key);
    if (kernel === undefined) {
      kernel = compileKernel(writeKernel(expanded, variant, this.#simd));
      kernels.set(key, kernel);
    }
    return kernel;
  }

  describe(loop: Loop, variant: Variant): string {
    return describeKernel(expand(loop, this.#fused), variant, this.#simd);
  }
}

/** Runs loops as WebAssembly; see the head of this file. */
export class WasmBackend implements Backend {
  readonly name = "wasm";
  readonly hasPages = true;
  readonly #memory: WebAssembly.Memory;
  readonly #compiler: Compiler;
  /** Routines that have steps in WebAssembly. */
  readonly #faster: Partial<RoutineTable>;
  readonly #elsewhere = new WeakMap<WebAssembly.Memory, WasmBackend>();
  /** The last call of each loop. */
  readonly #ready = new WeakMap<KnownLoop, ReadyCall>();

  /** With a memory of its own, or in another memory with the kernels of another backend. */
  constructor(options: WasmOptions | Compiler = {}, memory?: WebAssembly.Memory) {
    this.#compiler = options instanceof Compiler ? options : new Compiler(options);
    this.#memory = memory ?? new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES, shared: true });
    this.#faster = this.#compiler.products === undefined ? {} : { fft: fourier(wasmBuffersIn(this.#memory)) };
  }

  get buffer(): ArrayBufferLike {
    return this.#memory.buffer;
  }

  within(memory: WebAssembly.Memory): WasmBackend {
    let backend = this.#elsewhere.get(memory);
    if (backend === undefined) {
      backend = new WasmBackend(this.#compiler, memory);
      this.#elsewhere.set(memory, backend);
    }
    return backend;
  }

  reserve(bytes: number): void {
    if (bytes <= this.#memory.buffer.byteLength) return;
    const pages = Math.ceil(bytes / PAGE_BYTES);
    if (pages > MOST_PAGES) throw new ArgumentError(`wasm backend: a memory holds up to 4 GiB; got ${bytes} bytes`);
    // Another thread may have grown it unnoticed: growing by nothing returns the size.
    const missing = pages - this.#memory.grow(0);
    if (missing > 0) this.#memory.grow(missing);
  }

  run(call: LoopCall): void {
    const known = this.#compiler.known(call.loop);
    const ready = this.#ready.get(known);
    if (ready?.walk.isOf(call)) {
      moveTo(call, ready.arguments, ready.starts);
      ready.run(...ready.arguments);
    } else this.#runFirst(call, known);
  }

  /** The first call with its walk. */
  #runFirst(call: LoopCall, known: KnownLoop): void {
    const shape = iterationShapeOf(call, known.operands);
    if (shape === undefined) return;
    if (shape.rank > known.mostDimensions) {
      this.#runInParts(call, known);
      return;
    }
    const run = this.#compiler.kernel(known, shape).runIn(this.#memory);
    const values = argumentsOf(call, known.operands, shape.dimensions);
    this.#ready.set(known, { walk: new Walk(call), run, arguments: values, starts: shape.rank });
    run(...values);
  }

  runFused(calls: readonly LoopCall[]): void {
    for (const call of this.#compiler.fuser.fuse(calls)) this.run(call);
  }

  call(call: RoutineCall, products?: Multiplier): void {
    const { products: own, matrices } = this.#compiler;
    if (own !== undefined && call.routine === "matmul" && isFloating(call)) own.call(this.#memory, call);
    else {
      const kernels = matrices?.in(this.#memory, call.workspace);
      runRoutine(this.#memory.buffer, call, { kernels, faster: this.#faster, products });
    }
  }

  /** The kernel that a call runs; undefined if it has no points. */
  kernelOf(call: LoopCall): KernelDescription | undefined {
    const known = this.#compiler.known(call.loop);
    const shape = iterationShapeOf(call, known.operands);
    return shape && this.#compiler.kernel(known, shape).description;
  }

  /** The kernel that a call runs, as text. */
  describe(call: LoopCall): string {
    const shape = iterationShapeOf(call, operandKindsOf(call.loop));
    return shape === undefined ? "kernel: none, there are no points" : this.#compiler.describe(call.loop, shape);
  }

  /** For a loop with too many inputs for a parameter per stride: one call for each step of the first dimension. */
  #runInParts(call: LoopCall, known: KnownLoop): void {
    if (known.mostDimensions < 1) {
      throw new ArgumentError(`wasm backend: a loop of ${known.operands.length} inputs and results is too large`);
    }
    const d = call.counts.findIndex((count) => count > 1);
    const counts = call.counts.with(d, 1);
    for (let i = 0; i < call.counts[d]!; i++) {
      const moved = call.inputs.map((operand, k) => ({
        ...operand,
        offset: operand.offset + i * operand.strides[d]! * (known.operands[k]!.bytes || 1),
      }));
      const results = call.results.map((operand, k) => ({
        ...operand,
        offset: operand.offset + i * operand.strides[d]! * known.operands[call.inputs.length + k]!.bytes,
      }));
      this.run({ loop: call.loop, counts, inputs: moved, results });
    }
  }
}
