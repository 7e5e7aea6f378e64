/** What a computation may use, with nothing left open. */
import type { OnProgress } from "../diagnostics/report.js";

/** The settings of one computation. */
export interface Settings {
  /** Worker threads; 0 computes on the calling thread. */
  readonly workers: number;
  /** The bytes that chunks and results may take. */
  readonly memoryLimit: number;
  /** The name of a backend, or `"auto"`. */
  readonly backend: string;
  /** The threads of a native library's pool. */
  readonly nativeThreads: number;
  /** The folder of scratch files. */
  readonly scratchFolder: string;
}

/** How the caller of a computation follows it and ends it. */
export interface Hooks {
  /** Ends the computation; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Is called with the progress of the computation. */
  readonly onProgress?: OnProgress | undefined;
}
