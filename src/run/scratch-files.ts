/** Scratch files: made at their full length before a computation and removed after it, whatever happens. */
import { closeSync, ftruncateSync, openSync, rmSync } from "node:fs";
import { StorageError } from "../data/errors.js";
import type { StridedFile } from "../data/layout.js";

/** Makes the files; `remove` deletes them. */
export function createScratch(files: readonly StridedFile[]): { remove(): void } {
  const remove = (): void => {
    for (const { path } of files) rmSync(path, { force: true });
  };
  try {
    for (const { path, size } of files) {
      const fd = openSync(path, "wx");
      try {
        ftruncateSync(fd, size);
      } finally {
        closeSync(fd);
      }
    }
  } catch (cause) {
    remove();
    const { path, code } = cause as NodeJS.ErrnoException;
    throw new StorageError(
      `cannot make a scratch file: ${(cause as Error).message}`,
      { ...(path === undefined ? {} : { path }), ...(code === undefined ? {} : { systemCode: code }) },
      { cause },
    );
  }
  return { remove };
}
