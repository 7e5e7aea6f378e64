/** Zarr: arrays in folders, chunk by chunk, compressed. */
import { checkOptions } from "../ops/define.js";
import { encodedExpr } from "../ops/sources.js";
import { loadFormat } from "../storage/formats/index.js";
import type { ZarrWriteOptions } from "../storage/formats/zarr/create.js";
import type { ZarrOpenOptions } from "../storage/formats/zarr/open.js";
import { ChunkedArray } from "./chunked-array.js";
import { chunkLimit } from "./config.js";
import type { OpenOptions } from "./open.js";
import { checkPath, encodedTarget, type Target } from "./save.js";

/** The options of {@link openZarr}. */
export interface OpenZarrOptions extends OpenOptions, ZarrOpenOptions {}

/** The options of {@link toZarr}. */
export type ZarrOptions = Omit<ZarrWriteOptions, "key">;

const writeOptions: readonly (keyof ZarrOptions)[] = [
  ...(["path", "mode", "axis", "region", "writeEmptyChunks", "resume", "zarrFormat", "chunks", "shards"] as const),
  ...(["compressor", "codecs", "fillValue", "attributes", "dimensionNames", "dimensionSeparator", "order"] as const),
];

/**
 * Opens a Zarr array, version 2 or 3, with shards or without. Reads metadata only, now; chunks are decoded in the workers
 * when something is computed, and of a shard only the chunks that are needed. Automatic chunks are whole chunks of the file.
 *
 * Rejects with a StorageError when nothing stands at the path, a FormatError when it is damaged, a group (the message names
 * its arrays), or holds what is no number.
 * @example
 * const t = await openZarr("climate.zarr", { path: "surface/temperature" });
 */
export async function openZarr(path: string, options: OpenZarrOptions = {}): Promise<ChunkedArray> {
  checkOptions(options, ["chunks", "path"], "openZarr");
  checkPath(path, "openZarr");
  const { chunks = "auto", ...own } = options;
  const { array } = await (await loadFormat("zarr")).open(path, own);
  return new ChunkedArray(encodedExpr(array, chunks, "openZarr", chunkLimit()));
}

/**
 * A Zarr array as a target of {@link store}: new, in the place of another (`mode: "overwrite"`), more of one
 * (`mode: "append"`), or a part of one (`region`). One task writes one chunk or shard; the array is cut for that. With
 * `resume: true` a failed or interrupted run keeps what it has written, and the same computation goes on from there.
 * @example await store([x, y], [toZarr("out.zarr", { path: "x" }), toZarr("out.zarr", { path: "y", shards: 4096, chunks: 512 })]);
 */
export function toZarr(path: string, options: ZarrOptions = {}): Target {
  checkOptions(options, writeOptions, "toZarr");
  checkPath(path, "toZarr");
  const name = options.path === undefined ? path : `${path}/${options.path}`;
  return encodedTarget(name, async ({ meta, key }) => {
    const { dtype, shape, chunks } = meta;
    const keyed = options.resume === true ? { ...options, key } : options;
    return (await loadFormat("zarr")).create(path, { dtype, shape, chunks }, keyed);
  });
}
