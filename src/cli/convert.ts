/** `chunkwise convert IN OUT`: an array from one format to another, chunk by chunk. */
import { existsSync } from "node:fs";
import { ArgumentError } from "../data/errors.js";
import { store, type Target, toArrow, toCsv, toNpy, toParquet, toZarr } from "../index.js";
import type { Arguments } from "./arguments.js";
import { type Command, chunksOf, computeOptions, computeTable } from "./command.js";
import { arrayTable, openInput } from "./input.js";

/** How files are written, by their endings. */
const targets: Readonly<Record<string, (path: string, args: Arguments) => Target>> = {
  ".npy": (path) => toNpy(path),
  ".zarr": (path, args) => toZarr(path, args.flag("overwrite") ? { mode: "overwrite" } : {}),
  ".arrow": (path) => toArrow(path),
  ".feather": (path) => toArrow(path),
  ".parquet": (path) => toParquet(path),
  ".csv": (path) => toCsv(path),
  ".tsv": (path) => toCsv(path, { delimiter: "\t" }),
};

/** The command `convert`. */
export const convertCommand: Command = {
  name: "convert",
  words: "IN OUT",
  summary: `write an array in another format: OUT ends with ${Object.keys(targets).join(", ")}`,
  options: {
    ...arrayTable,
    chunks: { value: "NxM", help: "chunks of OUT (row groups, batches), -1 for a whole axis; default: those of IN" },
    overwrite: { help: "replace OUT where it exists" },
    ...computeTable,
  },
  async run(args, context) {
    const [from, to] = args.files;
    const target = Object.entries(targets).find(([ending]) => to.toLowerCase().endsWith(ending))?.[1];
    if (target === undefined) {
      throw new ArgumentError(`convert: OUT ends with ${Object.keys(targets).join(", ")}; got ${JSON.stringify(to)}`);
    }
    if (!args.flag("overwrite") && existsSync(to)) {
      throw new ArgumentError(`convert: ${to} exists; --overwrite replaces it`);
    }
    const x = await openInput(args, from);
    const chunks = chunksOf(args);
    await store([chunks === undefined ? x : x.rechunk(chunks)], [target(to, args)], computeOptions(args, context));
  },
};
