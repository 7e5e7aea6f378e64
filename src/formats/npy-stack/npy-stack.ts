/** Folders of .npy files that are one array together: what Dask's `to_npy_stack` writes, or one file per time step. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { FormatError } from "../../data/errors.js";
import type { StridedFile } from "../../data/layout.js";
import { failure } from "../../storage/stores/failure.js";
import { readNpyHeader } from "../npy/npy.js";

/** The options of opening a folder of .npy files. */
export interface NpyStackOptions {
  /** The axis along which the files follow each other; `"new"`: each is one index of a new first axis. Default: 0. */
  readonly axis?: number | "new";
}

/** Numbers inside names count as numbers: `2.npy` stands before `10.npy`. The language is fixed, so that the order is. */
const { compare } = new Intl.Collator("en", { numeric: true, sensitivity: "variant" });

/**
 * Reads the headers of the .npy files of a folder, in the order of their names, numbers in them by value. Other files,
 * such as the pickle `info` that Dask writes beside them, hidden files, and folders are let be.
 *
 * @param axis the axis along which the files follow each other; `"new"` where each is one index of an axis of its own
 * @throws StorageError when the folder or a file cannot be read
 * @throws FormatError when there is no .npy file, one is damaged, or dtypes or shapes (apart from the axis) differ
 */
export function stackFiles(folder: string, axis: number | "new" = 0): StridedFile[] {
  let names: string[];
  try {
    names = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && entry.name.endsWith(".npy") && !entry.name.startsWith("."))
      .map(({ name }) => name);
  } catch (cause) {
    throw failure(`list the folder ${folder}`, folder, cause);
  }
  if (names.length === 0) throw new FormatError(`${folder}: the folder has no .npy file`, { path: folder });
  // names that only differ in zeros before a number are equal to the collator
  names.sort((a, b) => compare(a, b) || (a < b ? -1 : 1));
  const files = names.map((name) => readNpyHeader(join(folder, name)));
  const [first] = files as [StridedFile];
  if (axis !== "new" && !(Number.isInteger(axis) && axis >= 0 && axis < first.shape.length)) {
    const message = `${first.path}: has ${first.shape.length} axes, and so no axis ${axis} to be stacked along`;
    throw new FormatError(message, { path: first.path });
  }
  for (const { path, dtype, shape } of files) {
    const differs = shape.length !== first.shape.length || shape.some((n, i) => i !== axis && n !== first.shape[i]);
    if (dtype === first.dtype && !differs) continue;
    const found = `${path}: has ${dtype} of shape [${shape}]`;
    const rule = axis === "new" ? "all must be the same" : `only axis ${axis} may differ`;
    throw new FormatError(`${found}; ${first.path} has ${first.dtype} of shape [${first.shape}], and ${rule}`, {
      path,
    });
  }
  return files;
}
