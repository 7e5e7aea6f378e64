/** The registry of backends: by name, one of each per thread, heavy ones loaded only when they are needed. */
import { ArgumentError } from "../data/errors.js";
import { shown } from "../data/shown.js";
import type { Backend } from "./backend.js";
import { JavaScriptBackend } from "./javascript/backend.js";
import { ReferenceBackend } from "./reference.js";
import {
  check as checkTensorFlow,
  gaining,
  prepare as prepareTensorFlow,
  TensorFlowBackend,
  ready as tensorFlowReady,
} from "./tensorflow/backend.js";
import { WasmBackend } from "./wasm/backend.js";
import { available } from "./wasm/kernel.js";

/** A backend before it is made. */
interface Row {
  make(): Backend;
  /** Throws if it cannot be used here. */
  check?(): void;
  /** The state of its library. */
  ready?(): "missing" | "installed" | "loaded";
  /** Prepares on the main thread what workers share. */
  prepare?(routines: readonly string[], nativeThreads: number): void;
  /** The routines for which it has a native library. */
  readonly native?: ReadonlySet<string>;
}

const rows: Readonly<Record<string, Row>> = {
  javascript: { make: () => new JavaScriptBackend() },
  reference: { make: () => new ReferenceBackend() },
  tensorflow: {
    make: () => new TensorFlowBackend(backendOf("wasm")),
    check: checkTensorFlow,
    ready: tensorFlowReady,
    prepare: prepareTensorFlow,
    native: gaining,
  },
  // Some engines have no WebAssembly, such as Node with --jitless.
  wasm: { make: () => (available ? new WasmBackend() : backendOf("javascript")) },
};

const made = new Map<string, Backend>();

/** The names that {@link backendOf} takes. */
export const backendNames: readonly string[] = Object.keys(rows);

/** The row of a backend that can be used here. */
function usableRow(name: string, operation: string): Row {
  const row = Object.hasOwn(rows, name) ? rows[name] : undefined;
  if (row === undefined) {
    throw new ArgumentError(`${operation}: unknown backend ${shown(name)}; expected auto, ${backendNames.join(", ")}`);
  }
  row.check?.();
  return row;
}

/** Checks the name of a backend, and that it can be used here. */
export function checkBackend(name: string, operation: string): void {
  usableRow(name, operation);
}

/**
 * Prepares a backend for a computation with these routines. It is called on the main thread before workers begin, since
 * a native library takes its number of threads when it is first loaded in the process.
 */
export function prepareBackend(name: string, routines: readonly string[], nativeThreads: number): void {
  rows[name]?.prepare?.(routines, nativeThreads);
}

/** Whether the library of a backend is missing, installed, or loaded already; `"loaded"` if it needs none. */
export function isReady(name: string): "missing" | "installed" | "loaded" {
  return rows[name]?.ready?.() ?? "loaded";
}

/** The routines that a backend does with the threads of a native library, if it has them for their dtype. */
export function nativeRoutines(name: string): ReadonlySet<string> {
  return rows[name]?.native ?? new Set();
}

/** This thread's backend of a name. */
export function backendOf(name: string): Backend {
  let backend = made.get(name);
  if (backend === undefined) {
    backend = usableRow(name, "backend").make();
    made.set(name, backend);
  }
  return backend;
}
