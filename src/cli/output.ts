/** The files that commands write. */
import { store } from "../api/store.js";
import { toNpy } from "../api/targets.js";
import type { ChunkedArray, ComputeOptions } from "../index.js";

/** The format of results: its ending, and what help calls its files. */
export const resultFormat = { ending: ".npy", file: "a .npy file" } as const;

/** Computes an array into a file of the format of results. */
export async function saveResult(array: ChunkedArray, path: string, options: ComputeOptions): Promise<void> {
  await store([array], [toNpy(path)], options);
}
