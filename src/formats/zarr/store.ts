/** The store at a path: a folder, or a zip archive. */
import { statSync } from "node:fs";
import type { ListableStore, ReadableStore } from "../../storage/stores/capabilities.js";
import { withLocalFile } from "../../storage/stores/file.js";
import { storeAt } from "../../storage/stores/local-store.js";
import { WrongFormatError } from "../wrong-format.js";
import { ZipStore } from "../zip/store.js";
import { zipSignature } from "./zip-archive.js";

/**
 * The store at a path, which may be missing but is no other file.
 *
 * @throws WrongFormatError if there is a file that is no zip archive
 */
export function readableStoreAt(path: string): ReadableStore & ListableStore {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return storeAt(path);
  return withLocalFile(path, (file) => {
    const first = Buffer.alloc(Math.min(16, file.size));
    file.readInto(first, 0);
    if (first.toString("latin1").startsWith(zipSignature)) return new ZipStore(path);
    const expected = "a Zarr array or group is a folder or a zip archive";
    throw new WrongFormatError(`${path}: this is a file; ${expected}`, { path }, first);
  });
}
