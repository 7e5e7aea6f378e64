/** A local file as {@link RandomAccess}. */
import { LocalFile } from "./file.js";
import type { RandomAccess } from "./store.js";

/**
 * Opens a local file for reading at any place.
 *
 * @throws StorageError when it is missing, a folder, or not permitted
 */
export function openLocalBytes(path: string): RandomAccess {
  const file = LocalFile.open(path, "read");
  return {
    path,
    size: file.size,
    version: `${file.size}-${file.modified}`,
    local: file,
    read: async (into, offset) => file.readInto(into, offset),
    close: async () => file.close(),
  };
}
