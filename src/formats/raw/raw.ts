/** Raw binary files: elements, perhaps with other bytes before and after them. Only the user knows what they are. */
import { type DType, factsOf, toDType } from "../../data/dtype.js";
import { ArgumentError, FormatError, ShapeError } from "../../data/errors.js";
import type { StridedFile } from "../../data/layout.js";
import { stridesOf } from "../../data/region.js";
import { shown } from "../../data/shown.js";
import { isLittleEndian } from "../../storage/encoding.js";
import { withLocalFile } from "../../storage/stores/file.js";

/** The content of a raw file. */
export interface RawOptions {
  /** The dtype of the elements; `"float16"` is widened to float32. */
  readonly dtype: DType | "float16";
  /** The shape; one length may be -1, which is then taken from the size of the file. */
  readonly shape: readonly number[];
  /** The byte where the elements begin. Default: 0. */
  readonly offset?: number;
  /** The order of the elements: `"C"`, the last axis fastest, or `"F"`, the first. Default: `"C"`. */
  readonly order?: "C" | "F";
  /** The order of the bytes of a number. Default: `"little"`. */
  readonly byteOrder?: "little" | "big";
}

const operation = "raw binary";

/**
 * Describes a raw file without reading anything but its size. Bytes after the elements are ignored unless a length is
 * -1.
 *
 * @throws StorageError if the file cannot be opened
 * @throws FormatError if it is too short, or, with a length of -1, does not end with a whole number of rows
 * @throws DTypeError, ShapeError, ArgumentError for invalid options
 */
export function rawFile(path: string, options: RawOptions): StridedFile {
  const { shape: asked, offset = 0, order = "C", byteOrder = "little" } = options;
  const half = options.dtype === "float16";
  const dtype = half ? "float32" : toDType(options.dtype, operation);
  const itemBytes = half ? 2 : factsOf(dtype).bytes;
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new ArgumentError(`${operation}: offset must be a whole number of bytes from 0; got ${shown(offset)}`);
  }
  if (order !== "C" && order !== "F") {
    throw new ArgumentError(`${operation}: order must be "C" or "F"; got ${shown(order)}`);
  }
  if (byteOrder !== "little" && byteOrder !== "big") {
    throw new ArgumentError(`${operation}: byteOrder must be "little" or "big"; got ${shown(byteOrder)}`);
  }
  const known = checkShape(asked, itemBytes);
  const { size, modified } = withLocalFile(path, (file) => file);
  const shape = asked.includes(-1) ? inferred(path, asked, known * itemBytes, offset, size) : asked;
  const bytes = shape.includes(0) ? 0 : shape.reduce((product, length) => product * length, itemBytes);
  if (offset + bytes > size) {
    const promise = `shape [${shape}] of ${options.dtype} takes ${bytes} bytes from byte ${offset} on`;
    throw new FormatError(`${path} is too short: ${promise}; the file has ${size}`, { path, offset: size });
  }
  const machine = isLittleEndian ? "little" : "big";
  const otherEndian = byteOrder !== machine && itemBytes > 1;
  const strides = order === "C" ? stridesOf(shape) : stridesOf(shape.toReversed()).reverse();
  return { path, offset, size, modified, dtype, encoding: { otherEndian, half }, shape: [...shape], strides };
}

/** The product of the known lengths, after checking them. */
function checkShape(shape: readonly number[], itemBytes: number): number {
  if (!Array.isArray(shape)) {
    throw new ShapeError(`${operation}: shape must be a list of lengths; got ${shown(shape)}`);
  }
  if (shape.filter((length) => length === -1).length > 1) {
    throw new ShapeError(`${operation}: shape [${shape}] has -1 more than once; only one length can be inferred`);
  }
  let elements = 1;
  for (const length of shape) {
    if (length !== -1 && (!Number.isSafeInteger(length) || length < 0)) {
      throw new ShapeError(
        `${operation}: shape [${shape}] has a length of ${length}; expected whole numbers and at most one -1`,
      );
    }
    if (length > 0) elements *= length;
  }
  if (elements * itemBytes > Number.MAX_SAFE_INTEGER) {
    throw new ShapeError(`${operation}: shape [${shape}] has more than 2^53 - 1 bytes, the most that can be counted`);
  }
  return shape.includes(0) ? 0 : elements;
}

function inferred(path: string, shape: readonly number[], rowBytes: number, offset: number, size: number): number[] {
  if (rowBytes === 0) {
    throw new ShapeError(`${operation}: the -1 in shape [${shape}] cannot be inferred next to a length of 0`);
  }
  const rest = size - offset;
  if (rest < 0) return shape.map((length) => Math.max(0, length)); // too short, whatever the length
  if (rest % rowBytes !== 0) {
    const message = `the ${rest} bytes from byte ${offset} on are not a multiple of the ${rowBytes} of a row`;
    throw new FormatError(`${path}: ${message} of shape [${shape}]`, { path, offset: size });
  }
  return shape.map((length) => (length === -1 ? rest / rowBytes : length));
}
