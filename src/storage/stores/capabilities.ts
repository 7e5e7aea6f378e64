/**
 * What can be done with stored bytes, as small interfaces. A format asks for the least that it needs; a store offers
 * what it can.
 *
 *     ReadableStore ─ open(key) ─▶ RangeReadable ─ sync ─▶ SyncReadable
 *     ListableStore ─ list(key)       any store             local files
 *
 * Today the only store is the local file system (local-store.ts). A store in a network offers `ReadableStore`, and
 * `ListableStore` if its protocol has listings; its bytes have no `sync`, so loops do not read them in place.
 *
 * Invariant: a reader holds one version of the bytes. If they are replaced while they are read, it gives the former
 * ones or an error, never a mixture.
 */

/** Bytes that can be read at any offset without waiting. Loops read elements in place from them. */
export interface SyncReadable {
  /** The path, as it was given. */
  readonly path: string;
  /** Bytes in the file when it was opened. */
  readonly size: number;
  /** Time of the last change when it was opened, in milliseconds. */
  readonly modified: number;
  /** The system's number of the open file, if the bytes are those of a whole file. */
  readonly descriptor?: number;
  /**
   * Fills memory, which may be shared, with the bytes from an offset on.
   *
   * @throws FormatError if the file ends too early; StorageError if the system cannot read
   */
  readInto(bytes: Uint8Array, offset: number): void;
}

/** Bytes that can be written at any offset without waiting. */
export interface SyncWritable {
  readonly path: string;
  /**
   * Writes bytes from an offset on; the file grows if it is shorter.
   *
   * @throws StorageError if the disk is full or fails
   */
  write(bytes: Uint8Array, offset: number): void;
}

/** Bytes that can be read at any offset, from a disk or over a network. */
export interface RangeReadable {
  /** The name of the bytes in messages. */
  readonly path: string;
  /** Bytes when they were opened. */
  readonly size: number;
  /** Differs if the content does. */
  readonly version: string;
  /** The same bytes, if they can be read without waiting. */
  readonly sync?: SyncReadable;
  /**
   * Fills memory, which may be shared, with the bytes from an offset on.
   *
   * @throws FormatError if they end too early; StorageError if they cannot be read
   */
  read(into: Uint8Array, offset: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * Named bytes under a root, such as a folder or a bucket. A key is made of parts with `/` between them; one with a
 * part that is empty, `.` or `..` is refused with an ArgumentError.
 */
export interface ReadableStore {
  /** The name of the root in messages. */
  readonly path: string;
  /** Opens the bytes under a key; undefined if there are none. @throws StorageError if the system fails */
  open(key: string): Promise<RangeReadable | undefined>;
}

/** A store that knows its keys. */
export interface ListableStore {
  /** The names of the next level below a key, sorted; `""` is the root. @throws StorageError if the system fails */
  list(key: string): Promise<string[]>;
}

/** A key below a prefix; `""` is the root. */
export function keyBelow(prefix: string, key: string): string {
  if (prefix === "") return key;
  return key === "" ? prefix : `${prefix}/${key}`;
}
