/** Libraries of Zarr, loaded when an array needs them. */
import { once } from "../once.js";

/** Codecs that neither Node nor chunkwise has. */
export const loadZarrita = once(() => import("zarrita"));
