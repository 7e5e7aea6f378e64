/** The row of Zarr. */
import type { FormatRow } from "../row.js";
import type { ZarrWriteOptions } from "./create.js";
import type { ZarrOpenOptions } from "./open.js";
import { holdsDocuments, zipSignature } from "./zip-archive.js";

/** Zarr arrays and groups in folders, and for reading in zip archives. */
export const zarrRow = {
  name: "zarr",
  word: "Zarr",
  label: "Zarr",
  signatures: [{ bytes: zipSignature, what: "a Zarr store in a zip archive", holds: holdsDocuments }],
  folder: { names: ["zarr.json", ".zarray", ".zgroup", ".zmetadata"] },
  member: { option: "path", of: "a Zarr group" },
  variables: true,
  openOptions: { path: true } satisfies Record<keyof ZarrOpenOptions, true>,
  write: {
    options: {
      path: true,
      mode: true,
      axis: true,
      region: true,
      writeEmptyChunks: true,
      resume: true,
      zarrFormat: true,
      chunks: true,
      shards: true,
      compressor: true,
      codecs: true,
      fillValue: true,
      attributes: true,
      dimensionNames: true,
      dimensionSeparator: true,
      order: true,
    } satisfies Record<Exclude<keyof ZarrWriteOptions, "key">, true>,
    compressions: {
      none: { compressor: null },
      zstd: { compressor: "zstd" },
      gzip: { compressor: "gzip" },
      blosc: { compressor: "blosc" },
    },
    endings: { ".zarr": {} },
    replace: { mode: "overwrite" },
  },
  load: async () => (await import("./format.js")).zarr,
} satisfies FormatRow;
