/** Libraries of Parquet, loaded when a file needs them. */
import { once } from "../once.js";

/** Snappy in WebAssembly. */
export const loadCompressors = once(() => import("hyparquet-compressors"));

/** The writer of row groups. */
export const loadWriter = once(() => import("hyparquet-writer"));

/** The writer of a file's metadata. */
export const loadMetadataWriter = once(() => import("hyparquet-writer/src/metadata.js"));
