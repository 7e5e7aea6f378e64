/**
 * Elements at regular distances in a file: .npy, raw binary, and chunkwise's own scratch files.
 * A {@link StridedFile} is plain data: a worker needs nothing else to read or write any box of it.
 */
import { type DType, factsOf } from "./dtype.js";

/** How the bytes of an element differ from what the machine computes with. */
export interface Encoding {
  /** True where the bytes of a number are in the other order than this machine's. */
  readonly otherEndian: boolean;
  /** True for float16, which is widened to float32 on reading. */
  readonly half: boolean;
}

/** The part of a {@link StridedFile} that says how an element is stored. */
export type Stored = Pick<StridedFile, "dtype" | "encoding">;

/** Bytes of one element in the file. */
export function storedBytes({ dtype, encoding }: Stored): number {
  return encoding.half ? 2 : factsOf(dtype).bytes;
}

/** An array inside a file. Strides are in elements and may be negative or zero. */
export interface StridedFile {
  /** The file's path. */
  readonly path: string;
  /** Byte offset of the element with index 0 on every axis. */
  readonly offset: number;
  /** The file's size in bytes when it was opened; a reader that finds it shorter reports a truncated file. */
  readonly size: number;
  /** Time of the last change, in milliseconds; part of the array's identity. */
  readonly modified: number;
  /** The dtype of the elements once they are read. */
  readonly dtype: DType;
  readonly encoding: Encoding;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}
