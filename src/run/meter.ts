/** Adds up what tasks report, and reports it to the caller at most about ten times a second. */
import type { OnProgress, Progress } from "../diagnostics/report.js";
import type { TaskFigures } from "../executors/executor.js";

export type { OnProgress } from "../diagnostics/report.js";

/** Between two reports. */
const PAUSE_MILLISECONDS = 100;

/** Counts the progress of one computation. */
export class ProgressMeter {
  readonly #tasks: number;
  readonly #bytesToRead: number;
  readonly #report: OnProgress | undefined;
  readonly #failed: (error: unknown) => void;
  readonly #began = performance.now();
  #last = Number.NEGATIVE_INFINITY;
  #done = 0;
  #read = 0;
  #mapped = 0;
  #written = 0;

  /** `failed` hears of a promise of the callback that rejects. */
  constructor(
    tasks: number,
    bytesToRead: number,
    report: OnProgress | undefined,
    failed: (error: unknown) => void = () => undefined,
  ) {
    this.#tasks = tasks;
    this.#bytesToRead = bytesToRead;
    this.#report = report;
    this.#failed = failed;
  }

  /** Counts a finished task. */
  add(figures: TaskFigures, memory: number, peakMemory: number): void {
    this.#done++;
    this.#read += figures.bytesRead;
    this.#mapped += figures.bytesMapped;
    this.#written += figures.bytesWritten;
    if (this.#report === undefined) return;
    const now = performance.now();
    if (now - this.#last < PAUSE_MILLISECONDS || this.#done === this.#tasks) return; // finish() reports the end
    this.#last = now;
    const later: unknown = this.#report(this.#progress(memory, peakMemory));
    if (later instanceof Promise) later.catch(this.#failed);
  }

  /** Reports the end; gives what the callback gives, which may be a promise. */
  finish(memory: number, peakMemory: number): unknown {
    return this.#report?.({ ...this.#progress(memory, peakMemory), fraction: 1, millisecondsLeft: 0 });
  }

  #progress(memory: number, peakMemory: number): Progress {
    const milliseconds = performance.now() - this.#began;
    const fraction = this.#tasks === 0 ? 1 : this.#done / this.#tasks;
    return {
      tasksDone: this.#done,
      tasks: this.#tasks,
      bytesRead: this.#read,
      bytesMapped: this.#mapped,
      bytesWritten: this.#written,
      bytesToRead: this.#bytesToRead,
      fraction,
      milliseconds,
      bytesPerSecond: milliseconds > 0 ? ((this.#read + this.#written) / milliseconds) * 1000 : 0,
      millisecondsLeft: fraction > 0 ? (milliseconds / fraction) * (1 - fraction) : null,
      memory,
      peakMemory,
    };
  }
}
