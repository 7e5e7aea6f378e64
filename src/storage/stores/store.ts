/**
 * The interface of a store: named stretches of bytes under a root, such as a folder or a bucket.
 *
 * Invariant: what is written under a key appears all at once; a reader finds the former bytes or all of the new ones.
 */

import type { LocalFile } from "./file.js";

/** Bytes that can be read at any place. */
export interface RandomAccess {
  /** What messages call it. */
  readonly path: string;
  /** Bytes when it was opened. */
  readonly size: number;
  /** Differs when the content does. */
  readonly version: string;
  /**
   * Fills memory, which may be shared, with the bytes from an offset on.
   *
   * @throws FormatError where it ends too early; StorageError where it cannot be read
   */
  read(into: Uint8Array, offset: number): Promise<void>;
  /** The local file that it is, which can be read without waiting. */
  readonly local?: LocalFile;
  close(): Promise<void>;
}

/**
 * Named stretches of bytes; keys are parts separated by `/`. Every method throws an ArgumentError for a key with a part that
 * is empty, `.` or `..`, and a StorageError where the system fails.
 */
export interface Store {
  /** What messages call the root. */
  readonly path: string;
  /** Opens what stands under a key; undefined where no bytes do. */
  open(key: string): Promise<RandomAccess | undefined>;
  /** All bytes under a key; undefined where nothing stands. Refuses with a FormatError what is longer than `most`. */
  get(key: string, most: number): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Puts bytes under a key, in the place of what stood there. */
  write(key: string, bytes: Uint8Array): Promise<void>;
  /** Moves a key, and all keys below it, in the place of what stood there. Throws a StorageError where nothing stands. */
  rename(from: string, to: string): Promise<void>;
  /** The names of the next level below a key, sorted; `""` is the root. */
  list(key: string): Promise<string[]>;
  /** Removes a key and all keys below it; does nothing where nothing stands. */
  delete(key: string): Promise<void>;
}
