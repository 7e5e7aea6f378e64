/** Scratch files: made at their full length before a computation and removed after it, whatever happens. */
import { closeSync, ftruncateSync, openSync, rmSync } from "node:fs";
import type { StridedFile } from "../data/layout.js";
import { failure } from "../storage/stores/failure.js";

/** Makes the files; `remove` deletes them. */
export function createScratch(files: readonly StridedFile[]): { remove(): void } {
  const made: string[] = [];
  const remove = (): void => {
    for (const path of made) rmSync(path, { force: true });
  };
  for (const { path, size } of files) {
    try {
      const handle = openSync(path, "wx");
      made.push(path);
      try {
        ftruncateSync(handle, size);
      } finally {
        closeSync(handle);
      }
    } catch (cause) {
      remove();
      throw failure(`make the scratch file ${path}`, path, cause);
    }
  }
  return { remove };
}
