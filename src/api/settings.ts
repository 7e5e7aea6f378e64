/** The settings of a computation: from the call, from `configure()`, or from the machine, in this order. */
import { tmpdir } from "node:os";
import { parseBytes } from "../data/bytes.js";
import { ArgumentError } from "../data/errors.js";
import { checkOptions } from "../data/options.js";
import { shown } from "../data/shown.js";
import { availableCores, availableMemory } from "../executors/cores.js";
import { checkBackend } from "../kernels/index.js";
import { loadedThreads } from "../kernels/tensorflow/library.js";
import { MOST_THREADS, type NativeThreads, nativeThreads } from "../native/threads.js";
import type { Settings } from "../run/settings.js";

/** The names of backends, which editors complete, or a text, which is checked when it is used. */
export type BackendName =
  | "auto"
  | "wasm"
  | "tensorflow"
  | "javascript"
  | "reference"
  | (string & Readonly<Record<never, never>>);

/** What {@link configure} sets for all computations that do not say otherwise. */
export interface Configuration {
  /** Worker threads; 0 computes on the calling thread. Default: the physical cores that the process may use. */
  readonly workers?: number;
  /**
   * The memory that chunks and results of one computation may take: bytes, or text such as `"512MB"` or `"2GiB"`. The
   * process takes up to 64 MB more than that and what it takes idle. Not counted are what users' functions make and
   * keep, what decoders keep of chunks of many MB, and the metadata of files with tens of thousands of chunks.
   * Several computations at once have the limit each, so divide it among them. Default: half of what is free.
   */
  readonly memoryLimit?: number | string;
  /**
   * The backend: `"wasm"` (where there is no WebAssembly the same as `"javascript"`), `"javascript"`, `"reference"`, or
   * `"tensorflow"`: products of matrices on native kernels, all else as with `"wasm"`; it needs
   * `npx chunkwise native install`, and its library takes 256 MB beside the memory limit. With `"auto"` (default)
   * TensorFlow does the products where it is installed, they are large enough to pay for it, and the library, unless it
   * is loaded already, fits into the memory limit.
   */
  readonly backend?: BackendName;
  /**
   * The threads of TensorFlow. All workers share them: one large product has them all, and they do not multiply by
   * workers. The pool is made when a computation first uses it and then keeps its size. Default: the variable
   * `CHUNKWISE_NATIVE_THREADS`, `TF_NUM_INTRAOP_THREADS` or `OMP_NUM_THREADS`, in this order, or the physical cores
   * that the process may use.
   */
  readonly nativeThreads?: number;
  /** The folder of scratch files, for chunks that do not fit into memory. Default: the system's temporary folder. */
  readonly scratchFolder?: string;
}

const names = ["workers", "memoryLimit", "backend", "nativeThreads", "scratchFolder"] as const;
let configured: Configuration = {};

function check(options: Configuration, operation: string): void {
  const { workers, backend, nativeThreads: threads, scratchFolder } = options;
  if (workers !== undefined && (!Number.isInteger(workers) || workers < 0 || workers > 1024)) {
    throw new ArgumentError(`${operation}: workers must be a whole number from 0 to 1024; got ${shown(workers)}`);
  }
  if (backend !== undefined && backend !== "auto") checkBackend(backend, operation);
  if (threads !== undefined && (!Number.isInteger(threads) || threads < 1 || threads > MOST_THREADS)) {
    throw new ArgumentError(
      `${operation}: nativeThreads must be a whole number from 1 to ${MOST_THREADS}; got ${shown(threads)}`,
    );
  }
  if (scratchFolder !== undefined && (typeof scratchFolder !== "string" || scratchFolder === "")) {
    throw new ArgumentError(`${operation}: scratchFolder is a path, not ${shown(scratchFolder)}`);
  }
}

/** Checks defaults for all later computations, and keeps them. */
export function setDefaults(options: Configuration, operation: string): void {
  if (options === undefined)
    throw new ArgumentError(`${operation}: options are missing; expected an object such as { workers: 2 }`);
  checkOptions(options, names, operation);
  check(options, operation);
  if (options.memoryLimit !== undefined) parseBytes(options.memoryLimit, `${operation}: memoryLimit`);
  configured = { ...configured, ...options };
}

/** Asking the system takes longer than a small computation, so an answer holds for a second. */
const memory = { bytes: 0, until: Number.NEGATIVE_INFINITY };

function freeMemory(): number {
  const now = performance.now();
  if (now > memory.until) Object.assign(memory, { bytes: availableMemory(), until: now + 1000 });
  return memory.bytes;
}

/** The settings of one computation. */
export function settingsOf(options: Configuration, operation: string): Settings {
  check(options, operation);
  const given = { ...configured, ...definedOf(options) };
  const { workers, memoryLimit, backend = "auto", scratchFolder = tmpdir() } = given;
  return {
    workers: workers ?? availableCores(),
    memoryLimit: memoryLimit === undefined ? freeMemory() : parseBytes(memoryLimit, `${operation}: memoryLimit`),
    backend,
    nativeThreads: nativeThreadsOf(given).threads,
    scratchFolder,
  };
}

/**
 * The threads that TensorFlow has in this process, or will have once it is loaded, and where that number comes from.
 */
export function nativeThreadsOf({ nativeThreads: asked }: Configuration = configured): NativeThreads {
  const loaded = loadedThreads();
  if (asked === undefined && loaded !== undefined) return { threads: loaded, from: "the library, which is loaded" };
  return nativeThreads(asked, process.env, availableCores());
}

/**
 * The most bytes of an automatic chunk: where `configure` has set a memory limit, so little that each worker can hold
 * eight of them.
 */
export function chunkLimit(): number {
  const { memoryLimit, workers } = configured;
  if (memoryLimit === undefined) return Number.POSITIVE_INFINITY;
  return Math.max(
    2 ** 16,
    parseBytes(memoryLimit, "configure: memoryLimit") / (8 * Math.max(1, workers ?? availableCores())),
  );
}

const definedOf = (options: Configuration): Configuration =>
  Object.fromEntries(names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])));
