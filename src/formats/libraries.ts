/**
 * What a format needs only for some of its files: libraries, and parts of it that need one. Each is loaded when the first such file is met
 * on a thread: a library is up to a hundred modules, and loading those takes as long as many a computation.
 */

function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => {
    loaded ??= load();
    return loaded;
  };
}

/** What loads them. */
export const libraries = {
  /** Blocks of LZ4, in WebAssembly. */
  lz4: once(() => import("numcodecs/lz4")),
  /** Zstandard in WebAssembly. */
  zstd: once(() => import("numcodecs/zstd")),
  /** Snappy in WebAssembly; Zstandard in JavaScript, which stops where its memory ends. */
  compressors: once(() => import("hyparquet-compressors")),
  /** What writes Parquet: row groups, and the metadata of all. */
  parquetWriter: once(() => import("hyparquet-writer")),
  parquetMetadata: once(() => import("hyparquet-writer/src/metadata.js")),
  /** Codecs of Zarr that are neither Node's nor ours. */
  zarrita: once(() => import("zarrita")),
  /** What reads the metadata of Arrow's batches, with Arrow's own accessors. */
  arrowMessages: once(() => import("./arrow/message.js")),
};
