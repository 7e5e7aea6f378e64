/** The arrays in files and folders that may hold several. */
import { takesOnly } from "../data/arguments.js";
import { ArgumentError, FormatError } from "../data/errors.js";
import { checkPath } from "../data/options.js";
import { shown } from "../data/shown.js";
import { detect, knownFormats } from "../formats/detect.js";
import type { ListedEntry } from "../formats/format.js";
import { rows } from "../formats/index.js";
import { withFormat } from "../formats/opening.js";
import type { FormatRow, OptionWord } from "../formats/row.js";
import { openAs } from "./file-arrays.js";
import { type OpenAnyOptions, open } from "./open.js";

/** An array in a file, as {@link listArrays} describes it. */
export interface ListedArray {
  /** Its name in the file: the value of `path`, `dataset` or `member` that opens it; empty if the file is the array. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Its dtype; if it cannot be opened, what it holds, in the format's words. */
  readonly dtype: string;
  /** Why it cannot be opened; absent if it can. */
  readonly refused?: string;
}

/** The names of the kinds of files that may hold several arrays. */
export const severalArrays: readonly string[] = rows.flatMap(({ member }) => member?.of ?? []);

/** The names of the formats that are recognised. */
export const readFormats: readonly string[] = knownFormats;

/**
 * Opens an array of a file by the name that {@link listArrays} gives it. Without a name, as {@link open} does. The
 * options are those of the format.
 *
 * Rejects as {@link open} does; a name is ignored if files of the format hold only one array.
 * @example const x = await openNamed("run.h5", "/detector/counts");
 */
export const openNamed = takesOnly(
  "openNamed",
  ["path", "name", "options"],
  async (path: string, name?: string, options: OpenAnyOptions = {}): ReturnType<typeof open> => {
    checkPath(path, "openNamed");
    if (name !== undefined && typeof name !== "string")
      throw new ArgumentError(`openNamed: name is that of an array in the file; got ${shown(name)}`);
    return name === undefined ? open(path, options) : openMember(detect(path).row, path, name, options);
  },
);

function openMember(row: FormatRow, path: string, name: string, options: OpenAnyOptions = {}): ReturnType<typeof open> {
  return row.member === undefined ? open(path, options) : openAs(row, path, { ...options, [row.member.option]: name });
}

/** The options of opening that a command line may give, of all formats or of the one that a path has. */
export function openWords(path?: string): Readonly<Record<string, OptionWord>> {
  const from = path === undefined ? rows : [detect(path).row];
  return Object.fromEntries(from.toReversed().flatMap((row) => Object.entries(wordsOf(row))));
}

function wordsOf({ openWords = {}, variables }: FormatRow): Readonly<Record<string, OptionWord>> {
  return variables === true ? { decode: decodeWord, ...openWords } : openWords;
}

const decodeWord = {
  ...{ option: "decode", value: "cf", form: "text" },
  help: "cf: apply scale, offset and missing elements, as climate data have them",
} as const satisfies OptionWord;

/**
 * The arrays in a file or a folder: all arrays of a Zarr group, an HDF5 file or a .npz file; for other formats, the one
 * array. Reads metadata only. An array that cannot be opened, among several, is listed with the reason.
 *
 * Rejects as {@link open} does.
 * @example for (const { name, shape, dtype } of await listArrays("run.h5")) console.log(name, shape, dtype);
 */
export const listArrays = takesOnly("listArrays", ["path"], async (path: string): Promise<ListedArray[]> => {
  checkPath(path, "listArrays");
  const { row } = detect(path);
  const entries = await withFormat(row, ({ list }) => list?.(path));
  if (entries === undefined) return [await factsOf("", open(path))];
  return Promise.all(entries.map((entry) => listed(row, path, entry)));
});

async function listed(row: FormatRow, path: string, entry: ListedEntry): Promise<ListedArray> {
  const { name, dtype = "unknown", refused } = entry;
  const shape = entry.shape ?? (refused === undefined ? undefined : []);
  if (shape === undefined) {
    try {
      return await factsOf(name, openMember(row, path, name));
    } catch (error) {
      // it hides no other array
      if (!(error instanceof FormatError)) throw error;
      return { name, shape: [], dtype, refused: error.message };
    }
  }
  return { name, shape, dtype, ...(refused === undefined ? {} : { refused }) };
}

async function factsOf(name: string, opening: ReturnType<typeof open>): Promise<ListedArray> {
  const { shape, dtype } = await opening;
  return { name, shape, dtype };
}
