/**
 * The interface of a format: what it can do once it is loaded. Shared code asks for a capability and never for a name.
 *
 *     main thread   open: path, options ─▶ OpenedArray (plain data: dtype, shape, where or how elements are stored)
 *                   create: path, array, options ─▶ Destination ─ after all tasks ─▶ commit
 *     worker        reader(array).read(box) ─▶ elements           writer(array).write(box, elements)
 *
 * Elements that lie in a file as they are (a StridedFile) need neither reader nor writer: loops read them in place.
 * Loops also read in place what a reader locates: uncompressed chunks and batches.
 *
 * Invariant: reading touches only what the box needs. Damage is reported as a FormatError with path and offset;
 * elements are never wrong where the file itself could have shown it.
 */
import type { Chunks } from "../data/chunks.js";
import type { DType } from "../data/dtype.js";
import type { EncodedArray } from "../data/encoded.js";
import type { StridedFile } from "../data/layout.js";
import type { Box } from "../data/region.js";
import type { SyncReadable } from "../storage/stores/capabilities.js";
import type { ColumnStatistics, StatisticsOptions } from "./statistics.js";
import type { Variable } from "./variable.js";

/**
 * The place of a box in a local file that holds its elements as they are wanted: in the array's dtype and this
 * machine's byte order.
 */
export interface Located {
  readonly file: SyncReadable;
  /** The byte where the box's first element begins. */
  readonly offset: number;
  /** For each axis, the step in the file from one element to the next, in elements. */
  readonly strides: readonly number[];
  /** The bytes that were read to find it. */
  readonly bytesRead: number;
}

/** Decodes boxes of one array on one thread, one call after the other. */
export interface ArrayReader {
  /**
   * Decodes a box, which lies inside one part of the grid, into memory that may be shared: as many bytes as the box has
   * elements, in the array's order. Returns the number of bytes read from the file.
   *
   * @throws FormatError, StorageError
   */
  read(box: Box, into: Uint8Array): number | Promise<number>;
  /**
   * The place of a box that {@link ArrayReader.read} could decode, if a file holds its elements as they are: loops then
   * read it from there, as much at a time as they need. Holds until the reader's next call.
   *
   * @throws FormatError, StorageError
   */
  locate?(box: Box): Promise<Located | null>;
  /** Releases files and memory. */
  close(): void | Promise<void>;
}

/**
 * Encodes boxes of one array on one thread, one call after the other; other threads write other boxes at the same time.
 */
export interface ArrayWriter {
  /**
   * Writes a whole part of the grid from elements in C order, in memory that may be shared. The same part may be
   * written twice (after a worker died), and then holds the same. Returns the number of bytes written.
   *
   * @throws StorageError
   */
  write(box: Box, elements: Uint8Array): number | Promise<number>;
  /** Releases files and memory; what was written stays. */
  close(): void | Promise<void>;
}

/** An array in one file: elements in place, or elements that must be decoded. */
export type StoredArray =
  | { readonly kind: "strided"; readonly file: StridedFile }
  | { readonly kind: "encoded"; readonly array: EncodedArray };

/** An array in one file, with its name there if the file may hold several. */
export type NamedArray = StoredArray & { readonly inside?: string };

/** What opening a path gives: an array in one file, or several files that are one array. */
export type OpenedArray =
  | NamedArray
  | {
      readonly kind: "files";
      readonly files: readonly StridedFile[];
      /** The axis along which they follow each other; `"new"`: each is one index of a new first axis. */
      readonly axis: number | "new";
    };

/** An array in a file that may hold several. */
export interface ListedEntry {
  /** Its name in the file. */
  readonly name: string;
  /** Absent where only opening the array shows it. */
  readonly shape?: readonly number[];
  /** Its dtype, or, in the format's words, what it holds. */
  readonly dtype?: string | undefined;
  /** Why it cannot be opened. */
  readonly refused?: string | undefined;
}

/** An array that is to be written. */
export interface NewArray {
  /** What the file that it comes from says of it; a format keeps as much of that as it can. */
  readonly variable?: Variable;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly chunks: Chunks;
  /** Identifies what is computed: equal keys mean equal elements. */
  readonly key?: string;
}

/** A file or a folder being written, which appears under its name all at once. */
interface Pending {
  /** The prefix of all paths that are made before the commit, if errors name these and not the target. */
  readonly temporary?: string;
  /**
   * Gives the finished whole its name.
   *
   * @param exclusive true: fail instead of replacing a file that was made under the name meanwhile
   */
  commit(exclusive?: boolean): Promise<void>;
  /** Removes what was written, after a failure; after a commit, or a second time, it does nothing. */
  discard(): Promise<void>;
}

/** An array being written by encoding its parts. */
export interface Destination extends Pending {
  /** What workers write to; each part of its grid is written by one task. */
  readonly array: EncodedArray;
  /** Numbers (in C order) of the parts that an earlier, interrupted run has completed; they are not computed again. */
  readonly complete?: ReadonlySet<number>;
}

/** An array being written in place, element by element. */
export interface StridedDestination extends Pending {
  readonly file: StridedFile;
}

/** Several arrays being written in place into one file, each under its name. */
export interface MembersDestination extends Pending {
  readonly members: Readonly<Record<string, StridedFile>>;
}

/** Throws a FormatError if the first bytes of a text are the signature of a format. */
export type RefuseSigned = (first: Uint8Array) => void;

/** What a loaded format can do; a capability that is absent is not there. */
export interface Format {
  /**
   * Opens an array by reading metadata only. The options are those that the format's row declares. A format without a
   * signature passes the first bytes that it reads to `refuseSigned`, which throws if they are those of another format.
   */
  open?(path: string, options?: object, refuseSigned?: RefuseSigned): OpenedArray | Promise<OpenedArray>;
  /** Lists the arrays of a file that may hold several. Reads metadata only. */
  list?(path: string): readonly ListedEntry[] | Promise<readonly ListedEntry[]>;
  /** Reads the attributes of a file, or of an array or a group in it. */
  attributes?(path: string, inside?: string): Promise<Readonly<Record<string, unknown>>>;
  /** Reads what a file says of an array; without a name, of the only array of the file. */
  variable?(path: string, inside?: string): Promise<Variable>;
  /** Reads what a file says about its columns without reading them. */
  statistics?(path: string, options?: StatisticsOptions): Promise<ColumnStatistics[]>;
  /** Begins to write an array. The options are those that the format's row declares. */
  create?(
    path: string,
    array: NewArray,
    options?: object,
  ): Destination | StridedDestination | Promise<Destination | StridedDestination>;
  /** Begins to write several arrays into one file. */
  createMembers?(path: string, members: Readonly<Record<string, NewArray>>): MembersDestination;
  /** Makes what decodes an array. */
  reader?(array: EncodedArray): ArrayReader | Promise<ArrayReader>;
  /** Makes what encodes an array. */
  writer?(array: EncodedArray): ArrayWriter | Promise<ArrayWriter>;
}

/** A format whose elements must be decoded. */
export type EncodedFormat = Format & Required<Pick<Format, "reader">>;
