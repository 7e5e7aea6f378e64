/** The file that a command reads, in any format. */
import { severalArrays } from "../api/listing.js";
import { type ChunkedArray, openNamed } from "../index.js";
import type { Arguments, OptionTable } from "./arguments.js";

/** The option that names an array in a file of several. */
export const arrayTable = {
  array: { value: "NAME", help: `which array of ${orList(severalArrays)}; see: chunkwise info FILE` },
} as const satisfies OptionTable;

/** Words as a list: `a, b or c`. */
function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

/** Opens the array that a command line names; `only` is the name of the array in a file that holds one. */
export function openInput(args: Arguments, file: string, only?: string): Promise<ChunkedArray> {
  const name = args.text("array") ?? only;
  return openNamed(file, name === "" ? undefined : name);
}
