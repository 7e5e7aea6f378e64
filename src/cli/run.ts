/**
 * A command line from its words to its exit code.
 *
 * Invariant: standard output carries results only. Everything else is at most one line on standard error, and the
 * progress. An interrupted or failed command ends its computation before this returns, so that no partial file remains.
 */
import { inspect } from "node:util";
import { messageOf } from "../data/causes.js";
import { ArgumentError, NativeError } from "../data/errors.js";
import { version } from "../data/version.js";
import { progressBar } from "../diagnostics/progress.js";
import { close } from "../index.js";
import { Arguments } from "./arguments.js";
import type { Command } from "./command.js";
import { convertCommand } from "./convert.js";
import { generateCommand } from "./generate.js";
import { commandHelp, help } from "./help.js";
import { histogramCommand } from "./histogram.js";
import { infoCommand } from "./info.js";
import { nativeCommand } from "./native.js";
import { reduceCommands } from "./reduce.js";

const commands: readonly Command[] = [
  ...reduceCommands,
  histogramCommand,
  infoCommand,
  convertCommand,
  generateCommand,
  nativeCommand,
];

/** The exit codes of a process that a signal ended, by convention: 128 plus the number of the signal. */
const signals = { SIGINT: 130, SIGTERM: 143 } as const;

/** Runs a command line, without the names of program and script; resolves to the exit code and never throws. */
export async function run(words: readonly string[]): Promise<number> {
  const stop = new AbortController();
  let interrupted: number | undefined;
  for (const [signal, code] of Object.entries(signals)) {
    // once: a second Ctrl-C ends the process at once
    process.once(signal, () => {
      interrupted = code;
      stop.abort();
    });
  }
  // a reader that closes the pipe, such as head, is not a failure; all other errors reach `print`
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  try {
    await dispatch(words, stop.signal);
    return 0;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EPIPE") return 0;
    process.stderr.write(`chunkwise: ${interrupted === undefined ? reportOf(error) : "interrupted"}\n`);
    return interrupted ?? 1;
  }
}

async function dispatch([name, ...rest]: readonly string[], signal: AbortSignal): Promise<void> {
  if (name === "--help" || name === "-h") return print(help(commands));
  if (name === "--version") return print(version);
  if (name === "help") return print(rest[0] === undefined ? help(commands) : commandHelp(commandOf(rest[0])));
  const command = commandOf(name);
  const args = Arguments.parse(command.name, rest, command.options);
  if (args.flag("help")) return print(commandHelp(command));
  const bar = progressBar(process.stderr, { force: args.flag("progress") });
  try {
    await command.run(args, { signal, onProgress: bar, print, say });
  } finally {
    bar.finish();
    await close();
  }
}

function commandOf(name: string | undefined): Command {
  const command = commands.find((candidate) => candidate.name === name);
  if (command !== undefined) return command;
  const names = commands.map((known) => known.name).join(", ");
  const got = name === undefined ? "expected a command" : `unknown command ${JSON.stringify(name)}`;
  throw new ArgumentError(`${got}; commands are ${names} (see chunkwise --help)`);
}

function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(`${text}\n`, (error) => (error ? reject(error) : resolve()));
  });
}

function say(line: string): void {
  process.stderr.write(`chunkwise: ${line}\n`);
}

function reportOf(error: unknown): string {
  if (process.env.CHUNKWISE_DEBUG === "1") return inspect(error);
  // the output of a compiler or of pip has lines of its own
  if (error instanceof NativeError) return error.message;
  const message = messageOf(error);
  return message.replace(/\s*\n\s*/g, " ");
}
