/**
 * `chunkwise info FILE`: the contents of a file. Reads only metadata, except for text, whose records are counted. If
 * the attributes of a file cannot be read, its arrays are described all the same.
 */

import { toJSONElement } from "../api/elements.js";
import { type Attributes, describeFile } from "../api/metadata.js";
import { formatBytes } from "../data/bytes.js";
import { type ChunkedArray, type ColumnStatistics, type ListedArray, listArrays } from "../index.js";
import type { Command } from "./command.js";
import { arrayTable, hasOpenOptions, openInput, openTable } from "./input.js";

/** The command `info`. */
export const infoCommand: Command = {
  name: "info",
  summary: "shape, dtype, size, chunks and attributes; or the arrays of a file that holds several",
  options: {
    ...arrayTable,
    json: { help: "print JSON: file; shape, dtype, size, nbytes, chunks, or arrays; attributes, columns" },
    ...openTable,
  },
  async run(args, { print, say }) {
    const { file } = args;
    const chosen = args.text("array") !== undefined || hasOpenOptions(args);
    const arrays = chosen ? [] : await listArrays(file);
    const several = arrays.length > 1;
    const name = args.text("array") ?? (several ? undefined : arrays[0]?.name);
    const array = several ? undefined : await openInput(args, file, name);
    // a column has attributes of its own
    const beside = await describeFile(file, name ?? args.text("column")).catch((error: Error) => say(error.message));
    const { attributes = {}, columns = [] } = beside ?? {};
    if (args.flag("json")) {
      const facts = array === undefined ? { arrays } : factsOf(array);
      const more = {
        ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
        ...(columns.length === 0 ? {} : { columns: columns.map(({ groups, ...column }) => column) }),
      };
      return print(jsonOf({ file, ...facts, ...more }));
    }
    const rows = array === undefined ? rowsOfArrays(arrays) : rowsOfArray(array);
    return print(aligned([["file", file], ...rows, ...rowsOfColumns(columns), ...rowsOfAttributes(attributes)]));
  },
};

type Row = readonly [name: string, value: string];

/** JSON; numbers that JSON does not have are written as `NDArray.toJSON` writes them. */
function jsonOf(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === "number" || typeof item === "bigint" ? toJSONElement(item) : item,
  );
}

function aligned(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, value]) => `${name.padEnd(width)}${value}`).join("\n");
}

const shapeText = (shape: readonly number[]): string => `[${shape.join(", ")}]`;

function factsOf({ shape, dtype, size, nbytes, chunks }: ChunkedArray) {
  return { shape, dtype, size, nbytes, chunks };
}

function rowsOfArray({ shape, dtype, size, nbytes, chunks }: ChunkedArray): Row[] {
  const count = chunks.reduce((product, sizes) => product * sizes.length, 1);
  const largest = chunks.map(([first = 0]) => first);
  return [
    ["shape", shapeText(shape)],
    ["dtype", dtype],
    ["elements", size.toLocaleString("en")],
    ["bytes", formatBytes(nbytes)],
    ["chunks", `${count} of ${count > 1 ? "up to " : ""}${shapeText(largest)}`],
  ];
}

function rowsOfArrays(arrays: readonly ListedArray[]): Row[] {
  const facts = arrays.map(({ name, shape, dtype, refused }): Row => {
    const state = refused === undefined ? "" : "  (cannot be opened)";
    return [name, `${dtype} ${shapeText(shape)}${state}`];
  });
  return [["arrays", String(arrays.length)], ...facts];
}

/** Rows below a row with their number; none for nothing. */
function below(title: string, rows: readonly Row[]): Row[] {
  if (rows.length === 0) return [];
  // names come from the file: escape line breaks and control characters
  return [
    [title, String(rows.length)],
    ...rows.map(([name, value]): Row => [`  ${JSON.stringify(name).slice(1, -1)}`, value]),
  ];
}

function rowsOfColumns(columns: readonly ColumnStatistics[]): Row[] {
  const facts = columns.map(({ column, dtype, min, max, nulls }): Row => {
    const limits = min === undefined && max === undefined ? "" : `, ${min ?? "?"} to ${max ?? "?"}`;
    return [column, `${dtype}${limits}${nulls === undefined || nulls === 0 ? "" : `, ${nulls} nulls`}`];
  });
  return below("columns", facts);
}

function rowsOfAttributes(attributes: Attributes): Row[] {
  const facts = Object.entries(attributes).map(([name, value]): Row => {
    const text = jsonOf(value);
    return [name, text.length > mostText ? `${text.slice(0, mostText)}…` : text];
  });
  return below("attributes", facts);
}

/** The characters of an attribute that are printed; `--json` prints all of them. */
const mostText = 80;
