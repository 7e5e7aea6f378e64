/**
 * NumPy's .npy files: a header with dtype, shape and order, then the elements and nothing else.
 *
 * ```
 * 0          6         8               10 (version 1) or 12 (2, 3)    a multiple of 64
 * │ \x93NUMPY │ version │ header length │ {'descr': '<f8', …}       \n │ elements … │ end
 * ```
 *
 * Invariant: a file is described only if it is complete: its size is that of the header and all elements, to the byte.
 */
import { type DType, factsOf } from "../../data/dtype.js";
import { FormatError, ShapeError } from "../../data/errors.js";
import { type StridedFile, storedBytes } from "../../data/layout.js";
import { sizeOf, stridesOf } from "../../data/region.js";
import { withLocalFile } from "../../storage/stores/file.js";
import { type DescribedElement, descrOf, readDescr } from "../descr.js";
import { timeAttributes } from "../times.js";
import { WrongFormatError } from "../wrong-format.js";
import { type Fail, type Literal, readLiteral } from "./python-literal.js";

const magic = "\x93NUMPY";
/** The length of a header is a multiple of this. */
const ALIGNMENT_BYTES = 64;

/** The bytes before the header's text in version 1; in later versions, the length takes two bytes more. */
const PREAMBLE_BYTES = 10;

/** The header of a plain array is far shorter; a longer one is damaged or hostile. */
const LONGEST_HEADER_BYTES = 2 ** 20;

/** As in NumPy. With no more axes, every header fits into version 1, which all readers know. */
const MOST_AXES = 64;

/** The digits that NumPy reserves for the length of the axis along which the file may grow. */
const RESERVED_DIGITS = 21;

/**
 * Reads the header of a .npy file, and nothing else of it.
 *
 * ```ts
 * const { dtype, shape, offset } = readNpyHeader("x.npy"); // "float64", [3, 4], 128
 * ```
 *
 * @throws StorageError if the file cannot be opened or read
 * @throws FormatError if it is not a .npy file, is damaged or incomplete, or does not hold numbers
 */
export function readNpyHeader(path: string): StridedFile & NpyHeader {
  return withLocalFile(path, (file) => {
    const { size, modified } = file;
    const source = { path, label: path, size, place: (at: number) => at, readInto: file.readInto.bind(file) };
    return { path, size, modified, ...parseNpy(source) };
  });
}

/** What a .npy file says beside its elements: of times, what they count. */
export function npyAttributes(path: string): Readonly<Record<string, string>> {
  return timeAttributes(readNpyHeader(path).time);
}

/** What the header of a .npy file says; the offset counts from the first byte of the header. */
export type NpyHeader = DescribedElement & Pick<StridedFile, "shape" | "strides" | "offset">;

/** The bytes of a .npy file, in a file of their own or in a part of an archive. */
export interface NpySource {
  /** The path of the file that errors name. */
  readonly path: string;
  /** The name in messages. */
  readonly label: string;
  /** The number of its bytes. */
  readonly size: number;
  /** The offset in the file of one of its bytes. */
  place(at: number): number;
  /** Fills memory with its bytes from one on. */
  readInto(bytes: Uint8Array, at: number): void;
}

/**
 * Reads the header of a .npy file in any source; `offset` counts from the source's first byte.
 *
 * @throws FormatError if it is not a .npy file, is damaged or incomplete, or does not hold numbers
 */
export function parseNpy(source: NpySource): NpyHeader {
  const { path, label } = source;
  const { text, begin, encoding } = readHeaderText(source);
  const fail: Fail = (problem, at) => {
    return new FormatError(`${label}: ${problem}`, { path, offset: source.place(begin + at) });
  };
  const header = interpret(readLiteral(text, encoding, fail), fail);
  const offset = begin + text.length;
  checkSize(source, offset, sizeOf(header.shape), storedBytes(header));
  return { offset, ...header };
}

/** The text of the header, one character per byte, and where it begins. */
function readHeaderText(file: NpySource): { text: string; begin: number; encoding: "latin1" | "utf8" } {
  const { path, label, size } = file;
  const fail: Fail = (problem, at) => new FormatError(`${label}: ${problem}`, { path, offset: file.place(at) });
  if (size === 0) throw fail("the file is empty; a .npy file begins with a header", 0);
  const preamble = Buffer.alloc(Math.min(size, 12));
  file.readInto(preamble, 0);
  if (!magic.startsWith(preamble.toString("latin1", 0, magic.length))) {
    throw new WrongFormatError(`${label}: this is not a .npy file`, { path, offset: file.place(0) }, preamble);
  }
  const major = preamble[6] ?? 1;
  const minor = preamble[7] ?? 0;
  if (major < 1 || major > 3 || minor !== 0) {
    throw fail(`version ${major}.${minor} of the .npy format is unknown; versions 1.0, 2.0 and 3.0 are read`, 6);
  }
  const begin = major === 1 ? PREAMBLE_BYTES : PREAMBLE_BYTES + 2;
  if (size < begin) throw fail(`the header is truncated: the file ends at byte ${size}`, size);
  const length = major === 1 ? preamble.readUInt16LE(8) : preamble.readUInt32LE(8);
  if (length > LONGEST_HEADER_BYTES) {
    throw fail(`the header claims to have ${length} bytes; a header has at most ${LONGEST_HEADER_BYTES}`, 8);
  }
  if (begin + length > size) {
    throw fail(`the header is truncated: it has ${length} bytes from byte ${begin} on; the file has ${size}`, size);
  }
  const bytes = Buffer.alloc(length);
  file.readInto(bytes, begin);
  return { text: bytes.toString("latin1"), begin, encoding: major === 3 ? "utf8" : "latin1" };
}

/** Interprets the header's dictionary. */
function interpret(dict: Literal, fail: Fail): Omit<NpyHeader, "offset"> {
  if (dict.kind !== "dict") throw fail("the header is not a dictionary", dict.at);
  const fields = new Map<string, Literal>();
  for (const [key, value] of dict.entries) {
    const name = key.kind === "string" ? key.value : undefined;
    if (name !== "descr" && name !== "fortran_order" && name !== "shape") {
      const found = name === undefined ? "a key that is not a string" : `the key ${JSON.stringify(name.slice(0, 40))}`;
      throw fail(`the header has ${found}; its keys are descr, fortran_order and shape`, key.at);
    }
    if (fields.has(name)) throw fail(`the header has the key ${JSON.stringify(name)} twice`, key.at);
    fields.set(name, value);
  }
  const field = (name: string): Literal => {
    const value = fields.get(name);
    if (value === undefined) throw fail(`the header has no ${name}`, dict.at);
    return value;
  };
  const fortran = field("fortran_order");
  if (fortran.kind !== "bool") throw fail("fortran_order must be True or False", fortran.at);
  const described = dtypeFrom(field("descr"), fail);
  const shape = shapeFrom(field("shape"), fail);
  return { ...described, shape, strides: stridesIn(fortran.value ? "F" : "C", shape) };
}

function dtypeFrom(descr: Literal, fail: Fail): DescribedElement {
  if (descr.kind === "list" || descr.kind === "tuple") {
    throw fail("the file holds a structured dtype; save each field as an array of its own", descr.at);
  }
  if (descr.kind !== "string") throw fail('descr must be the name of a dtype, such as "<f8"', descr.at);
  const described = readDescr(descr.value);
  if (!("refused" in described)) return described;
  const name = JSON.stringify(descr.value.slice(0, 40));
  throw fail(`the file has the dtype ${name}: it holds ${described.refused}`, descr.at);
}

function shapeFrom(literal: Literal, fail: Fail): number[] {
  if (literal.kind !== "tuple") throw fail("shape must be a tuple, such as (3, 4) or (3,)", literal.at);
  if (literal.items.length > MOST_AXES) {
    throw fail(`shape has ${literal.items.length} axes; at most ${MOST_AXES} are read`, literal.at);
  }
  // axes of length 0 do not count: the strides of the others must be exact too
  let elements = 1n;
  const shape = literal.items.map((item) => {
    if (item.kind !== "integer") throw fail("shape must hold whole numbers", item.at);
    if (item.value < 0n) throw fail(`shape has an axis of length ${item.value}; lengths are 0 or more`, item.at);
    if (item.value > 0n) elements *= item.value;
    return Number(item.value);
  });
  if (elements <= BigInt(Number.MAX_SAFE_INTEGER)) return shape;
  throw fail(`shape (${shape.join(", ")}) has more than 2^53 - 1 elements, the most that can be counted`, literal.at);
}

/**
 * Checks that the elements end where the file ends, with BigInts, since a hostile shape may need more bytes than 2^53.
 */
function checkSize(file: NpySource, offset: number, elements: number, itemBytes: number): void {
  const { path, label, size } = file;
  const expected = BigInt(offset) + BigInt(elements) * BigInt(itemBytes);
  const excess = BigInt(size) - expected;
  if (excess === 0n) return;
  const promise = `the header promises ${elements} elements of ${itemBytes} bytes, so ${expected} bytes in all`;
  if (excess < 0n) {
    const message = `${label} is truncated: ${promise}; the file has ${size}`;
    throw new FormatError(message, { path, offset: file.place(size) });
  }
  const message = `${label} has ${excess} bytes after the data: ${promise}; the file has ${size}`;
  throw new FormatError(message, { path, offset: file.place(Number(expected)) });
}

function stridesIn(order: "C" | "F", shape: readonly number[]): number[] {
  return order === "C" ? stridesOf(shape) : stridesOf(shape.toReversed()).reverse();
}

/** The content of a new .npy file; `order` is the order of its elements, by default `"C"` (the last axis fastest). */
export interface NpyArray {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly order?: "C" | "F";
}

/**
 * The header of a .npy file, byte for byte as NumPy writes it. The elements follow in little-endian order.
 *
 * ```ts
 * const header = npyHeader({ dtype: "float64", shape: [3, 4] }); // 128 bytes, version 1.0
 * ```
 *
 * @throws ShapeError if a length is not a whole number from 0, or there are too many axes, elements or bytes
 */
export function npyHeader({ dtype, shape, order = "C" }: NpyArray): Uint8Array {
  checkShape(shape, factsOf(dtype).bytes);
  // as in NumPy, an array whose elements are in the same place in both orders counts as C
  const fortran = order === "F" && !shape.includes(0) && shape.filter((length) => length > 1).length > 1;
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const flag = fortran ? "True" : "False";
  let text = `{'descr': '${descrOf(dtype)}', 'fortran_order': ${flag}, 'shape': ${tuple}, }`;
  // as in NumPy, the axis along which the file may grow has room for more digits
  const growing = fortran ? shape.at(-1) : shape[0];
  if (growing !== undefined) text += " ".repeat(RESERVED_DIGITS - String(growing).length);
  // spaces and the end of the line pad the header to the alignment
  const size = (Math.floor((PREAMBLE_BYTES + text.length + 1) / ALIGNMENT_BYTES) + 1) * ALIGNMENT_BYTES;
  const header = Buffer.alloc(size, " ");
  header.write(magic, "latin1");
  header.set([1, 0], magic.length);
  header.writeUInt16LE(size - PREAMBLE_BYTES, 8);
  header.write(text, PREAMBLE_BYTES, "latin1");
  header.write("\n", size - 1);
  return new Uint8Array(header);
}

function checkShape(shape: readonly number[], itemBytes: number): void {
  let elements = 1;
  if (shape.length > MOST_AXES) throw new ShapeError(`.npy: got ${shape.length} axes; the format takes ${MOST_AXES}`);
  for (const length of shape) {
    if (!Number.isSafeInteger(length) || length < 0) {
      throw new ShapeError(`.npy: shape [${shape}] has an axis of length ${length}; lengths are whole numbers from 0`);
    }
    if (length > 0) elements *= length;
  }
  if (elements * itemBytes <= Number.MAX_SAFE_INTEGER) return;
  throw new ShapeError(`.npy: shape [${shape}] has ${elements} elements of ${itemBytes} bytes; at most 2^53 - 1 fit`);
}
