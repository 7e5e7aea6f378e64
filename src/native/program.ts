/**
 * Other programs that the installation runs to their end, keeping their output for the message of a failure.
 *
 * Invariant: a program that is missing and one that fails both give a {@link NativeError} that says what to do.
 */
import { execFile } from "node:child_process";
import { NativeError, type NativeReason } from "../data/errors.js";

/** The messages for a program that cannot do its work. */
export interface ProgramFailure {
  readonly reason: NativeReason;
  /** The message if the program is missing. */
  readonly missing: string;
  /** The message if it fails; the last lines of its output follow. */
  readonly failed: string;
}

/** How a program is run. */
export interface ProgramOptions {
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** The most output that a program may write. */
const LARGEST_OUTPUT_BYTES = 2 ** 26;

/** How many lines of output a message shows. */
const SHOWN_LINES = 12;

/** The last lines of a text, without the credentials that an address in it may carry. */
function lastLines(text: string): string {
  const lines = text.trimEnd().split("\n").slice(-SHOWN_LINES);
  return lines.join("\n").replace(/\/\/[^/\s@]+@/g, "//");
}

/** Runs a program and returns its standard output. */
export function runProgram(
  command: string,
  args: readonly string[],
  failure: ProgramFailure,
  { folder, env, signal }: ProgramOptions = {},
): Promise<string> {
  const options = {
    cwd: folder,
    env: { ...process.env, ...env },
    signal,
    maxBuffer: LARGEST_OUTPUT_BYTES,
    encoding: "utf8",
  } as const;
  return new Promise((resolve, reject) => {
    execFile(command, [...args], options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      if (signal?.aborted) return reject(signal.reason);
      const { reason, missing, failed } = failure;
      if (error.code === "ENOENT") return reject(new NativeError(missing, { reason }, { cause: error }));
      const full = /No space left on device/.test(stderr);
      const message = `${failed}\n${lastLines(`${stdout}\n${stderr}`)}`;
      return reject(new NativeError(message, { reason: full ? "disk" : reason }, { cause: error }));
    });
  });
}
