/** Whether a file will fit on its disk, asked before hours of computing are spent on it. */
import { statfsSync } from "node:fs";
import { formatBytes } from "../../data/bytes.js";
import { StorageError } from "../../data/errors.js";

/** The bytes that this process may still write to the disk of a folder; undefined where the system does not tell. */
function freeBytes(folder: string): number | undefined {
  try {
    const { blocks, bavail, bsize } = statfsSync(folder);
    // some file systems in networks know no sizes
    return blocks > 0 ? bavail * bsize : undefined;
  } catch {
    return undefined; // whatever is wrong with the folder, making the file will name it
  }
}

/**
 * Refuses a file that cannot fit.
 *
 * @param action the attempt, with the path, to follow the word "cannot": `"write out.npy"`
 * @throws StorageError
 */
export function checkRoom(folder: string, bytes: number, action: string, path: string): void {
  const free = freeBytes(folder);
  if (free === undefined || bytes <= free) return;
  const message = `cannot ${action}: it takes ${formatBytes(bytes)}, and the disk has room for ${formatBytes(free)}`;
  throw new StorageError(`${message}; free some space or write to another disk (ENOSPC)`, {
    path,
    systemCode: "ENOSPC",
  });
}
