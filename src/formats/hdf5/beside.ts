/**
 * Files that an HDF5 file names: the targets of external links, external storage, the sources of virtual datasets.
 *
 * Invariant: only files in the folder of the file, or below it, are opened. A file that came from someone else must
 * not make this process read whatever it names.
 */
import { existsSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";
import { FormatError } from "../../data/errors.js";

/** From file to file to file; more is a circle. */
export const MOST_FILES = 16;

/**
 * The path of a file that another one names. A name that leads elsewhere means the file of the same name beside the one
 * that names it, because files are moved together.
 *
 * @param what what names it, to begin a message
 * @throws FormatError if it is outside of the folder
 */
export function pathBeside(path: string, named: string, what: string): string {
  const found = findBeside(path, named, what);
  if (found !== undefined) return found;
  const whole = wholePath(path, named);
  if (isInside(dirname(path), whole)) return whole;
  throw outside(path, named, what);
}

/** The same for a file that need not be there: undefined if it is not. The name `"."` means the file itself. */
export function findBeside(path: string, named: string, what: string): string | undefined {
  if (named === ".") return path;
  const folder = dirname(path);
  const whole = wholePath(path, named);
  const inside = isInside(folder, whole);
  if (inside && existsSync(whole)) return whole;
  const beside = join(folder, basename(named));
  if (!(inside && !isAbsolute(named)) && existsSync(beside)) return beside;
  if (!inside && existsSync(whole)) throw outside(path, named, what);
  return undefined;
}

const wholePath = (path: string, named: string): string => (isAbsolute(named) ? named : join(dirname(path), named));

function outside(path: string, named: string, what: string): FormatError {
  const place = `which is not in the folder of ${path} and is not followed`;
  const advice = "open that file itself, or link it into the folder";
  return new FormatError(`${path}: ${what} leads to ${named}, ${place}; ${advice}`, { path });
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
