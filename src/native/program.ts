/**
 * Other programs that the installation needs: run to their end, their output kept for the message of a failure.
 *
 * Invariant: a program that is not there and one that fails are both a {@link NativeError} that says what to do.
 */
import { execFile } from "node:child_process";
import { NativeError, type NativeReason } from "../data/errors.js";

/** What is told when a program cannot do its work. */
export interface ProgramFailure {
  readonly reason: NativeReason;
  /** For when the program is not there. */
  readonly missing: string;
  /** For when it fails; the last lines of what it wrote follow. */
  readonly failed: string;
}

/** How a program is run. */
export interface ProgramOptions {
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** The last lines of a text, without the credentials that an address may carry. */
export function lastLines(text: string, count = 12): string {
  const lines = text.trimEnd().split("\n").slice(-count);
  return lines.join("\n").replace(/\/\/[^/\s@]+@/g, "//");
}

/** Runs a program and gives its standard output. */
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
    maxBuffer: 2 ** 26,
    encoding: "utf8",
  } as const;
  return new Promise((resolve, reject) => {
    execFile(command, [...args], options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      if (signal?.aborted) return reject(signal.reason as Error);
      const { reason, missing, failed } = failure;
      if (error.code === "ENOENT") return reject(new NativeError(missing, { reason }, { cause: error }));
      const full = /No space left on device/.test(stderr);
      const message = `${failed}\n${lastLines(`${stdout}\n${stderr}`)}`;
      return reject(new NativeError(message, { reason: full ? "disk" : reason }, { cause: error }));
    });
  });
}
