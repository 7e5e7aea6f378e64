/** The file that a command reads, in any format. */
import { openWords, severalArrays } from "../api/listing.js";
import { ArgumentError } from "../data/errors.js";
import { type ChunkedArray, type OpenAnyOptions, openNamed } from "../index.js";
import type { Arguments, OptionTable } from "./arguments.js";
import { openValue } from "./words.js";

/** The option that names an array in a file of several. */
export const arrayTable = {
  array: { value: "NAME", help: `which array of ${orList(severalArrays)}` },
} as const satisfies OptionTable;

/** Words as a list: `a, b or c`. */
function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

/** The options of opening, of all formats. */
export const openTable: OptionTable = openWords();

/** True if a command line gives an option of opening. */
export function hasOpenOptions(args: Arguments): boolean {
  return Object.keys(openTable).some((name) => args.text(name) !== undefined);
}

/** Opens the array that a command line names; `only` is the name of the array in a file that holds one. */
export async function openInput(args: Arguments, file: string, only?: string): Promise<ChunkedArray> {
  const name = args.text("array") ?? only;
  return openNamed(file, name === "" ? undefined : name, hasOpenOptions(args) ? openOptions(args, file) : {});
}

/** The options of a file's format, from those that are given. */
function openOptions(args: Arguments, file: string): OpenAnyOptions {
  const known = openWords(file);
  const options = Object.keys(openTable).flatMap((name) => {
    const text = args.text(name);
    if (text === undefined) return [];
    const word = known[name];
    if (word === undefined) throw new ArgumentError(`${args.place(name)} is no option of the format of ${file}`);
    return [[word.option, openValue(text, word, args.place(name))]];
  });
  return Object.fromEntries(options);
}
