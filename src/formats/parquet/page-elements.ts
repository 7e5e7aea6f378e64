/**
 * Elements of pages, decoded into the memory of the array: from a dictionary, or from the page itself.
 *
 *     page ─▶ indices of a dictionary ─┐
 *          └─▶ elements ───────────────┴─▶ widened to the array's dtype ─▶ nulls put in between ─▶ array
 *
 * Elements that are stored exactly as the array wants them skip the steps in between. Invariant: an element is written
 * only if its page is known to hold it.
 */
import type { Encoding } from "hyparquet";
import { allocate, type DType, factsOf, type TypedArray, viewOf } from "../../data/dtype.js";
import type { Nulls, Numeric } from "../tables/columns.js";
import { unpackBits, widen } from "../tables/elements.js";
import { decodeDeltas, decodeRuns, EncodingFault, joinStreams } from "./encodings.js";
import type { ParquetColumn } from "./metadata.js";
import type { Page } from "./page.js";

/** The elements of a dictionary; their memory begins at 0. */
export interface Dictionary {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly count: number;
}

/** How the elements of a page become elements of the array. */
export interface ElementRules {
  readonly column: Numeric<ParquetColumn>;
  /** The array's dtype. */
  readonly dtype: DType;
  readonly nulls: Nulls;
}

const physicalBytes: Readonly<Record<string, number>> = {
  INT32: 4,
  INT64: 8,
  FLOAT: 4,
  DOUBLE: 8,
  FIXED_LEN_BYTE_ARRAY: 2,
};

/** The bytes of an element of a column in a page; 0 if they have no fixed size there. */
export function widthOf({ physical }: ParquetColumn): number {
  return physicalBytes[physical ?? ""] ?? 0;
}

/** Writes elements of one page after the other. */
export class ElementWriter {
  /** The indices of the last page; used again. */
  #indices = new Uint32Array(0);

  /** Fills `into` with the elements of a page from row `skip` on. */
  write(page: Page, rules: ElementRules, dictionary: Dictionary | undefined, skip: number, into: Uint8Array): void {
    const { column, dtype, nulls } = rules;
    const { present, encoding, count, content } = page;
    const item = factsOf(dtype).bytes;
    const wanted = into.length / item;
    if (nulls === "mask") {
      writeMask(present, skip, wanted, into);
      return;
    }
    if (present !== undefined && nulls === "error") {
      throw new EncodingFault('it has nulls, which nulls: "error" refuses');
    }
    const width = widthOf(column);
    if (holdsNothingElse(encoding) && width > 0 && content.length !== count * width) {
      throw new EncodingFault(`it has ${content.length} bytes; ${count} elements of ${width} take ${count * width}`);
    }
    const same = present === undefined && column.stored === dtype && width === item;
    if (encoding === "PLAIN" && same) {
      into.set(content.subarray(skip * item, (skip + wanted) * item));
      return;
    }
    const indices = usesDictionary(encoding) ? this.#indicesIn(page) : undefined;
    if (indices !== undefined && same && into.byteOffset % item === 0) {
      lookUp(indices.subarray(skip, skip + wanted), dictionary, width, into);
      return;
    }
    const dense = allocate(dtype, count);
    // halves and integers of up to 32 bits are in typed arrays of their own size; the column says what they mean
    const found = indices === undefined ? elementsIn(page, column) : lookedUp(indices, column, dictionary);
    widen(column.stored, found, dense);
    const elements = present === undefined ? dense : spread(dense, present, dtype);
    into.set(new Uint8Array(elements.buffer, skip * item, into.length));
  }

  /** The indices in the dictionary of a page's elements, valid until the next page. */
  #indicesIn({ count, content }: Page): Uint32Array {
    if (count > this.#indices.length) this.#indices = new Uint32Array(count);
    const indices = this.#indices.subarray(0, count);
    if (count > 0) decodeRuns(content.subarray(1), content[0] ?? 0, indices);
    return indices;
  }
}

/** Writes 1 for each null and 0 for each other element. */
function writeMask(present: Uint8Array | undefined, skip: number, wanted: number, into: Uint8Array): void {
  if (present === undefined) into.fill(0);
  else for (let i = 0; i < wanted; i++) into[i] = present[skip + i] === 1 ? 0 : 1;
}

/** Puts NaN between elements wherever a row has none. */
function spread(dense: TypedArray, present: Uint8Array, dtype: DType): TypedArray {
  const elements = allocate(dtype, present.length);
  let next = 0;
  for (let row = 0; row < present.length; row++) {
    const element = present[row] === 1 ? dense[next++] : Number.NaN;
    if (element !== undefined) elements[row] = element; // always true
  }
  return elements;
}

/** True if a page has the bytes of its elements and no others. */
function holdsNothingElse(encoding: Encoding): boolean {
  return encoding === "PLAIN" || encoding === "BYTE_STREAM_SPLIT";
}

function usesDictionary(encoding: Encoding): boolean {
  return encoding === "PLAIN_DICTIONARY" || encoding === "RLE_DICTIONARY";
}

/** Copies elements of a dictionary; `into` is aligned to them. Only their length matters, not their type. */
function lookUp(indices: Uint32Array, dictionary: Dictionary | undefined, width: number, into: Uint8Array): void {
  if (dictionary === undefined) throw new EncodingFault("it needs a dictionary, and there is none");
  const { bytes, count } = dictionary;
  const dtype = width === 8 ? "float64" : width === 4 ? "uint32" : "uint16";
  const source = viewOf(dtype, bytes.buffer, bytes.byteOffset, count);
  const target = viewOf(dtype, into.buffer, into.byteOffset, indices.length);
  for (let i = 0; i < indices.length; i++) {
    const element = source[indices[i] ?? count];
    if (element === undefined) throw new EncodingFault(`it needs element ${indices[i]} of a dictionary of ${count}`);
    target[i] = element;
  }
}

/** Elements of a dictionary, one after the other. */
function lookedUp(
  indices: Uint32Array,
  column: Numeric<ParquetColumn>,
  dictionary: Dictionary | undefined,
): TypedArray {
  const width = widthOf(column);
  const bytes = new Uint8Array(indices.length * width);
  if (indices.length > 0) lookUp(indices, dictionary, width, bytes);
  return physicalView(column, bytes, indices.length);
}

/** Bytes as elements of the type that a column has in pages, where short integers have 32 bits. */
function physicalView(
  { stored, physical }: Numeric<ParquetColumn>,
  { buffer }: Uint8Array<ArrayBuffer>,
  count: number,
): TypedArray {
  if (physical === "DOUBLE") return new Float64Array(buffer, 0, count);
  if (physical === "FLOAT") return new Float32Array(buffer, 0, count);
  if (physical === "FIXED_LEN_BYTE_ARRAY") return new Uint16Array(buffer, 0, count);
  if (physical === "INT64") {
    return stored === "uint64" ? new BigUint64Array(buffer, 0, count) : new BigInt64Array(buffer, 0, count);
  }
  return stored === "uint32" ? new Uint32Array(buffer, 0, count) : new Int32Array(buffer, 0, count);
}

/** The elements that a page holds itself, without a dictionary. */
function elementsIn(page: Page, column: Numeric<ParquetColumn>): TypedArray {
  const { encoding, count, content } = page;
  const { physical } = column;
  if (physical === "BOOLEAN") return boolsIn(page);
  const width = widthOf(column);
  if (encoding === "PLAIN") return physicalView(column, new Uint8Array(content.subarray(0, count * width)), count);
  if (encoding === "BYTE_STREAM_SPLIT") return physicalView(column, joinStreams(content, count, width), count);
  if (encoding === "DELTA_BINARY_PACKED" && (physical === "INT32" || physical === "INT64")) {
    const bytes = new Uint8Array(count * width);
    decodeDeltas(content, physical === "INT32" ? new Int32Array(bytes.buffer) : new BigInt64Array(bytes.buffer));
    return physicalView(column, bytes, count);
  }
  throw new EncodingFault(`its elements are encoded as ${encoding}, which is not read for ${column.type}`);
}

/** Whether so many bytes may hold so many bits; fastparquet writes one byte more if the last one is full. */
function isLengthOfBits(bytes: number, bits: number): boolean {
  return bytes === Math.ceil(bits / 8) || bytes === Math.floor(bits / 8) + 1;
}

function boolsIn({ encoding, count, content }: Page): Uint8Array {
  const bools = new Uint8Array(count);
  if (encoding === "RLE") decodeRuns(content.subarray(4), 1, bools);
  else if (encoding !== "PLAIN") throw new EncodingFault(`its bools are encoded as ${encoding}, which is not read`);
  else if (isLengthOfBits(content.length, count)) unpackBits(content, 0, bools);
  else throw new EncodingFault(`it has ${content.length} bytes; ${count} bools take ${Math.ceil(count / 8)}`);
  return bools;
}
