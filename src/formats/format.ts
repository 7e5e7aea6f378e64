/**
 * The interface of a format whose elements must be decoded, as tasks see it.
 *
 *     main thread   open: path, options ─▶ EncodedArray (plain data: dtype, shape, grid)
 *                   create: path, shape, … ─▶ Destination ─ after all tasks ─▶ commit
 *     worker        reader(array).read(box) ─▶ elements           writer(array).write(box, elements)
 *
 * Formats whose elements stand in a file as they are (.npy, raw) have no row here: they are a StridedFile, which loops
 * read without a copy. Loops read likewise what a reader locates: uncompressed chunks and batches.
 *
 * Invariant: reading touches nothing but what the box needs. What is damaged gives a FormatError with path and offset,
 * never wrong elements that the file itself could have shown to be wrong.
 */
import type { EncodedArray } from "../data/encoded.js";
import type { Box } from "../data/region.js";
import type { SyncReadable } from "../storage/stores/capabilities.js";

/** Where a box stands in a local file just as it is wanted: numbers of the array's dtype, in this machine's order of bytes. */
export interface Located {
  readonly file: SyncReadable;
  /** The byte where the box's first element begins. */
  readonly offset: number;
  /** For each axis, how far a step moves in the file, in elements. */
  readonly strides: readonly number[];
  /** The bytes that were read to find it. */
  readonly bytesRead: number;
}

/** Decodes boxes of one array on one thread, one call after the other. */
export interface ArrayReader {
  /**
   * Decodes a box, which lies inside one part of the grid, into memory that may be shared: as many bytes as the box has
   * elements, in the array's order. Gives the bytes read from the file.
   *
   * @throws FormatError, StorageError
   */
  read(box: Box, into: Uint8Array): number | Promise<number>;
  /**
   * Where a box that {@link ArrayReader.read} could decode stands in a file as it is, if it does: then loops read it from there, as
   * much at a time as they need. Holds until the reader's next call.
   *
   * @throws FormatError, StorageError
   */
  locate?(box: Box): Promise<Located | null>;
  /** Lets go of files and memory. */
  close(): void | Promise<void>;
}

/** Encodes boxes of one array on one thread, one call after the other; other threads write other boxes at the same time. */
export interface ArrayWriter {
  /**
   * Writes a whole part of the grid from elements in C order, in memory that may be shared. The same part may be written
   * twice (after a worker died), and then holds the same. Gives the bytes written.
   *
   * @throws StorageError
   */
  write(box: Box, elements: Uint8Array): number | Promise<number>;
  /** Lets go of files and memory; what was written stays. */
  close(): void | Promise<void>;
}

/**
 * What a row of the table of formats does in a worker. Beside it, a row has the functions of the main thread that open and
 * create such arrays (`open`, `create`), each with options of its own.
 */
export interface Format {
  reader(array: EncodedArray): ArrayReader | Promise<ArrayReader>;
  /** Absent for formats that are only read. */
  writer?(array: EncodedArray): ArrayWriter | Promise<ArrayWriter>;
}

/** Something being written, which appears under its name all at once. */
export interface Destination {
  /** What workers write to; each part of its grid is written by one task. */
  readonly array: EncodedArray;
  /** Numbers (in C order) of the parts that an earlier, interrupted run has completed; they are not computed again. */
  readonly complete?: ReadonlySet<number>;
  /** How all paths begin that are made before it is committed, where errors name these and not the target. */
  readonly temporary?: string;
  /** Gives the finished whole its name. */
  commit(): Promise<void>;
  /** Removes what was written, after a failure; after a commit, or a second time, it does nothing. */
  discard(): Promise<void>;
}
