/**
 * Files as chunked arrays: options are checked and split, the format opens the file, and its elements get an
 * expression.
 */
import type { ChunksLike } from "../data/chunks.js";
import { checkOptions, checkPath } from "../data/options.js";
import type { OpenedArray } from "../formats/format.js";
import { openArray, openArrayNow } from "../formats/opening.js";
import type { EagerRow, FormatRow } from "../formats/row.js";
import { concat, stack } from "../ops/concat.js";
import { encodedExpr, fileExpr } from "../ops/sources.js";
import { ChunkedArray } from "./chunked-array.js";
import { chunkLimit } from "./settings.js";

/** The options of functions that open files. */
export interface OpenOptions {
  /**
   * How the array is cut. Default `"auto"`: contiguous stretches of the file of 4 to 64 MiB, or whole parts of it
   * (chunks, row groups, batches) of together that size.
   */
  readonly chunks?: ChunksLike;
}

/** Options of opening, apart: the chunks, and the options of the format. */
interface SplitOptions {
  readonly operation: string;
  readonly chunks: ChunksLike;
  readonly own: object;
}

/** Checks what is passed to a function that opens files, and splits its options. */
function splitOptions(row: FormatRow, path: string, options: OpenOptions): SplitOptions {
  const operation = `open${row.word}`;
  checkPath(path, operation);
  checkOptions(options, ["chunks", ...Object.keys(row.openOptions ?? {})], operation);
  const { chunks = "auto", ...own } = options;
  return { operation, chunks, own };
}

function arrayOf(opened: OpenedArray, { chunks, operation }: SplitOptions): ChunkedArray {
  if (opened.kind === "strided") return new ChunkedArray(fileExpr(opened.file, chunks, operation, chunkLimit()));
  if (opened.kind === "encoded") return new ChunkedArray(encodedExpr(opened.array, chunks, operation, chunkLimit()));
  const { files, axis } = opened;
  const arrays = files.map((file) => new ChunkedArray(fileExpr(file, "auto", operation, chunkLimit())));
  const all = axis === "new" ? stack(arrays) : concat(arrays, { axis });
  return chunks === "auto" ? all : all.rechunk(chunks);
}

/** Opens a file as an array of one format. */
export async function openAs(row: FormatRow, path: string, options: OpenOptions): Promise<ChunkedArray> {
  const split = splitOptions(row, path, options);
  return arrayOf(await openArray(row, path, split.own), split);
}

/** {@link openAs} at once, for a format that is always loaded. */
export function openNowAs(row: EagerRow, path: string, options: OpenOptions): ChunkedArray {
  const split = splitOptions(row, path, options);
  return arrayOf(openArrayNow(row, path, split.own), split);
}
