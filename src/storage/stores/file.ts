/**
 * A local file, read and written at any offset with synchronous calls: in a worker they cost no turn of the event
 * loop, and they move bytes straight into memory that WebAssembly sees.
 *
 * Invariant: a call moves all the bytes that it was asked for, or throws. A system call may move fewer; it is repeated.
 */
import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { ArgumentError, ClosedError, FormatError, StorageError } from "../../data/errors.js";
import type { SyncReadable, SyncWritable } from "./capabilities.js";
import { failure } from "./failure.js";

/** `"read"` opens a file for reading only; `"update"` opens a file that exists for reading and writing. */
export type FileMode = "read" | "update";

/** Node holds the length of one call in 32 bits, and Linux moves at most 2 GiB in one call. */
const bytesPerCall = 2 ** 30;

/** Without O_NONBLOCK, opening a named pipe would wait for its other end forever. Windows has no such flag. */
const flags: Readonly<Record<FileMode, number>> = {
  read: constants.O_RDONLY | (constants.O_NONBLOCK ?? 0),
  update: constants.O_RDWR | (constants.O_NONBLOCK ?? 0),
};

/**
 * An open local file.
 *
 * ```ts
 * const file = LocalFile.open("x.npy", "read");
 * file.readInto(new Uint8Array(memory, 0, 4096), 128);
 * file.close();
 * ```
 */
export class LocalFile implements SyncReadable, SyncWritable {
  /** The path as it was given. */
  readonly path: string;
  /** Bytes in the file when it was opened. */
  readonly size: number;
  /** Time of the last change when it was opened, in milliseconds. */
  readonly modified: number;
  /** Differs if the content does, as far as sizes and times show it. */
  readonly version: string;
  /** Bytes read since it was opened. */
  bytesRead = 0;
  /** Bytes written since it was opened. */
  bytesWritten = 0;
  #handle: number;

  private constructor(path: string, handle: number, size: number, modified: number) {
    this.path = path;
    this.#handle = handle;
    this.size = size;
    this.modified = modified;
    this.version = `${size}-${modified}`;
  }

  /**
   * Opens a file that exists.
   *
   * @throws StorageError if it is missing, a folder, not permitted, or (for reading) not a regular file
   */
  static open(path: string, mode: FileMode): LocalFile {
    let handle: number;
    try {
      handle = openSync(path, flags[mode]);
    } catch (cause) {
      throw failure(`open ${path}`, path, cause);
    }
    try {
      const stats = fstatSync(handle);
      if (stats.isDirectory()) {
        const message = `cannot open ${path}: it is a folder; a file is needed (EISDIR)`;
        throw new StorageError(message, { path, systemCode: "EISDIR" });
      }
      if (mode === "read" && !stats.isFile()) {
        throw new StorageError(`cannot open ${path}: it is a pipe, a socket or a device; a file is needed`, { path });
      }
      return new LocalFile(path, handle, stats.size, stats.mtimeMs);
    } catch (error) {
      closeSync(handle);
      throw failure(`open ${path}`, path, error);
    }
  }

  /** The system's number of the open file. */
  get descriptor(): number {
    if (this.#handle < 0) throw new ClosedError(`${this.path} was closed before it was used`);
    return this.#handle;
  }

  /**
   * Fills `bytes` with the bytes of the file from `offset` on. The memory may be shared.
   *
   * @throws FormatError if the file ends too early; its offset is where the next byte should be
   * @throws StorageError if the system cannot read; ClosedError after {@link close}
   */
  readInto(bytes: Uint8Array, offset: number): void {
    this.#check(bytes, offset);
    for (let done = 0; done < bytes.length; ) {
      const place = offset + done;
      let count: number;
      try {
        count = readSync(this.#handle, bytes, done, Math.min(bytes.length - done, bytesPerCall), place);
      } catch (cause) {
        throw failure(`read ${bytes.length} bytes at offset ${offset} of ${this.path}`, this.path, cause, place);
      }
      if (count === 0) {
        const found = `${this.path} is truncated: it ends at byte ${place}`;
        const wanted = `bytes ${offset} to ${offset + bytes.length} were to be read`;
        throw new FormatError(`${found}, and ${wanted}`, { path: this.path, offset: place });
      }
      this.bytesRead += count;
      done += count;
    }
  }

  /**
   * Writes `bytes` into the file from byte `offset` on; the file grows if it is shorter.
   *
   * @throws StorageError if the disk is full or fails; its offset is that of the first byte not written
   * @throws ClosedError after {@link close}
   */
  write(bytes: Uint8Array, offset: number): void {
    this.#check(bytes, offset);
    for (let done = 0; done < bytes.length; ) {
      const place = offset + done;
      let count: number;
      try {
        count = writeSync(this.#handle, bytes, done, Math.min(bytes.length - done, bytesPerCall), place);
      } catch (cause) {
        throw failure(`write ${bytes.length} bytes at offset ${offset} of ${this.path}`, this.path, cause, place);
      }
      if (count === 0) {
        const message = `cannot write at offset ${place} of ${this.path}: the system takes no bytes`;
        throw new StorageError(message, { path: this.path, offset: place });
      }
      this.bytesWritten += count;
      done += count;
    }
  }

  /** Closes the file; a second call does nothing. */
  close(): void {
    if (this.#handle < 0) return;
    const handle = this.#handle;
    this.#handle = -1;
    try {
      closeSync(handle);
    } catch (cause) {
      throw failure(`close ${this.path}`, this.path, cause);
    }
  }

  /** To the system, a negative offset means "where the last call ended": it would silently read from elsewhere. */
  #check(bytes: Uint8Array, offset: number): void {
    if (this.#handle < 0) throw new ClosedError(`${this.path} was closed before it was used`);
    if (Number.isSafeInteger(offset) && offset >= 0 && Number.isSafeInteger(offset + bytes.length)) return;
    throw new ArgumentError(`${this.path}: the offset must be a whole number from 0 to 2^53 - 1, and is ${offset}`);
  }
}

/**
 * Runs with a local file that is open for reading, and closes it.
 *
 * @throws what {@link LocalFile.open} throws, and what `run` throws
 */
export function withLocalFile<T>(path: string, run: (file: LocalFile) => T): T {
  const file = LocalFile.open(path, "read");
  try {
    return run(file);
  } finally {
    file.close();
  }
}
