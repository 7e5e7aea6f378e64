/** An {@link NDArray} as text, in NumPy's way. */
import { type DType, type Element, factsOf, isComplexNumber, type TypedArray } from "../data/dtype.js";
import { zip } from "../data/lists.js";
import { sizeOf, stridesOf } from "../data/region.js";
import { elementAt } from "./elements.js";

/** An array with more elements than this is printed in part. */
const MOST_PRINTED = 1000;
/** The number of entries printed from each end of an axis that is printed in part. */
const EDGE = 3;
/** The longest line, in characters. */
const LINE_WIDTH = 75;
/** The most decimals of a float; those of an array are aligned, and the same rule as NumPy's picks the notation. */
const PRECISION = 8;

interface ArrayData {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

/** The text of an array. */
export function print(array: ArrayData): string {
  const { dtype, shape } = array;
  const [ndim, size] = [shape.length, sizeOf(shape)];
  if (ndim === 0) return inFull(elementAt(array, 0), dtype);
  const kind = `NDArray ${dtype} [${shape.join(", ")}]`;
  if (size === 0) return `[]\n${kind}`;
  const cut = size > MOST_PRINTED;
  const axes = zip(shape, stridesOf(shape)).map(([length, stride]) => {
    const isCut = cut && length > 2 * EDGE;
    const indices = Array.from({ length: isCut ? 2 * EDGE : length }, (_, i) =>
      i < EDGE || !isCut ? i : length - 2 * EDGE + i,
    );
    return { isCut, steps: indices.map((index) => index * stride) };
  });
  const positions = axes.reduce(
    (starts, { steps }) => starts.flatMap((start) => steps.map((step) => start + step)),
    [0],
  );
  let items = aligned(
    positions.map((position) => elementAt(array, position)),
    dtype,
  );
  // from the last axis to the first, as many items as the axis has become one
  for (const [axis, { isCut, steps }] of [...axes.entries()].reverse()) {
    const indent = " ".repeat(axis + 1);
    const list = (entries: readonly string[]): string => {
      const shown = isCut ? [...entries.slice(0, EDGE), "…", ...entries.slice(EDGE)] : entries;
      if (axis === ndim - 1) return `[${wrap(shown, indent, LINE_WIDTH - ndim)}]`;
      return `[${shown.join(`,${"\n".repeat(ndim - 1 - axis)}${indent}`)}]`;
    };
    items = Array.from({ length: items.length / steps.length }, (_, k) =>
      list(items.slice(k * steps.length, (k + 1) * steps.length)),
    );
  }
  return cut ? `${items.join("")}\n${kind}` : items.join("");
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

/** The double with the fewest digits that still rounds to this float32, so that 0.1 is not 0.10000000149011612. */
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
  if (kind === "float") return floats(values.map(Number), isSingle(dtype), "");
  if (kind !== "complex") return rightAligned(values.map(String));
  const parts = values.filter(isComplexNumber);
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
  return zip(real, imaginary).map(([re, im]) => re + im.replace(/ *$/, (spaces) => `j${spaces}`));
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
    if (text.replace(/^\d*\.?|e.*$/g, "").length > PRECISION) {
      text = scientific ? size.toExponential(PRECISION) : size.toFixed(PRECISION);
    }
    const [digits = "", exponent = ""] = text.split("e");
    const [whole = "", fraction = ""] = digits.split(".");
    return { sign, whole, fraction: fraction.replace(/0+$/, ""), exponent };
  });
  const decimals = Math.max(...parts.map(({ fraction }) => fraction?.length ?? 0));
  const digits = Math.max(3, ...parts.map(({ exponent }) => exponent.length)) - 1;
  return rightAligned(
    parts.map(({ sign, whole, fraction, exponent }) => {
      if (fraction === null) return sign + whole;
      if (!scientific) return `${sign}${whole}.${fraction.padEnd(decimals)}`;
      const power = `${exponent[0]}${exponent.slice(1).padStart(digits, "0")}`;
      return `${sign}${whole}.${fraction.padEnd(decimals, "0")}e${power}`;
    }),
  );
}
