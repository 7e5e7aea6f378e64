/** Libraries of Zstandard, loaded when a file needs them. */
import { once } from "../once.js";

/** Zstandard in WebAssembly. */
export const loadCompiledZstd = once(() => import("numcodecs/zstd"));

/** Zstandard in JavaScript, which stops where its memory ends. */
export const loadCompressors = once(() => import("hyparquet-compressors"));
