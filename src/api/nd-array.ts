/**
 * The result of a computation: an array that is in memory, whole.
 *
 * Invariant: `data` holds the elements in C order (the last index moves fastest), `size` of them; a complex number takes
 * two places, real part first. The constructor checks this, so nothing below has to.
 */
import { inspect } from "node:util";
import { type Complex, type DType, type Element, factsOf, type TypedArray, toDType } from "../data/dtype.js";
import { DTypeError, OutOfBoundsError, ShapeError } from "../data/errors.js";
import { sizeOf, stridesOf } from "../data/region.js";

/** An element, or lists of lists of elements, as deep as the array has axes. */
export type NestedElements = Element | NestedElements[];

/** An element as JSON can hold it; see {@link NDArray.toJSON}. */
export type JSONElement = number | boolean | string | [re: number | string, im: number | string];

/** An {@link NDArray} as plain data for JSON. */
export interface NDArrayJSON {
  /** The length of each axis. */
  readonly shape: readonly number[];
  /** The type of the elements. */
  readonly dtype: DType;
  /** The elements in C order. */
  readonly data: JSONElement[];
}

/**
 * An array in memory: what `compute()` resolves to.
 *
 * @example
 * const a = new NDArray("float64", [2, 2], new Float64Array([1, 2, 3, 4]));
 * a.get(1, 0);   // 3
 * a.toArray();   // [[1, 2], [3, 4]]
 */
export class NDArray {
  /** The type of the elements. */
  readonly dtype: DType;
  /** The length of each axis; `[]` for a 0-d array, which has one element. */
  readonly shape: readonly number[];
  /** The elements in C order; complex numbers as interleaved pairs. Not a copy: a change to it changes the array. */
  readonly data: TypedArray;

  /**
   * An array over `data`, which is not copied. A `Uint8Array` of 0 and 1 holds bools, a `BigInt64Array` or `BigUint64Array`
   * 64-bit integers, a float array of twice the size complex numbers.
   *
   * Throws a {@link DTypeError} when the dtype is unknown or `data` is not its typed array, and a {@link ShapeError} when
   * the shape is not made of whole numbers from 0 or `data` has not the length it asks for.
   */
  constructor(dtype: DType, shape: readonly number[], data: TypedArray) {
    const { array, kind } = factsOf(toDType(dtype, "NDArray"));
    if (!shape.every((length) => Number.isSafeInteger(length) && length >= 0)) {
      throw new ShapeError(`NDArray: a shape is a list of whole numbers from 0; got [${shape.join(", ")}]`);
    }
    // By name, so that an array from another realm (a vm, a test runner) is welcome too.
    const got = Object.prototype.toString.call(data).slice(8, -1);
    if (got !== array.name) throw new DTypeError(`NDArray: the data of ${dtype} is of type ${array.name}; got ${got}`);
    const needed = sizeOf(shape) * (kind === "complex" ? 2 : 1);
    if (data.length !== needed) {
      throw new ShapeError(
        `NDArray: shape [${shape.join(", ")}] of ${dtype} needs data of length ${needed}; got ${data.length}`,
      );
    }
    this.dtype = dtype;
    this.shape = Object.freeze([...shape]);
    this.data = data;
  }

  /** The number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** The number of axes. */
  get ndim(): number {
    return this.shape.length;
  }

  /** The bytes of the elements. */
  get nbytes(): number {
    return this.data.byteLength;
  }

  /**
   * The element at an index, one number per axis; negative numbers count from the end. A bool is a boolean, a 64-bit
   * integer a bigint, a complex number `{ re, im }`.
   *
   * Throws an {@link OutOfBoundsError} for an index outside the shape, of the wrong length, or not of whole numbers.
   *
   * @example
   * means.get(0);  means.get(-1);  matrix.get(2, 3);
   */
  get(...index: number[]): Element {
    const { shape } = this;
    if (index.length !== shape.length) {
      const numbers = `${index.length} ${index.length === 1 ? "number" : "numbers"}`;
      throw new OutOfBoundsError(
        `get: index [${index.join(", ")}] has ${numbers}; shape [${shape.join(", ")}] needs ${shape.length}`,
      );
    }
    const strides = stridesOf(shape);
    let position = 0;
    for (let axis = 0; axis < shape.length; axis++) {
      const at = index[axis]! < 0 ? index[axis]! + shape[axis]! : index[axis]!;
      if (!Number.isInteger(at) || at < 0 || at >= shape[axis]!) {
        throw new OutOfBoundsError(`get: index [${index.join(", ")}] is outside shape [${shape.join(", ")}]`);
      }
      position += at * strides[axis]!;
    }
    return elementAt(this, position);
  }

  /**
   * The only element of an array that has one, such as a sum over all axes. Throws a {@link ShapeError} for any other size.
   *
   * @example
   * (await x.sum().compute()).item();
   */
  item(): Element {
    if (this.size === 1) return elementAt(this, 0);
    throw new ShapeError(`item: shape [${this.shape.join(", ")}] has ${this.size} elements; item() is for exactly one`);
  }

  /** The elements as nested lists, one level per axis; a 0-d array gives its element alone. */
  toArray(): NestedElements {
    let position = 0;
    const list = (axis: number): NestedElements =>
      axis === this.ndim
        ? elementAt(this, position++)
        : Array.from({ length: this.shape[axis]! }, () => list(axis + 1));
    return list(0);
  }

  /**
   * Plain data for `JSON.stringify`. What JSON cannot say is said so: `"NaN"`, `"Infinity"` and `"-Infinity"` are text; a
   * 64-bit integer is a number up to ±(2^53 − 1) and text beyond; a complex number is `[re, im]`. (−0 becomes 0.)
   *
   * @example
   * JSON.stringify(await x.mean().compute()); // {"shape":[],"dtype":"float64","data":[0.5]}
   */
  toJSON(): NDArrayJSON {
    const data = Array.from({ length: this.size }, (_, position) => toJSONElement(elementAt(this, position)));
    return { shape: this.shape, dtype: this.dtype, data };
  }

  /**
   * The elements as text, in NumPy's way: aligned, rows broken at 75 columns, and of more than 1000 elements only the
   * first and last three of each axis, followed by a line with dtype and shape. A 0-d array is its element in full.
   */
  toString(): string {
    return print(this);
  }

  /** What `console.log` shows: {@link NDArray.toString}. */
  [inspect.custom](): string {
    return print(this);
  }
}

function elementAt({ dtype, data }: NDArray, position: number): Element {
  const { kind } = factsOf(dtype);
  if (kind === "complex") return { re: Number(data[2 * position]), im: Number(data[2 * position + 1]) };
  return kind === "bool" ? data[position] !== 0 : data[position]!;
}

/** An element as {@link NDArray.toJSON} has it. */
export function toJSONElement(value: Element): JSONElement {
  const safe = (number: number) => (Number.isFinite(number) ? number : String(number));
  if (typeof value === "object") return [safe(value.re), safe(value.im)];
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  return typeof value === "number" ? safe(value) : value;
}

/** Arrays of more elements are printed in part: this many from each end of an axis. */
const printed = 1000;
const edge = 3;
const columns = 75;
/** The most decimals of a float; those of an array are aligned, and the same rule as NumPy's picks the notation. */
const precision = 8;

function print(array: NDArray): string {
  const { dtype, shape, size, ndim } = array;
  if (ndim === 0) return inFull(elementAt(array, 0), dtype);
  const kind = `NDArray ${dtype} [${shape.join(", ")}]`;
  if (size === 0) return `[]\n${kind}`;
  const cut = size > printed;
  // The indices of each axis that are shown; -1 stands for those that are not.
  const shown = shape.map((length) => {
    const [from, to] = cut && length > 2 * edge ? [edge, length - edge] : [length, length];
    const head = Array.from({ length: from }, (_, i) => i);
    return from === to ? head : [...head, -1, ...head.map((i) => to + i)];
  });
  const strides = stridesOf(shape);
  let positions = [0];
  shown.forEach((indices, axis) => {
    const steps = indices.filter((index) => index >= 0).map((index) => index * strides[axis]!);
    positions = positions.flatMap((position) => steps.map((step) => position + step));
  });
  const words = aligned(
    positions.map((position) => elementAt(array, position)),
    dtype,
  );
  let next = 0;
  const list = (axis: number, indent: string): string => {
    const inner = `${indent} `;
    const last = axis === ndim - 1;
    const items = shown[axis]!.map((index) => (index < 0 ? "…" : last ? words[next++]! : list(axis + 1, inner)));
    return `[${last ? wrap(items, inner, columns - ndim) : items.join(`,${"\n".repeat(ndim - 1 - axis)}${inner}`)}]`;
  };
  return cut ? `${list(0, "")}\n${kind}` : list(0, "");
}

/** Items with commas, broken into lines of at most `width` columns; the first line's indent is left to the caller. */
function wrap(items: readonly string[], indent: string, width: number): string {
  const lines: string[] = [];
  let line = indent;
  items.forEach((item, i) => {
    if (line.length + item.length > width && line !== indent) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += i < items.length - 1 ? `${item}, ` : item;
  });
  return [...lines, line].join("\n").slice(indent.length);
}

/** The double with the shortest digits that still is this float32, so that 0.1 is not 0.10000000149011612. */
function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

const isSingle = (dtype: DType) => factsOf(dtype).part === "float32";

function inFull(value: Element, dtype: DType): string {
  const text = (part: number) => String(isSingle(dtype) ? shortest(part) : part);
  if (typeof value === "object") return `${text(value.re)}${text(value.im).replace(/^(?!-)/, "+")}j`;
  return typeof value === "number" ? text(value) : String(value);
}

/** The elements as words of one width. */
function aligned(values: readonly Element[], dtype: DType): string[] {
  const { kind } = factsOf(dtype);
  if (kind === "float") return floats(values as readonly number[], isSingle(dtype), "");
  if (kind !== "complex") return rightAligned(values.map(String));
  const parts = values as readonly Complex[];
  const real = floats(
    parts.map(({ re }) => re),
    isSingle(dtype),
    "",
  );
  const imaginary = floats(
    parts.map(({ im }) => im),
    isSingle(dtype),
    "+",
  );
  return real.map((text, i) => text + imaginary[i]!.replace(/ *$/, (spaces) => `j${spaces}`));
}

function rightAligned(words: readonly string[]): string[] {
  const width = Math.max(...words.map((word) => word.length));
  return words.map((word) => word.padStart(width));
}

/** Floats with their points below each other; in scientific notation when plain digits would hide the small ones. */
function floats(values: readonly number[], single: boolean, plus: "" | "+"): string[] {
  const sizes = values.map(Math.abs).filter((size) => size > 0 && size < Infinity);
  const [low, high] = [Math.min(...sizes), Math.max(...sizes)];
  const scientific = high >= (single ? 1e6 : 1e8) || low < 1e-4 || high / low > 1000;
  const parts = values.map((value) => {
    const sign = value < 0 || Object.is(value, -0) ? "-" : plus;
    if (!Number.isFinite(value)) return { sign, whole: String(Math.abs(value)), fraction: null, exponent: "" };
    const size = Math.abs(single ? shortest(value) : value);
    let text = scientific ? size.toExponential() : String(size);
    if (text.replace(/^\d*\.?|e.*$/g, "").length > precision) {
      text = scientific ? size.toExponential(precision) : size.toFixed(precision);
    }
    const [, whole, fraction, exponent] = /^(\d+)(?:\.(\d*?)0*)?(?:e(.+))?$/.exec(text)!;
    return { sign, whole: whole!, fraction: fraction ?? "", exponent: exponent ?? "" };
  });
  const decimals = Math.max(...parts.map(({ fraction }) => fraction?.length ?? 0));
  const digits = Math.max(3, ...parts.map(({ exponent }) => exponent.length)) - 1;
  return rightAligned(
    parts.map(({ sign, whole, fraction, exponent }) => {
      if (fraction === null) return sign + whole;
      if (!scientific) return `${sign}${whole}.${fraction.padEnd(decimals)}`;
      return `${sign}${whole}.${fraction.padEnd(decimals, "0")}e${exponent[0]}${exponent.slice(1).padStart(digits, "0")}`;
    }),
  );
}
