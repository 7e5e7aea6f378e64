/** Arrays from files. Opening reads only the header. */
import type { ChunksLike } from "../data/chunks.js";
import { ArgumentError } from "../data/errors.js";
import { checkOptions } from "../ops/define.js";
import { fileExpr } from "../ops/sources.js";
import { readNpyHeader } from "../storage/formats/npy.js";
import { ChunkedArray } from "./chunked-array.js";
import { chunkLimit } from "./config.js";

/** The options of functions that open files. */
export interface OpenOptions {
  /** How the array is cut. Default `"auto"`: contiguous stretches of the file of 4 to 64 MiB. */
  readonly chunks?: ChunksLike;
}

/**
 * Opens a NumPy .npy file (versions 1 to 3, C and Fortran order, any byte order) as an array. Reads the header only, now;
 * the data is read tile by tile when something is computed. float16 is widened to float32.
 *
 * Throws a StorageError when the file cannot be opened and a FormatError, with path and offset, when it is damaged or of a
 * kind that is refused (structured dtypes, pickled objects).
 * @example
 * const x = openNpy("huge.npy");
 * const means = await x.mean(0).compute();
 */
export function openNpy(path: string, options: OpenOptions = {}): ChunkedArray {
  checkOptions(options, ["chunks"], "openNpy");
  if (typeof path !== "string" || path === "")
    throw new ArgumentError(`openNpy: takes a path, not ${JSON.stringify(path)}`);
  return new ChunkedArray(fileExpr(readNpyHeader(path), options.chunks ?? "auto", "openNpy", chunkLimit()));
}
