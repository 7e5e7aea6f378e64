/** `chunkwise convert IN OUT`: an array from one format to another, chunk by chunk. */
import { existsSync } from "node:fs";
import { store, targetByEnding, writtenEndings } from "../api/store.js";
import { ArgumentError } from "../data/errors.js";
import { type Command, chunksOf, computeOptions, computeTable } from "./command.js";
import { arrayTable, openInput, openTable } from "./input.js";

/** The command `convert`. */
export const convertCommand: Command = {
  name: "convert",
  words: "IN OUT",
  summary: `write an array in another format: OUT ends with ${writtenEndings.join(", ")}`,
  options: {
    ...arrayTable,
    chunks: { value: "NxM", help: "chunks of OUT (row groups, batches), -1 for a whole axis; default: those of IN" },
    overwrite: { help: "replace OUT if it exists" },
    ...computeTable,
    ...openTable,
  },
  async run(args, context) {
    const [from, to] = args.files;
    const target = targetByEnding(to, { replace: args.flag("overwrite") });
    if (target === undefined) {
      throw new ArgumentError(`convert: OUT ends with ${writtenEndings.join(", ")}; got ${JSON.stringify(to)}`);
    }
    if (!args.flag("overwrite") && existsSync(to)) {
      throw new ArgumentError(`convert: ${to} exists; --overwrite replaces it`);
    }
    const x = await openInput(args, from);
    const chunks = chunksOf(args);
    await store([chunks === undefined ? x : x.rechunk(chunks)], [target], computeOptions(args, context));
  },
};
