/**
 * A file that appears all at once. It is written under a temporary name in the folder of its target, because a rename
 * is one indivisible step only inside a file system, and takes the target's name when all of it is on the disk.
 *
 * Invariant: under the target's name is the former file or the whole new one, never a part; a replacement that fails
 * or is discarded leaves nothing behind, and neither does one whose process is ended.
 *
 * ```
 * create ──► folder/.chunkwise-1f0c….tmp ──► commit: fsync, rename ──► folder/target
 *                       └──────────────────► discard: unlink
 * ```
 */
import {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  openSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { systemCodeOf } from "../../data/causes.js";
import { ClosedError, ConflictError, StorageError } from "../../data/errors.js";
import type { SyncReadable, SyncWritable } from "./capabilities.js";
import { failure } from "./failure.js";
import { LocalFile } from "./file.js";
import { sweep } from "./left-behind.js";
import { markOfProcess } from "./processes.js";
import { checkRoom } from "./room.js";
import { keepTrack } from "./unfinished.js";

/**
 * A file being written that will replace the file at a path, or be new there.
 *
 * ```ts
 * const replacement = Replacement.create("out.npy", 8128);
 * // workers open replacement.path with mode "update" and write
 * replacement.commit(); // or replacement.discard()
 * ```
 */
export class Replacement {
  /** The path that the file will have, as it was given. */
  readonly target: string;
  /** The path that the file has until {@link commit}. */
  readonly path: string;
  readonly #destination: string;
  /** To be called when the file has its name or is removed. */
  readonly #done: () => void;
  #pending = true;

  private constructor(target: string, destination: string, path: string) {
    this.target = target;
    this.#destination = destination;
    this.path = path;
    this.#done = keepTrack(path);
  }

  /**
   * Makes the temporary file, with all its bytes zero. Whatever would prevent the rename is found now, not after hours
   * of computing: a missing folder, a missing permission, a target that is a folder or a device.
   *
   * @param bytes the full size of the file
   * @throws StorageError
   */
  static create(target: string, bytes: number): Replacement {
    const former = formerFile(target);
    const destination = former?.path ?? target;
    const folder = dirname(destination);
    sweep(folder);
    checkRoom(folder, bytes, `write ${target}`, target);
    // the name does not contain the target's, which may already have the greatest length allowed
    const replacement = new Replacement(target, destination, join(folder, `.chunkwise-${markOfProcess()}.tmp`));
    let handle: number;
    try {
      handle = openSync(replacement.path, "wx");
    } catch (cause) {
      replacement.#settle();
      throw failure(`write ${target}: cannot make a temporary file in its folder`, target, cause);
    }
    try {
      if (former !== undefined) fchmodSync(handle, former.mode);
      ftruncateSync(handle, bytes);
    } catch (cause) {
      closeSync(handle);
      throw replacement.#abandon(`write ${target}, for which ${bytes} bytes are needed`, cause);
    }
    closeSync(handle);
    return replacement;
  }

  /** Writes bytes at an offset. @throws StorageError */
  write(bytes: Uint8Array, offset: number): void {
    const file = LocalFile.open(this.path, "update");
    try {
      file.write(bytes, offset);
    } finally {
      file.close();
    }
  }

  /**
   * Changes the file, which is closed afterwards.
   *
   * @throws StorageError if it cannot be opened, and what `change` throws
   */
  async edit(change: (file: SyncReadable & SyncWritable) => void | Promise<void>): Promise<void> {
    const file = LocalFile.open(this.path, "update");
    try {
      await change(file);
    } finally {
      file.close();
    }
  }

  /**
   * Brings all bytes to the disk and gives the file its name. On failure the temporary file is removed.
   *
   * @param exclusive whether nothing may be replaced, so that of two processes that write the same file one fails
   * @throws StorageError; ConflictError where nothing may be replaced, and something is there; ClosedError when it was
   *   committed or discarded before
   */
  commit(exclusive = false): void {
    if (!this.#pending) throw new ClosedError(`${this.target} was already committed or discarded`);
    try {
      synchronize(this.path);
      if (exclusive) moveToFree(this.path, this.#destination, this.target);
      else renameSync(this.path, this.#destination);
    } catch (cause) {
      throw this.#abandon(`put the finished file in place as ${this.target}`, cause);
    }
    this.#settle();
  }

  /**
   * Removes the temporary file. Does nothing after {@link commit}, after an earlier discard, or if the file is gone.
   *
   * @throws StorageError if it cannot be removed; the message names the file that is left
   */
  discard(): void {
    if (!this.#pending) return;
    this.#settle();
    try {
      unlinkSync(this.path);
    } catch (cause) {
      if (systemCodeOf(cause) === "ENOENT") return;
      throw failure(`remove the temporary file ${this.path}`, this.path, cause);
    }
  }

  #settle(): void {
    this.#pending = false;
    this.#done();
  }

  /** Discards after a failure. Returns the error to throw, which also names what could not be removed. */
  #abandon(action: string, cause: unknown): unknown {
    const error = failure(action, this.target, cause);
    try {
      this.discard();
    } catch (leftover) {
      if (!(error instanceof StorageError && leftover instanceof StorageError)) return error;
      return new StorageError(`${error.message}; and afterwards ${leftover.message}`, error, { cause });
    }
    return error;
  }
}

/**
 * The file under the target's name: its path with links followed, so that a link stays a link, and its mode, which the
 * new file takes over. Undefined if there is none.
 */
function formerFile(target: string): { readonly path: string; readonly mode: number } | undefined {
  if (target === "" || target.endsWith("/")) {
    throw new StorageError(`cannot write "${target}": the path must end with the name of a file`, { path: target });
  }
  try {
    const stats = statSync(target, { throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    if (!stats.isFile()) {
      const [found, systemCode] = stats.isDirectory() ? ["a folder", "EISDIR"] : ["a pipe, a socket or a device"];
      const message = `cannot write ${target}: it is ${found}; a file can replace only a file`;
      throw new StorageError(message, { path: target, ...(systemCode === undefined ? {} : { systemCode }) });
    }
    // a rename needs permission for the folder only; a file that was made read-only on purpose must stay
    LocalFile.open(target, "update").close();
    return { path: realpathSync(target), mode: stats.mode & 0o777 };
  } catch (cause) {
    throw failure(`write ${target}`, target, cause);
  }
}

/** Gives a file a name that nothing has. A rename would replace what was made there since one looked. */
function moveToFree(from: string, to: string, target: string): void {
  const refuse = () => {
    const problem = "it was made by someone else in the meantime; nothing was written";
    return new ConflictError(`cannot write ${target}: ${problem}`, { path: target, systemCode: "EEXIST" });
  };
  try {
    linkSync(from, to);
    unlinkSync(from);
  } catch (cause) {
    if (systemCodeOf(cause) === "EEXIST") throw refuse();
    // a file system without links: an empty file takes the name first
    if (!existsSync(from)) throw cause;
    try {
      closeSync(openSync(to, "wx"));
    } catch (taken) {
      throw systemCodeOf(taken) === "EEXIST" ? refuse() : taken;
    }
    renameSync(from, to);
  }
}

/** Waits until the bytes of a file are on the disk, no matter which worker wrote them. */
function synchronize(path: string): void {
  const handle = openSync(path, "r+");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
