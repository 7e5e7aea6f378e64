/** An array is read from the file that it was opened from, or not at all. */
import type { EncodedArray } from "../data/encoded.js";
import { FormatError } from "../data/errors.js";
import type { StridedFile } from "../data/layout.js";
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

/** Refuses a file that has changed since its header was read. A file that chunkwise has made has no time to compare. */
export function checkUnchanged(file: LocalFile, { path, size, modified }: StridedFile): void {
  if (file.size < size) {
    const message = `${path}: the file has shrunk to ${file.size} bytes since it was opened with ${size}`;
    throw new FormatError(message, { path, offset: file.size });
  }
  if (modified !== 0 && file.modified !== modified) throw changedError(path);
}
