/**
 * The TensorFlow backend: routines over matrices on native kernels, everything else on the backend that it contains.
 *
 *     run(loop) ─────────────────────────────▶ inner backend ┐
 *     call(routine) ─ TensorFlow has it? ─ no ▶ inner backend ├─ one memory
 *                            └──────────── yes ▶ TensorFlow   ┘
 *
 * TensorFlow's loops are slower than compiled ones, so loops never go there. The first routine that needs the library
 * loads it. Invariant: the memory is the inner backend's, so nothing is copied between the two.
 */
import { installation } from "../../native/location.js";
import type { RoutineCall } from "../../routines/routine.js";
import type { Backend, LoopCall } from "../backend.js";
import { cholesky, qr } from "./factorizations.js";
import type { Implementation } from "./implementation.js";
import { load, loadedThreads, missing } from "./library.js";
import { matmul } from "./products.js";
import { inv, solve, solveTriangular } from "./solutions.js";
import { eigh, svd } from "./spectra.js";
import { stridedProducts } from "./strided-products.js";
import { Tensors } from "./tensors.js";

/** The routines that TensorFlow does, by name. */
export const implementations: ReadonlyMap<string, Implementation> = new Map<string, Implementation>([
  ["cholesky", cholesky],
  ["eigh", eigh],
  ["inv", inv],
  ["matmul", matmul],
  ["qr", qr],
  ["solve", solve],
  ["solveTriangular", solveTriangular],
  ["svd", svd],
]);

/** Routines whose products TensorFlow does when they run embedded: those that gain by it (docs/design/0010). */
const withProducts: ReadonlySet<string> = new Set(["inv", "qr"]);

/** The routines that gain by TensorFlow. */
export const gaining: ReadonlySet<string> = new Set(implementations.keys());

/** Throws if TensorFlow is not installed. */
export function check(): void {
  if (installation() === undefined) throw missing();
}

/** Whether TensorFlow is missing, installed, or loaded. */
export function ready(): "missing" | "installed" | "loaded" {
  if (loadedThreads() !== undefined) return "loaded";
  return installation() === undefined ? "missing" : "installed";
}

/** Loads TensorFlow into the main thread if one of these routines will use it, so that its pool gets its size. */
export function prepare(routines: readonly string[], threads: number): void {
  if (routines.some((name) => implementations.has(name))) load(threads);
}

/** See the head of this file. */
export class TensorFlowBackend implements Backend {
  readonly name = "tensorflow";
  /** The optional abilities are those of the inner backend. */
  readonly hasPages: boolean;
  readonly within?: (memory: WebAssembly.Memory) => Backend;
  readonly runFused?: (calls: readonly LoopCall[]) => void;
  readonly describe?: (call: LoopCall) => string;
  readonly #inner: Backend;
  /** This backend around the inner one in other memories. */
  readonly #elsewhere = new WeakMap<Backend, TensorFlowBackend>();

  constructor(inner: Backend) {
    this.#inner = inner;
    this.hasPages = inner.hasPages === true;
    const { within, runFused, describe } = inner;
    if (within !== undefined) this.within = (memory) => this.#around(within.call(inner, memory));
    if (runFused !== undefined) this.runFused = runFused.bind(inner);
    if (describe !== undefined) this.describe = describe.bind(inner);
  }

  get buffer(): ArrayBufferLike {
    return this.#inner.buffer;
  }

  /** A WebAssembly memory begins at a page, an ArrayBuffer anywhere. */
  get #aligned(): boolean {
    return this.#inner.name === "wasm";
  }

  reserve(bytes: number): void {
    this.#inner.reserve(bytes);
  }

  run(call: LoopCall): void {
    this.#inner.run(call);
  }

  call(call: RoutineCall): void {
    const implementation = implementations.get(call.routine);
    if (implementation?.takes(call) && this.#native(implementation, call)) return;
    this.#inner.call(call, withProducts.has(call.routine) ? stridedProducts(load, this.#aligned) : undefined);
  }

  #around(inner: Backend): TensorFlowBackend {
    let backend = this.#elsewhere.get(inner);
    if (backend === undefined) {
      backend = new TensorFlowBackend(inner);
      this.#elsewhere.set(inner, backend);
    }
    return backend;
  }

  #native(implementation: Implementation, call: RoutineCall): boolean {
    const tensors = new Tensors(load(), this.buffer, this.#aligned);
    try {
      return implementation.run(call, tensors);
    } finally {
      tensors.dispose();
    }
  }
}
