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
 * The path of a file that another one names. A name from the root that leads elsewhere means the file of the same name
 * beside the one that names it, because files are moved together.
 *
 * @param what what names it, to begin a message
 * @throws FormatError if it is outside of the folder
 */
export function pathBeside(path: string, named: string, what: string): string {
  const folder = dirname(path);
  const whole = isAbsolute(named) ? named : join(folder, named);
  const inside = isInside(folder, whole);
  if (inside && (existsSync(whole) || !isAbsolute(named))) return whole;
  const moved = join(folder, basename(named));
  if (isAbsolute(named) && existsSync(moved)) return moved;
  if (inside) return whole;
  const place = `which is not in the folder of ${path} and is not followed; open that file itself`;
  throw new FormatError(`${path}: ${what} leads to ${named}, ${place}`, { path });
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
