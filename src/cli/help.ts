/** Help, from the tables by which options are parsed. */
import { readFormats } from "../api/listing.js";
import { commonOptions, type OptionTable } from "./arguments.js";
import type { Command } from "./command.js";
import { openTable } from "./input.js";
import { resultFormat } from "./output.js";

/** The text of `chunkwise --help`. */
export function help(commands: readonly Command[]): string {
  return [
    "Usage: chunkwise COMMAND FILE [options]",
    "",
    "Computes statistics of arrays that may be larger than memory, in parallel, and converts files between formats.",
    `Files: ${readFormats.join(", ")}.`,
    "",
    "Commands:",
    ...columns(commands.map(({ name, summary }) => [name, summary])),
    "",
    "Options:",
    ...columns([...optionRows(commonOptions), ["--version", "print the version"]]),
    "",
    "chunkwise COMMAND --help (or help COMMAND) lists the options of a command. Exit code: 0 after success, 1",
    "after a failure (one line on standard error says why; CHUNKWISE_DEBUG=1 adds the stack), 130 after Ctrl-C.",
    "",
    `Example: chunkwise mean huge${resultFormat.ending} --axis 0 --json`,
  ].join("\n");
}

/** The text of `chunkwise COMMAND --help`. */
export function commandHelp({ name, words = "FILE", summary, options }: Command): string {
  const entries = Object.entries(options);
  const own = Object.fromEntries(entries.filter(([option]) => !Object.hasOwn(openTable, option)));
  const opening = Object.fromEntries(entries.filter(([option]) => Object.hasOwn(openTable, option)));
  const rows = optionRows({ ...own, ...commonOptions });
  const files = Object.keys(opening).length === 0 ? [] : ["", "Tables and text:", ...columns(optionRows(opening))];
  const usage = `Usage: chunkwise ${name} ${words} [options]`;
  return [usage, "", `${name}: ${summary}`, "", ...columns(rows), ...files].join("\n");
}

function optionRows(table: OptionTable): [string, string][] {
  const flagOf = (name: string, value: string | undefined) =>
    value === undefined ? `--${name}` : `--${name} ${value}`;
  return Object.entries(table).map(([name, { value, help }]) => [
    name === "help" ? "-h, --help" : flagOf(name, value),
    help,
  ]);
}

/** The longest line of help. */
const LINE_WIDTH = 100;

/** Rows of two columns; what is too long for a line goes on below its beginning. */
function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  const indent = " ".repeat(width + 4);
  return rows.flatMap(([left, right]) => {
    const lines = [`  ${left.padEnd(width)}  `];
    for (const word of right.split(" ")) {
      const line = lines.at(-1) ?? "";
      const joined = line.endsWith("  ") ? `${line}${word}` : `${line} ${word}`;
      if (joined.length <= LINE_WIDTH || line.endsWith("  ")) lines[lines.length - 1] = joined;
      else lines.push(`${indent}${word}`);
    }
    return lines;
  });
}
