/**
 * Files as chunked arrays: options are checked and split, the format opens the file, and its elements get an
 * expression.
 */
import type { ChunksLike } from "../data/chunks.js";
import type { DType } from "../data/dtype.js";
import { ArgumentError } from "../data/errors.js";
import { checkOptions, checkPath } from "../data/options.js";
import type { OpenedArray } from "../formats/format.js";
import { openArray, openArrayNow } from "../formats/opening.js";
import type { EagerRow, FormatRow } from "../formats/row.js";
import { concat, stack } from "../ops/concat.js";
import { encodedExpr, fileExpr } from "../ops/sources.js";
import { decodeCf } from "./cf.js";
import { ChunkedArray } from "./chunked-array.js";
import { chunkLimit } from "./settings.js";
import { variableIn } from "./variables.js";

/** How many arrays are opened at a time: each keeps its file open meanwhile, and a program may begin with thousands. */
const MOST_OPENINGS = 16;

let openings = 0;
const waiting: (() => void)[] = [];

/** Opens something in its turn. Written out, because the stack of an error would not reach the caller of a queue. */
async function inTurn<T>(open: () => Promise<T>): Promise<T> {
  if (openings < MOST_OPENINGS) openings++;
  else await new Promise<void>((begin) => waiting.push(begin));
  try {
    return await open();
  } finally {
    const begin = waiting.shift();
    if (begin === undefined) openings--;
    else begin(); // which takes over this turn
  }
}

/** The options of functions that open files. */
export interface OpenOptions {
  /**
   * How the array is cut. Default `"auto"`: contiguous stretches of the file of 4 to 64 MiB, or whole parts of it
   * (chunks, row groups, batches) of together that size.
   */
  readonly chunks?: ChunksLike;
}

/** The option of functions that open arrays whose attributes may say what elements mean. */
export interface DecodeOptions {
  /**
   * `"cf"`: elements are decoded as the CF conventions for climate data say, with xarray's rules for dtypes. Integers
   * get the sign that `_Unsigned` gives them; elements equal to `_FillValue` or `missing_value` become NaN; then all
   * are multiplied by `scale_factor`, and `add_offset` is added. This is lazy, and costs no pass of its own. Times stay
   * numbers. Default: elements as they are stored.
   */
  readonly decode?: "cf";
}

/** Options of opening, apart: the chunks, the decoding, and the options of the format. */
interface SplitOptions {
  readonly operation: string;
  readonly chunks: ChunksLike;
  readonly decode: "cf" | undefined;
  readonly own: object;
}

/** Checks what is passed to a function that opens files, and splits its options. */
function splitOptions(row: FormatRow, path: string, options: OpenOptions & DecodeOptions): SplitOptions {
  const operation = `open${row.word}`;
  checkPath(path, operation);
  const general = row.variables === true ? ["chunks", "decode"] : ["chunks"];
  checkOptions(options, [...general, ...Object.keys(row.openOptions ?? {})], operation);
  const { chunks = "auto", decode, ...own } = options;
  if (decode !== undefined && decode !== "cf") {
    throw new ArgumentError(`${operation}: decode is "cf", or left out, not ${JSON.stringify(decode)}`);
  }
  return { operation, chunks, decode, own };
}

function arrayOf<D extends DType>(opened: OpenedArray, { chunks, operation }: SplitOptions): ChunkedArray<D> {
  if (opened.kind === "strided") return new ChunkedArray(fileExpr(opened.file, chunks, operation, chunkLimit()));
  if (opened.kind === "encoded") return new ChunkedArray(encodedExpr(opened.array, chunks, operation, chunkLimit()));
  const { files, axis } = opened;
  const arrays = files.map((file) => new ChunkedArray(fileExpr(file, "auto", operation, chunkLimit())));
  const { expr } = axis === "new" ? stack(arrays) : concat(arrays, { axis });
  const all = new ChunkedArray<D>(expr);
  return chunks === "auto" ? all : new ChunkedArray(all.rechunk(chunks).expr);
}

/** Opens a file as an array of one format. */
export async function openAs<D extends DType>(
  row: FormatRow,
  path: string,
  options: OpenOptions,
): Promise<ChunkedArray<D>> {
  const split = splitOptions(row, path, options);
  const opened = await inTurn(() => openArray(row, path, split.own));
  const array = arrayOf<D>(opened, split);
  if (split.decode === undefined) return array;
  const inside = opened.kind === "files" ? undefined : opened.inside;
  return new ChunkedArray(decodeCf(array, await variableIn(row, path, inside), path).expr);
}

/** {@link openAs} at once, for a format that is always loaded. */
export function openNowAs<D extends DType>(row: EagerRow, path: string, options: OpenOptions): ChunkedArray<D> {
  const split = splitOptions(row, path, options);
  return arrayOf(openArrayNow(row, path, split.own), split);
}
