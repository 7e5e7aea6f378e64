/** .npy files made by hand: every byte of the header under the test's control. */

import type { DType } from "#src/data/dtype";

/** NumPy's names of the dtypes that are read, what they become, and the bytes of an element in the file. */
export const descrs: readonly (readonly [name: string, dtype: DType, bytes: number])[] = [
  ["b1", "bool", 1],
  ["i1", "int8", 1],
  ["i2", "int16", 2],
  ["i4", "int32", 4],
  ["i8", "int64", 8],
  ["u1", "uint8", 1],
  ["u2", "uint16", 2],
  ["u4", "uint32", 4],
  ["u8", "uint64", 8],
  ["f2", "float32", 2],
  ["f4", "float32", 4],
  ["f8", "float64", 8],
  ["c8", "complex64", 8],
  ["c16", "complex128", 16],
];

/** What a header is made of; all but the dictionary have the usual values. */
export interface Header {
  /** The text of the dictionary, one character per byte. */
  readonly dict: string;
  readonly version?: readonly [major: number, minor: number];
  /** What the header claims its length to be. */
  readonly length?: number;
}

/** The bytes of a header, filled up with spaces to a multiple of 64. */
export function headerBytes({ dict, version = [1, 0], length }: Header): Buffer {
  const begin = version[0] === 1 ? 10 : 12;
  const end = Math.ceil((begin + dict.length + 1) / 64) * 64;
  const bytes = Buffer.alloc(end, " ");
  bytes.write("\x93NUMPY", "latin1");
  bytes.set(version, 6);
  if (version[0] === 1) bytes.writeUInt16LE(length ?? end - begin, 8);
  else bytes.writeUInt32LE(length ?? end - begin, 8);
  bytes.write(dict, begin, "latin1");
  bytes.write("\n", end - 1);
  return bytes;
}

/** The text of the dictionary, as NumPy writes it. */
export function dictOf(descr: string, fortran: boolean, shape: readonly number[]): string {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  return `{'descr': '${descr}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': ${tuple}, }`;
}
