/** `chunkwise info FILE`: what a file holds; only its metadata is read, except for text, whose records are counted. */
import { formatBytes } from "../data/bytes.js";
import { type ChunkedArray, type ListedArray, listArrays } from "../index.js";
import type { Command } from "./command.js";
import { arrayTable, openInput } from "./input.js";

/** The command `info`. */
export const infoCommand: Command = {
  name: "info",
  summary: "shape, dtype, size and automatic chunks; of a file of several arrays, which there are",
  options: {
    ...arrayTable,
    json: { help: "print one JSON object: file, shape, dtype, size, nbytes, chunks; or file, arrays" },
  },
  async run(args, { print }) {
    const { file } = args;
    const arrays = args.text("array") === undefined ? await listArrays(file) : [];
    if (arrays.length > 1) {
      return print(args.flag("json") ? JSON.stringify({ file, arrays }) : tellArrays(file, arrays));
    }
    const array = await openInput(args, file, arrays[0]?.name);
    const { shape, dtype, size, nbytes, chunks } = array;
    return print(
      args.flag("json") ? JSON.stringify({ file, shape, dtype, size, nbytes, chunks }) : tellArray(file, array),
    );
  },
};

const shapeText = (shape: readonly number[]): string => `[${shape.join(", ")}]`;

function rowsOf(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, value]) => `${name.padEnd(width)}${value}`).join("\n");
}

function tellArray(file: string, { shape, dtype, size, nbytes, chunks }: ChunkedArray): string {
  const count = chunks.reduce((product, sizes) => product * sizes.length, 1);
  const largest = chunks.map(([first]) => first!);
  return rowsOf([
    ["file", file],
    ["shape", shapeText(shape)],
    ["dtype", dtype],
    ["elements", size.toLocaleString("en")],
    ["bytes", formatBytes(nbytes)],
    ["chunks", `${count} of ${count > 1 ? "up to " : ""}${shapeText(largest)}`],
  ]);
}

function tellArrays(file: string, arrays: readonly ListedArray[]): string {
  const facts = arrays.map(({ name, shape, dtype, refused }) => {
    const state = refused === undefined ? "" : "  (cannot be opened)";
    return [name, `${dtype} ${shapeText(shape)}${state}`] as const;
  });
  return rowsOf([["file", file], ["arrays", String(arrays.length)], ...facts]);
}
