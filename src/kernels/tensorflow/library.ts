/**
 * TensorFlow, loaded: the addon of @tensorflow/tfjs-node, without the JavaScript around it.
 *
 * The package's JavaScript would take another 230 ms and 30 MB in every worker, has no float64, and fails on Node 23
 * and later (`util.isNullOrUndefined`). The backend needs only three functions of the addon.
 *
 * Invariants: the size of the thread pool is in the environment before the library is first loaded in the process. The
 * addon keeps attribute names in a set that all threads share without a lock. So the thread that loads it first uses
 * every name once, before any worker runs; afterwards the set is only read.
 */

import { createRequire } from "node:module";
import { isMainThread } from "node:worker_threads";
import { messageOf } from "../../data/causes.js";
import { ArgumentError, NativeError } from "../../data/errors.js";
import { installation } from "../../native/location.js";
import { MOST_THREADS, poolVariable } from "../../native/threads.js";

/** An attribute of an operation. */
export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: number | boolean;
}

/** The part of the addon that we use. */
export interface Binding {
  createTensor(shape: readonly number[], dtype: number, data: Float32Array | Int32Array | Uint8Array): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array | Int32Array | BigInt64Array | Uint8Array;
  executeOp(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly number[],
    outputs: number,
  ): { readonly id: number; readonly shape: readonly number[]; readonly dtype: number }[];
  getNumOfTensors(): number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_Version: string;
}

/** TensorFlow's numbers for the dtypes that we use. */
export const tf = { float32: 1, float64: 2, int32: 3, complex64: 8, int64: 9, complex128: 18 } as const;

/** TensorFlow in this thread. */
export interface Library {
  readonly binding: Binding;
  /** True if operations can write into aligned memory of ours; see tensors.ts. */
  readonly writesInPlace: boolean;
}

/** The error about a library that is not installed. */
export function missing(): NativeError {
  const advice =
    'run `npx chunkwise native install` (`npx chunkwise native status` says more), or use the backend "wasm"';
  const message = `the backend "tensorflow" is not installed: ${advice}`;
  return new NativeError(message, { reason: "missing" });
}

let loaded: Library | undefined;
let poolThreads: number | undefined;

/** The size of the pool with which this thread has loaded the library; undefined if it has not. */
export function loadedThreads(): number | undefined {
  return poolThreads;
}

/** Sets the size of the pool for a library that is about to be loaded, and keeps the library quiet. */
function prepareEnvironment(threads: number | undefined): number | undefined {
  // It would report the processor and its own start on standard error; we report its errors ourselves.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "2";
  if (threads !== undefined) process.env[poolVariable] = String(threads);
  const set = Number(process.env[poolVariable]);
  return set >= 1 && set <= MOST_THREADS ? set : undefined;
}

/**
 * Loads the library into this thread unless it is loaded already. `threads` is the size of the pool; without it (in a
 * worker, whose main thread has set it) the environment stays as it is.
 */
export function load(threads?: number): Library {
  if (loaded !== undefined) {
    if (threads === undefined || threads === poolThreads) return loaded;
    const size = `TensorFlow was loaded with ${poolThreads} threads and its pool keeps its size`;
    const advice = "configure nativeThreads before the first computation that uses it";
    throw new ArgumentError(`nativeThreads: ${size}, so it cannot have ${threads} in this process; ${advice}`);
  }
  const found = installation();
  if (found === undefined) throw missing();
  const before = process.env[poolVariable];
  const pool = prepareEnvironment(threads);
  try {
    const binding = createRequire(found.addon)(found.addon) as Binding;
    nameAttributes(binding);
    loaded = { binding, writesInPlace: probe(binding) };
    poolThreads = pool;
    return loaded;
  } catch (cause) {
    if (isMainThread && before === undefined) delete process.env[poolVariable];
    const why = messageOf(cause);
    const advice = "run `npx chunkwise native install --force`";
    const message = `TensorFlow cannot be loaded from ${found.folder}: ${why}; ${advice}`;
    throw new NativeError(message, { reason: "load" }, { cause });
  }
}

/** The names of all attributes that we give to operations; see the head of this file. */
export const attributeNames = [
  "type",
  "lower",
  "adjoint",
  "full_matrices",
  "compute_uv",
  "compute_v",
  "Tout",
  "transpose_a",
  "transpose_b",
] as const;

/** Puts the names of all attributes into the addon's set. */
function nameAttributes({ executeOp }: Binding): void {
  const unknown = -1;
  for (const name of attributeNames) {
    try {
      executeOp("NoOp", [{ name, type: unknown, value: false }], [], 0);
    } catch {
      // the addon refuses the type of the attribute, but then its name is in the set
    }
  }
}

/** Whether an operation that updates a tensor in place writes into the memory that the tensor was made over. */
function probe({ createTensor, deleteTensor, executeOp }: Binding): boolean {
  const { buffer } = new WebAssembly.Memory({ initial: 1 });
  const target = new Float32Array(buffer, 64, 1);
  const ids = [
    createTensor([1, 1], tf.float32, target),
    createTensor([1], tf.int32, new Int32Array(1)),
    createTensor([1, 1], tf.float32, Float32Array.of(7)),
  ];
  ids.push(...executeOp("InplaceUpdate", [], ids, 1).map(({ id }) => id));
  for (const id of ids) deleteTensor(id);
  return target[0] === 7;
}
