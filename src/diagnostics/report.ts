/**
 * What a computation reports while it runs. Progress bars, profiles and dashboards read these; they never ask the
 * scheduler.
 */

/** How far a computation is. Bytes count what the tasks read from files and write to them. */
export interface Progress {
  readonly tasksDone: number;
  readonly tasks: number;
  readonly bytesRead: number;
  /** Those of the bytes read that loops took from a mapped file, without a copy. */
  readonly bytesMapped: number;
  readonly bytesWritten: number;
  /** The bytes of files that the whole computation will read. */
  readonly bytesToRead: number;
  /** From 0 to 1. */
  readonly fraction: number;
  /** Since the computation began. */
  readonly milliseconds: number;
  /** Bytes read and written per second so far. */
  readonly bytesPerSecond: number;
  /** Estimated time left; null before anything is known. */
  readonly millisecondsLeft: number | null;
  /** Bytes of chunks in memory now, and the most so far. */
  readonly memory: number;
  readonly peakMemory: number;
}

/**
 * Receives progress: at most about ten times a second, and once at the end with `fraction` 1. What it throws ends the
 * computation, and so does a promise of it that rejects; tasks do not wait for its promises.
 */
export type OnProgress = (progress: Progress) => unknown;
