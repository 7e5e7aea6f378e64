/**
 * What the operating system says when a file cannot be used, put into plain English. Every system call of the stores
 * ends here when it fails, so a message always names the file and tells what stands in the way.
 *
 * Invariant: an error that did not come from the system (a mistake of our own) is passed on unchanged.
 */
import { ChunkwiseError, type FilePlace, StorageError } from "../../data/errors.js";

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EISDIR: "it is a folder; a file is needed",
  ENOTDIR: "a part of the path is a file where a folder is needed",
  EACCES: "this process has no permission",
  EPERM: "the system does not permit it",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full; free some space or write to another disk",
  EDQUOT: "the disk quota is used up; free some space or write to another disk",
  EFBIG: "the file system or a limit of this process does not allow a file of that size",
  EIO: "the device reported a failure",
  EMFILE: "this process has too many open files; raise the limit with ulimit -n",
  ENFILE: "the system has too many open files",
  ENAMETOOLONG: "the name is too long for the file system",
  ELOOP: "the path runs through too many symbolic links",
  ETXTBSY: "the file is a program that is running",
  ESPIPE: "it is a pipe or a socket; a file is needed",
  ENXIO: "it is a pipe, a socket or a device without a driver; a file is needed",
  ESTALE: "the file was removed on the server that holds it",
  ERR_INVALID_ARG_VALUE: "the path holds a null character",
};

/**
 * A failed system call as a {@link StorageError}; an error that is none is handed back as it is.
 *
 * @param action what was tried, with the path: `"open /data/x.npy"`; it follows the word "cannot"
 * @param cause what the call threw
 * @param offset the byte offset in the file, where one is known
 */
export function failure(action: string, path: string, cause: unknown, offset?: number): unknown {
  const { code, errno, message } = cause as NodeJS.ErrnoException;
  if (code === undefined || (errno === undefined && reasons[code] === undefined)) return cause;
  const place = { path, systemCode: code, ...(offset === undefined ? {} : { offset }) };
  return new StorageError(`cannot ${action}: ${reasons[code] ?? message} (${code})`, place, { cause });
}

/**
 * An error, and what caused it, with the path that the user gave in the place of those of temporary files and folders.
 *
 * @param temporary how all of these paths begin
 */
export function renamed(error: unknown, temporary: string, path: string): unknown {
  // what follows in the name of a part is ours, and holds nothing of what may follow a path in a message
  const names = new RegExp(`${temporary.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?:[\\w./-]*[\\w-])?`, "g");
  const told = (text: string): string => text.replaceAll(names, () => path);
  for (let at = error; at instanceof ChunkwiseError; at = at.cause) {
    at.message = told(at.message);
    if (at.stack !== undefined) at.stack = told(at.stack);
    const { path: own } = at as FilePlace;
    if (own !== undefined) Object.assign(at, { path: told(own) });
  }
  return error;
}
