/**
 * A computation's progress as one line of a terminal.
 *
 *     ██████████████████░░░░░░░░░░░░  62%  12.3 GB/s  4 s left  118 MB
 *     ██████████████████████████████ 100%  12.1 GB/s  in 6.5 s  peak 240 MB
 *
 * Invariant: a running bar is exactly one line and no newline, so that it can be rewritten in place; when the bar ends,
 * the cursor is at the start of a line. Time comes from the reports: nothing here has a clock or a timer to stop.
 */

import { takesOnly } from "../data/arguments.js";
import { formatBytes } from "../data/bytes.js";
import { ArgumentError } from "../data/errors.js";
import { checkOptions } from "../data/options.js";
import { shown } from "../data/shown.js";
import type { OnProgress, Progress } from "./report.js";

/** What a progress bar writes to: `process.stderr`, or anything that looks like it. */
export interface ProgressStream {
  /** Whether it is a terminal. */
  readonly isTTY?: boolean | undefined;
  /** The terminal's width. */
  readonly columns?: number | undefined;
  /** Writes text. */
  write(text: string): unknown;
}

/** The options of {@link progressBar}. */
export interface ProgressBarOptions {
  /** Text before the bar. Default: none. */
  readonly label?: string;
  /** Also write to a stream that is not a terminal: a line every few seconds and one at the end. Default: false. */
  readonly force?: boolean;
}

/** What {@link progressBar} returns: an `onProgress` callback with an end. */
export type ProgressBar = OnProgress & {
  /**
   * Ends the bar. The line of a computation that did not complete is wiped. To be called in a `finally`; twice is fine.
   */
  finish(): void;
};

const rewrite = 100;
const plainLine = 5000;
const widestBar = 30;
const narrowestBar = 8;
const widestText = 50;

/**
 * A progress bar: a callback for `onProgress` that keeps one line of a terminal up to date (ten times a second at most)
 * with the share done, the rate, the time left and the memory in use. Writes nothing where there is no terminal, unless
 * forced. May be used for several computations, one after the other. Throws nothing.
 *
 * @example
 * const bar = progressBar(process.stderr, { label: "means" });
 * try {
 *   await x.mean(0).compute({ onProgress: bar });
 * } finally {
 *   bar.finish();
 * }
 */
export const progressBar = takesOnly(
  "progressBar",
  ["stream", "options"],
  (stream: ProgressStream = process.stderr, options: ProgressBarOptions = {}): ProgressBar => {
    checkOptions(options, ["force", "label"], "progressBar");
    if (typeof stream?.write !== "function")
      throw new ArgumentError(`progressBar: ${shown(stream)} is not a stream; expected one such as process.stderr`);
    const { label: given = "" } = options;
    if (typeof given !== "string") throw new ArgumentError(`progressBar: label must be a text; got ${shown(given)}`);
    const terminal = stream.isTTY === true;
    const silent = !terminal && options.force !== true;
    const pause = terminal ? rewrite : plainLine;
    const label = given && `${given} `;
    let open = false;
    // A plain line is worth writing only after a while; a terminal's bar is drawn at once.
    const never = terminal ? Number.NEGATIVE_INFINITY : 0;
    let drawn = never;

    const wipe = terminal ? "\r\x1b[2K" : "";
    const onProgress = (progress: Progress): void => {
      if (silent) return;
      const complete = progress.fraction >= 1;
      if (progress.milliseconds < drawn) drawn = never; // the next computation
      if (!complete && progress.milliseconds - drawn < pause) return;
      drawn = complete ? never : progress.milliseconds;
      // The last column stays empty: some terminals break the line as soon as it is full.
      const room = (terminal ? stream.columns || 80 : 100) - 1 - label.length;
      open = terminal && !complete;
      stream.write(`${wipe}${label}${formatProgress(progress, room)}${open ? "" : "\n"}`);
    };
    const finish = (): void => {
      if (open) stream.write(wipe);
      open = false;
      drawn = never;
    };
    return Object.assign(onProgress, { finish });
  },
);

/**
 * Progress in at most `columns` columns. What does not fit is left out: first the memory, then the time, the rate, the
 * bar. Where no bytes are read or written, tasks are counted instead.
 *
 * @example
 * formatProgress(progress, 60); // "██████░░░░  62%  12.3 GB/s  4 s left  118 MB"
 */
export function formatProgress(progress: Progress, columns: number): string {
  const { fraction, bytesRead, bytesWritten, bytesToRead, tasksDone, tasks } = progress;
  const complete = fraction >= 1;
  const done = Math.min(1, Math.max(0, fraction));
  const parts = [`${Math.floor(done * 100)}%`.padStart(4)];
  if (bytesRead + bytesWritten + bytesToRead > 0) parts.push(`${formatBytes(progress.bytesPerSecond)}/s`.padStart(9));
  else parts.push(`${tasksDone}/${tasks} tasks`);
  if (complete) parts.push(`in ${formatElapsed(progress.milliseconds)}`);
  else if (progress.millisecondsLeft !== null) parts.push(`${formatDuration(progress.millisecondsLeft)} left`);
  else parts.push("");
  parts.push(complete ? `peak ${formatBytes(progress.peakMemory)}` : formatBytes(progress.memory));

  // The bar's width depends on the columns alone: it must not jump when the words beside it change.
  const width = Math.min(widestBar, Math.max(narrowestBar, columns - widestText));
  const full = Math.floor(done * width);
  const bar = `${"█".repeat(full)}${"░".repeat(width - full)}`;
  const text = (): string => parts.filter((part) => part !== "").join("  ");
  while (parts.length > 1 && text().length + width + 1 > columns) parts.pop();
  if (text().length + width + 1 <= columns) return `${bar} ${text()}`;
  return text().trimStart().slice(0, Math.max(0, columns));
}

function formatElapsed(milliseconds: number): string {
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  return milliseconds < 59_950 ? `${(milliseconds / 1000).toFixed(1)} s` : formatDuration(milliseconds);
}

function formatDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
