/**
 * The operating system's errors in plain English. Every failed system call on a file comes through here, so a message
 * always names the file and says what prevents the call.
 *
 * Invariant: an error that did not come from the system (a mistake of our own) is passed on unchanged.
 */
import { messageOf, systemCodeOf } from "../../data/causes.js";
import { ChunkwiseError, StorageError } from "../../data/errors.js";

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
 * A failed system call as a {@link StorageError}; any other error is returned unchanged.
 *
 * @param action the attempt, with the path, to follow the word "cannot": `"open /data/x.npy"`
 * @param cause the error of the call
 * @param offset the byte offset in the file, if one is known
 */
export function failure(action: string, path: string, cause: unknown, offset?: number): unknown {
  const systemCode = systemCodeOf(cause);
  if (systemCode === undefined) return cause;
  const reason = reasons[systemCode];
  const isSystemError = cause instanceof Error && "errno" in cause;
  if (!isSystemError && reason === undefined) return cause;
  const place = { path, systemCode, ...(offset === undefined ? {} : { offset }) };
  return new StorageError(`cannot ${action}: ${reason ?? messageOf(cause)} (${systemCode})`, place, { cause });
}

/**
 * An error and its causes, with the path that the user gave in the place of the paths of temporary files and folders.
 *
 * @param temporary how all of these paths begin
 */
export function renamed(error: unknown, temporary: string, path: string): unknown {
  // the rest of the name of a part is ours, and has no character that may follow a path in a message
  const names = new RegExp(`${temporary.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?:[\\w./-]*[\\w-])?`, "g");
  const inUserWords = (text: string): string => text.replaceAll(names, () => path);
  for (let at = error; at instanceof ChunkwiseError; at = at.cause) {
    at.message = inUserWords(at.message);
    if (at.stack !== undefined) at.stack = inUserWords(at.stack);
    if ("path" in at && typeof at.path === "string") Object.assign(at, { path: inUserWords(at.path) });
  }
  return error;
}
