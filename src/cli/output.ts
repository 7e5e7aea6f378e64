/** The files that commands write. */
import { existsSync } from "node:fs";
import { store, targetByEnding } from "../api/store.js";
import { ArgumentError } from "../data/errors.js";
import type { ChunkedArray, ComputeOptions } from "../index.js";
import type { Arguments, OptionTable } from "./arguments.js";

/** The format of results: its ending, and what help calls its files. */
export const resultFormat = { ending: ".npy", file: "a .npy file" } as const;

/** Computes an array into a file of the format of results; {@link checkResult} has checked its path. */
export async function saveResult(
  args: Arguments,
  array: ChunkedArray,
  path: string,
  options: ComputeOptions,
): Promise<void> {
  const target = targetByEnding(path, { operation: args.command, replace: args.flag("overwrite") });
  if (target === undefined) throw new Error(`no format writes files with the ending of ${path}`);
  await store([array], [target], options);
}

/** The option of commands that write a file; {@link refuseExisting} reads it. */
export const overwriteTable = {
  overwrite: { help: "replace the file that is written if it exists" },
} as const satisfies OptionTable;

/** Throws an ArgumentError if a result cannot or must not be written to a file of this name. */
export function checkResult(args: Arguments, path: string): void {
  const { ending, file } = resultFormat;
  if (!path.toLowerCase().endsWith(ending)) {
    const advice = `its name must end with ${ending}; convert makes other files of it`;
    throw new ArgumentError(`${args.command}: writes ${file}, and got ${JSON.stringify(path)}: ${advice}`);
  }
  refuseExisting(args, path);
}

/**
 * Throws an ArgumentError if there is a file or a folder of this name, unless it may be replaced. The last step of
 * writing refuses to replace a file that is made under the name later.
 */
export function refuseExisting(args: Arguments, path: string): void {
  if (args.flag("overwrite") || !existsSync(path)) return;
  throw new ArgumentError(`${args.command}: ${path} exists; --overwrite replaces it`);
}
