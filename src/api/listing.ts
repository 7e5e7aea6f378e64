/** The arrays in files and folders that may hold several. */
import { checkPath } from "../data/options.js";
import { detect, knownFormats } from "../formats/detect.js";
import type { ListedEntry } from "../formats/format.js";
import { rows } from "../formats/index.js";
import { withFormat } from "../formats/opening.js";
import type { FormatRow } from "../formats/row.js";
import { openAs } from "./file-arrays.js";
import { open } from "./open.js";

/** An array in a file, as {@link listArrays} describes it. */
export interface ListedArray {
  /** Its name in the file: the value of `path`, `dataset` or `member` that opens it; empty where the file is the array. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Its dtype, or in the format's words what it holds where that cannot be opened. */
  readonly dtype: string;
  /** Why it cannot be opened; absent where it can. */
  readonly refused?: string;
}

/** What files are called that may hold several arrays. */
export const severalArrays: readonly string[] = rows.flatMap(({ member }) => member?.of ?? []);

/** What the formats are called that are recognised. */
export const readFormats: readonly string[] = knownFormats;

/**
 * Opens an array of a file by the name that {@link listArrays} gives it. Without a name, as {@link open} does.
 *
 * Rejects as {@link open} does; a name is ignored where the format has only one array.
 * @example const x = await openNamed("run.h5", "/detector/counts");
 */
export async function openNamed(path: string, name?: string): ReturnType<typeof open> {
  checkPath(path, "open");
  return name === undefined ? open(path) : openMember(detect(path).row, path, name);
}

function openMember(row: FormatRow, path: string, name: string): ReturnType<typeof open> {
  return row.member === undefined ? open(path) : openAs(row, path, { [row.member.option]: name });
}

/**
 * The arrays in a file or a folder: those of a Zarr group, an HDF5 file, a .npz file; of other formats the one that it is.
 * Reads metadata only.
 *
 * Rejects as {@link open} does.
 * @example for (const { name, shape, dtype } of await listArrays("run.h5")) console.log(name, shape, dtype);
 */
export async function listArrays(path: string): Promise<ListedArray[]> {
  checkPath(path, "listArrays");
  const { row } = detect(path);
  const entries = await withFormat(row, ({ list }) => list?.(path));
  if (entries === undefined) return [await factsOf("", open(path))];
  return Promise.all(entries.map((entry) => listed(row, path, entry)));
}

async function listed(row: FormatRow, path: string, entry: ListedEntry): Promise<ListedArray> {
  const { name, shape, dtype = "unknown", refused } = entry;
  if (shape === undefined) return factsOf(name, openMember(row, path, name));
  return { name, shape, dtype, ...(refused === undefined ? {} : { refused }) };
}

async function factsOf(name: string, opening: ReturnType<typeof open>): Promise<ListedArray> {
  const { shape, dtype } = await opening;
  return { name, shape, dtype };
}
