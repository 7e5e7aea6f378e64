/** Libraries that formats of tables share, loaded when a file needs them. */
import { once } from "../once.js";

/** LZ4 blocks in WebAssembly. */
export const loadLz4 = once(() => import("numcodecs/lz4"));
