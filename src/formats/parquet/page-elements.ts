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
import { allocate, type DType, factsOf, type TypedArray } from "../../data/dtype.js";
import { markOf, type Nulls, type Numeric } from "../tables/columns.js";
import { unpackBits, widen } from "../tables/elements.js";
import { decodeDeltas, decodeRuns, EncodingFault, joinStreams } from "./encodings.js";
import type { Page } from "./page.js";
import type { ParquetColumn } from "./schema.js";
import { convertedView, elementsFrom, isConverted } from "./values.js";

/** The elements of a dictionary, converted if they must be; their memory begins at 0. */
export interface Dictionary {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly count: number;
  /** The bytes of an element. */
  readonly width: number;
}

/** How the elements of a page become elements of the array. */
export interface ElementRules {
  readonly column: Numeric<ParquetColumn>;
  /** The array's dtype. */
  readonly dtype: DType;
  readonly nulls: Nulls;
  readonly inexact: boolean;
}

/** Makes a dictionary of the elements of its page. */
export function dictionaryFrom(
  column: ElementRules["column"],
  plain: Uint8Array<ArrayBuffer>,
  count: number,
): Dictionary {
  if (!isConverted(column)) return { bytes: plain, count, width: column.bytes };
  const { buffer, byteLength } = elementsFrom(column, plain, count);
  return { bytes: new Uint8Array(new Uint8Array(buffer, 0, byteLength)), count, width: CONVERTED_BYTES };
}

const CONVERTED_BYTES = 8;

/** Writes elements of one page after the other. */
export class ElementWriter {
  /** The indices of the last page; used again. */
  #indices = new Uint32Array(0);

  /** Fills `into` with the elements of a page from row `skip` on. */
  write(page: Page, rules: ElementRules, dictionary: Dictionary | undefined, skip: number, into: Uint8Array): void {
    const { column, dtype, nulls, inexact } = rules;
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
    const width = column.bytes;
    if (holdsNothingElse(encoding) && width > 0 && content.length !== count * width) {
      throw new EncodingFault(`it has ${content.length} bytes; ${count} elements of ${width} take ${count * width}`);
    }
    const asStored = present === undefined && column.stored === dtype;
    if (encoding === "PLAIN" && asStored && width === item && !isConverted(column)) {
      into.set(content.subarray(skip * item, (skip + wanted) * item));
      return;
    }
    const indices = usesDictionary(encoding) ? this.#indicesIn(page) : undefined;
    if (indices !== undefined && asStored && dictionary?.width === item && into.byteOffset % item === 0) {
      lookUp(indices.subarray(skip, skip + wanted), dictionary, into);
      return;
    }
    const dense = allocate(dtype, count);
    // halves and integers of up to 32 bits are in typed arrays of their own size; the column says what they mean
    const found = indices === undefined ? elementsIn(page, column) : lookedUp(indices, column, dictionary);
    widen(column.stored, found, dense, inexact);
    const elements = present === undefined ? dense : spread(dense, present, dtype, markOf(nulls, column, dtype));
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

/** Puts a mark between elements wherever a row has none. */
function spread(dense: TypedArray, present: Uint8Array, dtype: DType, mark: number | bigint): TypedArray {
  const elements = allocate(dtype, present.length);
  let next = 0;
  for (let row = 0; row < present.length; row++) {
    const element = present[row] === 1 ? dense[next++] : mark;
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
function lookUp(indices: Uint32Array, dictionary: Dictionary | undefined, into: Uint8Array): void {
  if (dictionary === undefined) throw new EncodingFault("it needs a dictionary, and there is none");
  const { bytes, count, width } = dictionary;
  if (width === 2) {
    copyWords(
      indices,
      new Uint16Array(bytes.buffer, 0, count),
      new Uint16Array(into.buffer, into.byteOffset, indices.length),
    );
    return;
  }
  // two words for 8 bytes: as a float64, some integers would be NaNs whose bits may change
  const words = width / 4;
  const source = new Uint32Array(bytes.buffer, 0, words * count);
  const target = new Uint32Array(into.buffer, into.byteOffset, words * indices.length);
  if (words === 2) copyPairs(indices, source, target);
  else copyWords(indices, source, target);
}

function copyWords<T extends Uint16Array | Uint32Array>(indices: Uint32Array, source: T, target: T): void {
  const count = source.length;
  for (let i = 0; i < indices.length; i++) {
    const word = source[indices[i] ?? count];
    if (word === undefined) throw new EncodingFault(`it needs element ${indices[i]} of a dictionary of ${count}`);
    target[i] = word;
  }
}

function copyPairs(indices: Uint32Array, source: Uint32Array, target: Uint32Array): void {
  const count = source.length / 2;
  for (let i = 0; i < indices.length; i++) {
    const from = 2 * (indices[i] ?? count);
    const [low, high] = [source[from], source[from + 1]];
    if (low === undefined || high === undefined) {
      throw new EncodingFault(`it needs element ${indices[i]} of a dictionary of ${count}`);
    }
    target[2 * i] = low;
    target[2 * i + 1] = high;
  }
}

/** Elements of a dictionary, one after the other. */
function lookedUp(
  indices: Uint32Array,
  column: ElementRules["column"],
  dictionary: Dictionary | undefined,
): TypedArray {
  const bytes = new Uint8Array(indices.length * (dictionary?.width ?? 0));
  if (indices.length > 0) lookUp(indices, dictionary, bytes);
  return isConverted(column) ? convertedView(column, bytes) : elementsFrom(column, bytes, indices.length);
}

/** The elements that a page holds itself, without a dictionary. */
function elementsIn(page: Page, column: ElementRules["column"]): TypedArray {
  const { encoding, count, content } = page;
  const { physical, bytes: width } = column;
  if (physical === "BOOLEAN") return boolsIn(page);
  if (encoding === "PLAIN") return elementsFrom(column, new Uint8Array(content), count);
  if (encoding === "BYTE_STREAM_SPLIT" && width > 0) {
    return elementsFrom(column, joinStreams(content, count, width), count);
  }
  if (encoding === "DELTA_BINARY_PACKED" && (physical === "INT32" || physical === "INT64")) {
    const bytes = new Uint8Array(count * width);
    decodeDeltas(content, physical === "INT32" ? new Int32Array(bytes.buffer) : new BigInt64Array(bytes.buffer));
    return elementsFrom(column, bytes, count);
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
