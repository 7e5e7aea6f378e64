/** The interface of a command, and the options of all commands that compute. */
import { parseBytes } from "../data/bytes.js";
import type { ChunksLike } from "../data/chunks.js";
import type { ComputeOptions } from "../index.js";
import { type Arguments, given, type OptionTable } from "./arguments.js";

/** What a command may use of the process. */
export interface Context extends Required<Pick<ComputeOptions, "signal" | "onProgress">> {
  /** Writes a text and a newline to standard output. */
  print(text: string): Promise<void>;
  /** Writes a line to standard error: what a long command is doing, for people. */
  say(line: string): void;
}

/** A command: `chunkwise NAME FILE [options]`. */
export interface Command {
  readonly name: string;
  /** The words after its name, for help. Default: `FILE`. */
  readonly words?: string;
  /** One line for help. */
  readonly summary: string;
  readonly options: OptionTable;
  run(args: Arguments, context: Context): Promise<void>;
}

/** The options of commands that compute; {@link computeOptions} reads them. */
export const computeTable = {
  workers: { value: "N", help: "worker threads; default: the physical cores" },
  memory: { value: "SIZE", help: 'memory to use, such as "512MB" or "2GiB"; default: half of what is free' },
  backend: { value: "NAME", help: "wasm (default), tensorflow (see: chunkwise native), javascript or reference" },
  progress: { help: "show progress on standard error even if that is not a terminal" },
} as const satisfies OptionTable;

/** The value of `--chunks` as an option of the library. */
export function chunksOf(args: Arguments): ChunksLike | undefined {
  if (args.text("chunks") === "auto") return "auto";
  const sizes = args.wholes("chunks", /x/i, "1000x1024, or auto");
  return sizes?.length === 1 ? sizes[0] : sizes;
}

/** The values of {@link computeTable} as options of the library. */
export function computeOptions(args: Arguments, { signal, onProgress }: Context): ComputeOptions {
  const memory = args.text("memory");
  return {
    signal,
    onProgress,
    ...given({
      workers: args.whole("workers"),
      memoryLimit: memory === undefined ? undefined : parseBytes(memory, args.place("memory")),
      backend: args.text("backend"),
    }),
  };
}
