/** `chunkwise convert IN OUT`: arrays from one format to another, chunk by chunk. */
import { decodedVariable } from "../api/cf.js";
import { type Copy, store, type Target, targetByEnding, writtenEndings } from "../api/store.js";
import { variableAt, withColumns } from "../api/variables.js";
import { ArgumentError } from "../data/errors.js";
import { type ChunkedArray, listArrays } from "../index.js";
import type { Arguments } from "./arguments.js";
import { type Command, chunksOf, computeOptions, computeTable } from "./command.js";
import { arrayTable, openInput, openTable } from "./input.js";
import { overwriteTable, refuseExisting } from "./output.js";

/** The command `convert`. */
export const convertCommand: Command = {
  name: "convert",
  words: "IN OUT",
  summary: `write an array in another format: OUT ends with ${writtenEndings.join(", ")}`,
  options: {
    ...arrayTable,
    into: { value: "NAME", help: "the name of the array in OUT, where OUT is a group; readers of groups need one" },
    all: { help: "write all arrays of IN, each under its name in OUT" },
    chunks: { value: "NxM", help: "chunks of OUT (row groups, batches), -1 for a whole axis; default: those of IN" },
    compress: { value: "NAME", help: "compression of OUT: none, zstd, gzip, lz4, snappy or blosc, as its format has" },
    ...overwriteTable,
    ...computeTable,
    ...openTable,
  },
  async run(args, context) {
    const [from, to] = args.files;
    targetFor(args, to); // before anything is read
    refuseExisting(args, to);
    const names = args.flag("all") ? await namesIn(args, from, context.say) : [args.text("array")];
    const copies: { readonly x: ChunkedArray; readonly target: Target }[] = [];
    for (const name of names) copies.push(...(await copiesOf(args, from, to, name)));
    await store(
      copies.map(({ x }) => x),
      copies.map(({ target }) => target),
      computeOptions(args, context),
    );
  },
};

/** The names of all arrays of a file that can be opened; of the others, why they are left out. */
async function namesIn(args: Arguments, from: string, say: (line: string) => void): Promise<string[]> {
  for (const other of ["array", "into"]) {
    if (args.text(other) !== undefined) throw new ArgumentError(`convert: give either --all or --${other}`);
  }
  const arrays = await listArrays(from);
  for (const { name, refused } of arrays) if (refused !== undefined) say(`${name} is left out: ${refused}`);
  const names = arrays.filter(({ refused }) => refused === undefined).map(({ name }) => name);
  if (names.length === 0) throw new ArgumentError(`convert: ${from} has no array that can be opened`);
  return names;
}

/** An array and where it goes, with what its file says of it; among all arrays, none that stands only for a length. */
async function copiesOf(args: Arguments, from: string, to: string, name: string | undefined) {
  const chunks = chunksOf(args);
  const x = await openInput(args, from, name);
  const variable = await variableAt(from, name || args.text("column"));
  if (args.flag("all") && variable.isPlaceholder) return [];
  const inside = args.flag("all") ? name?.replace(/^\/+/, "") || undefined : args.text("into");
  const described = args.text("decode") === undefined ? variable : decodedVariable(variable);
  const target = targetFor(args, to, { inside, variable: withColumns(described, x) });
  return [{ x: chunks === undefined ? x : x.rechunk(chunks), target }];
}

function targetFor(args: Arguments, to: string, copy?: Pick<Copy, "inside" | "variable">): Target {
  const target = targetByEnding(to, {
    operation: args.command,
    replace: args.flag("overwrite"),
    compression: args.text("compress"),
    ...copy,
  });
  if (target !== undefined) return target;
  throw new ArgumentError(`convert: OUT ends with ${writtenEndings.join(", ")}; got ${JSON.stringify(to)}`);
}
