/** Zarr as a row of the table of formats: what a worker does with an array, and what the main thread does. */
import { createZarr } from "./create.js";
import { zarrWriter } from "./writer.js";

/** The writing half of the format Zarr. */
export const zarr = { writer: zarrWriter, create: createZarr };
