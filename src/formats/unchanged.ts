/** An array is read from the file that it was opened from, or not at all. */
import type { EncodedArray } from "../data/encoded.js";
import { FormatError } from "../data/errors.js";
import { LocalFile } from "../storage/stores/file.js";

/** The error for a file that is not the one that was described. */
export function changedError(path: string): FormatError {
  return new FormatError(`${path}: the file has changed since it was opened; open it again`, { path });
}

/** Opens the file of an array to be read, and checks that it is the one that was described. */
export function openUnchanged({ path, version }: EncodedArray): LocalFile {
  const file = LocalFile.open(path, "read");
  if (file.version === version) return file;
  file.close();
  throw changedError(path);
}
