/**
 * Folders of .npy files that together are one array, as Dask's `to_npy_stack` writes them, or one file per time step.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { FormatError } from "../../data/errors.js";
import type { StridedFile } from "../../data/layout.js";
import { mapNonEmpty, type NonEmpty } from "../../data/lists.js";
import { failure } from "../../storage/stores/failure.js";
import { type NpyHeader, npyAttributes, readNpyHeader } from "../npy/npy.js";
import { timeAttributes } from "../times.js";

/** The options of opening a folder of .npy files. */
export interface NpyStackOptions {
  /** The axis along which the files follow each other; `"new"`: each is one index of a new first axis. Default: 0. */
  readonly axis?: number | "new";
}

/** Numbers in names count as numbers: `2.npy` comes before `10.npy`. The language is fixed, and with it the order. */
const { compare } = new Intl.Collator("en", { numeric: true, sensitivity: "variant" });

/**
 * The paths of the .npy files of a folder in the order of their names, with numbers in them by value. Other files, such
 * as the pickle `info` that Dask writes beside them, hidden files and folders are ignored.
 */
function npyFiles(folder: string): NonEmpty<string> {
  let names: string[];
  try {
    names = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && entry.name.endsWith(".npy") && !entry.name.startsWith("."))
      .map(({ name }) => name);
  } catch (cause) {
    throw failure(`list the folder ${folder}`, folder, cause);
  }
  // the collator takes names as equal that differ only in zeros before a number
  names.sort((a, b) => compare(a, b) || (a < b ? -1 : 1));
  const [first, ...others] = names.map((name) => join(folder, name));
  if (first === undefined) throw new FormatError(`${folder}: the folder has no .npy file`, { path: folder });
  return [first, ...others];
}

/** The attributes of a folder of .npy files: those of each of them. */
export function stackAttributes(folder: string): Readonly<Record<string, string>> {
  return npyAttributes(npyFiles(folder)[0]);
}

/**
 * Reads the headers of the .npy files of a folder, in their order.
 *
 * @param axis the axis along which the files follow each other; `"new"` if each is one index of a new axis
 * @throws StorageError if the folder or a file cannot be read
 * @throws FormatError if there is no .npy file, one is damaged, or dtypes or shapes (except along the axis) differ
 */
export function stackFiles(folder: string, axis: number | "new" = 0): StridedFile[] {
  const files = mapNonEmpty(npyFiles(folder), readNpyHeader);
  const [first] = files;
  if (axis !== "new" && !(Number.isInteger(axis) && axis >= 0 && axis < first.shape.length)) {
    const message = `${first.path}: has ${first.shape.length} axes, so the files cannot be stacked along axis ${axis}`;
    throw new FormatError(message, { path: first.path });
  }
  for (const file of files) {
    const { path, shape } = file;
    const differs = shape.length !== first.shape.length || shape.some((n, i) => i !== axis && n !== first.shape[i]);
    if (elementsOf(file) === elementsOf(first) && !differs) continue;
    const found = `${path}: has ${elementsOf(file)} of shape [${shape}]`;
    const rule = axis === "new" ? "all must be the same" : `only axis ${axis} may differ`;
    throw new FormatError(`${found}; ${first.path} has ${elementsOf(first)} of shape [${first.shape}], and ${rule}`, {
      path,
    });
  }
  return files.map(({ time, ...file }) => file);
}

/** The dtype, or of times that of NumPy: numbers that count different units do not belong into one array. */
function elementsOf({ dtype, time }: NpyHeader): string {
  return timeAttributes(time).dtype ?? dtype;
}
