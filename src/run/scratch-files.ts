/**
 * Scratch files: made at their full length before a computation, and gone after it, whatever happens.
 *
 *     open ─▶ unlink ─▶ workers open it again through the handle of this process ─▶ close: the system frees it
 *
 * A file without a name cannot stay behind, however the process ends. Where the system has no path to an open handle
 * (Windows) the file keeps its name, and is removed at the end of the computation or of the process.
 */
import { closeSync, existsSync, ftruncateSync, openSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type { StridedFile } from "../data/layout.js";
import { lookUp } from "../data/lists.js";
import { type Runnable, withJob } from "../graph/runnable.js";
import { failure, renamed } from "../storage/stores/failure.js";
import { checkRoom } from "../storage/stores/room.js";
import { keepTrack } from "../storage/stores/unfinished.js";

/** A scratch file that a plan needs. */
export interface ScratchFile {
  readonly file: StridedFile;
  /** The bytes that will be written to it: what nobody reads is not computed. */
  readonly bytes: number;
}

/** Folders whose entries are the open handles of this process. */
const handles = ["/proc/self/fd", "/dev/fd"].find((folder) => existsSync(folder));

/** A file that was made. */
interface Made {
  /** Where workers find it. */
  readonly path: string;
  /** Removes it. */
  end(): void;
}

/** Opens a file by its handle once, to be sure that it can be found there. */
function isFound(path: string): boolean {
  try {
    closeSync(openSync(path, "r+"));
    return true;
  } catch {
    return false;
  }
}

function make({ path, size }: StridedFile): Made {
  const handle = openSync(path, "wx+");
  const done = keepTrack(path);
  const remove = (): void => {
    rmSync(path, { force: true });
    done();
  };
  try {
    ftruncateSync(handle, size);
    const nameless = `${handles}/${handle}`;
    if (handles !== undefined && isFound(nameless)) {
      remove();
      return { path: nameless, end: () => closeSync(handle) };
    }
  } catch (error) {
    closeSync(handle);
    remove();
    throw error;
  }
  closeSync(handle);
  return { path, end: remove };
}

/** The scratch files of a computation. */
export class Scratch {
  readonly #made = new Map<StridedFile, Made>();

  /** Makes the files. @throws StorageError, and then makes none */
  constructor(files: readonly ScratchFile[]) {
    const [first] = files;
    if (first === undefined) return;
    const { path } = first.file; // all are in one folder
    const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    checkRoom(dirname(path), total, `make the scratch file ${path}`, path);
    for (const { file } of files) {
      try {
        this.#made.set(file, make(file));
      } catch (cause) {
        this.remove();
        throw failure(`make the scratch file ${file.path}`, file.path, cause);
      }
    }
  }

  /** The same computation, with the files where they are. */
  place(runnable: Runnable): Runnable {
    if (this.#made.size === 0) return runnable;
    const { job } = runnable;
    const placed = (file: StridedFile): StridedFile =>
      this.#made.has(file) ? { ...file, path: lookUp(this.#made, file).path } : file;
    return withJob(runnable, { ...job, files: job.files.map(placed) });
  }

  /** An error with the names that the files had when they were made. */
  named(error: unknown): unknown {
    let named = error;
    for (const [file, { path }] of this.#made) named = renamed(named, path, file.path);
    return named;
  }

  /** Removes the files. */
  remove(): void {
    for (const { end } of this.#made.values()) end();
    this.#made.clear();
  }
}
