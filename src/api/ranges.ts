/** Ranges of numbers. Nothing is allocated until a block is computed. */
import { takesOnly } from "../data/arguments.js";
import { type DType, holds, isInteger, toDType } from "../data/dtype.js";
import { ArgumentError } from "../data/errors.js";
import { checkOptions } from "../data/options.js";
import { checkShape, isShape } from "../data/shape.js";
import { shown } from "../data/shown.js";
import { countedExpr } from "../ops/sources.js";
import { checkedElement } from "../program/element.js";
import { ChunkedArray } from "./chunked-array.js";
import { type CreateOptions, createNames, gridFor } from "./create.js";

type Bound = number | bigint;

/** The bounds and the options of a call, which may come after any number of bounds. */
function parsed(given: readonly unknown[]): { bounds: readonly unknown[]; options: CreateOptions } {
  const end = given.findIndex((value) => typeof value === "object" && value !== null);
  const [bounds, rest] = end < 0 ? [given.slice(0, 3), given.slice(3)] : [given.slice(0, end), given.slice(end)];
  const [options = {}, ...more] = rest;
  if (more.some((value) => value !== undefined))
    throw new ArgumentError(`arange: options come last; got ${shown(more[0])} after them`);
  checkOptions(options, createNames, "arange");
  return { bounds, options: options as CreateOptions };
}

/** Start, stop and step, each a number or a bigint. */
function boundsOf(given: readonly unknown[]): readonly [from: Bound, to: Bound, by: Bound] {
  const words = ["start", "stop", "step"];
  const isBound = (value: unknown): value is Bound => typeof value === "number" || typeof value === "bigint";
  const wrong = given.findIndex((value, i) => !isBound(value) && (value !== undefined || i === 0));
  if (wrong >= 0) {
    throw new ArgumentError(`arange: ${words[wrong]} must be a number or a bigint; got ${shown(given[wrong])}`);
  }
  const [first, last, by = 1] = given as readonly Bound[];
  const [from, to] = last === undefined ? [0, first ?? 0] : [first ?? 0, last];
  const isLimited = (value: Bound): boolean => typeof value === "bigint" || Number.isFinite(value);
  if (![from, to, by].every(isLimited) || Number(by) === 0) {
    const got = given.filter((value) => value !== undefined).map(shown);
    throw new ArgumentError(
      `arange: start, stop and step must be finite and step must not be 0; got ${got.join(", ")}`,
    );
  }
  return [from, to, by];
}

/** The numbers as bigints if all are whole; a number beyond 64 bits is a float, whose last digits mean nothing. */
function wholeOf(bounds: readonly Bound[]): readonly bigint[] | null {
  const isWhole = (value: Bound): boolean =>
    typeof value === "bigint" || (Number.isInteger(value) && Math.abs(value) <= 2 ** 64);
  return bounds.every(isWhole) ? bounds.map(BigInt) : null;
}

/** start + step · position in 64 bits, which wrap around on the way but not in the result. */
function wholeRange(
  [from = 0n, to = 0n, by = 1n]: readonly bigint[],
  asked: DType | undefined,
  options: CreateOptions,
): ChunkedArray {
  const span = by > 0n ? to - from : from - to;
  const step = by > 0n ? by : -by;
  const count = span > 0n ? (span + step - 1n) / step : 0n;
  const ends = count > 0n ? [from, from + (count - 1n) * by] : [];
  const fallback = ends.every((end) => holds("int64", end)) ? "int64" : "uint64";
  const dtype = asked ?? fallback;
  for (const end of ends) checkedElement(end, dtype, "arange");
  const shape = checkShape([Number(count)], "arange");
  const positions = new ChunkedArray(countedExpr(shape, gridFor(shape, dtype, options.chunks, "arange")));
  const scaled = positions.astype("int64").multiply(BigInt.asIntN(64, by));
  return scaled.add(BigInt.asIntN(64, from)).astype(dtype);
}

/**
 * Numbers from `start` (default 0) up to, but not including, `stop`, by `step` (default 1). Whole numbers and bigints
 * give int64 (uint64 where only that holds them), others float64. Integers are exact in all 64 bits.
 *
 * Throws an ArgumentError for bounds that are no finite numbers and for a step of 0, a DTypeError if the dtype cannot
 * hold the first or the last number, a ShapeError for more than 2^53 numbers.
 * @example arange(10)
 * @example arange(0, 1, 0.1)
 * @example arange(2n ** 60n, 2n ** 60n + 10n, 3)
 */
export const arange = takesOnly(
  "arange",
  ["start", "stop", "step", "options"],
  <D extends DType = "int64" | "uint64" | "float64">(
    start: number | bigint,
    stop?: number | bigint | CreateOptions<D>,
    step?: number | bigint | CreateOptions<D>,
    options?: CreateOptions<D>,
  ): ChunkedArray<D> => {
    const { bounds: given, options: own } = parsed([start, stop, step, options]);
    const bounds = boundsOf(given);
    const asked = own.dtype === undefined ? undefined : toDType(own.dtype, "arange");
    const whole = wholeOf(bounds);
    if (whole !== null && (asked === undefined || isInteger(asked)))
      return new ChunkedArray(wholeRange(whole, asked, own).expr);
    const [from, to, by] = bounds.map(Number) as [number, number, number];
    const dtype = asked ?? "float64";
    const shape = checkShape([Math.max(0, Math.ceil((to - from) / by))], "arange");
    const [count = 0] = shape;
    if (count > 0) for (const end of [from, from + (count - 1) * by]) checkedElement(end, dtype, "arange");
    const positions = new ChunkedArray(countedExpr(shape, gridFor(shape, dtype, own.chunks, "arange")));
    return new ChunkedArray(positions.multiply(by).add(from).astype(dtype).expr);
  },
);

/** The options of {@link linspace}. */
export interface LinspaceOptions<D extends DType = DType> extends CreateOptions<D> {
  /** Whether `stop` is the last number. Default: true. */
  readonly endpoint?: boolean;
}

/**
 * `count` evenly spaced numbers from `start` to `stop`, float64 unless a dtype is given. An integer dtype takes the
 * whole numbers below them, as NumPy does; a DTypeError if it cannot hold `start` or `stop`.
 * @example linspace(0, 1, 11)
 */
export const linspace = takesOnly(
  "linspace",
  ["start", "stop", "count", "options"],
  <D extends DType = "float64">(
    start: number,
    stop: number,
    count: number,
    options: LinspaceOptions<D> = {},
  ): ChunkedArray<D> => {
    checkOptions(options, [...createNames, "endpoint"], "linspace");
    for (const [name, end] of Object.entries({ start, stop }))
      if (!Number.isFinite(end))
        throw new ArgumentError(`linspace: ${name} must be a finite number; got ${shown(end)}`);
    if (!isShape([count]))
      throw new ArgumentError(`linspace: count must be a whole number of at least 0; got ${shown(count)}`);
    const { endpoint = true, chunks } = options;
    if (typeof endpoint !== "boolean")
      throw new ArgumentError(`linspace: endpoint must be true or false; got ${shown(endpoint)}`);
    const dtype = options.dtype === undefined ? "float64" : toDType(options.dtype, "linspace");
    const shape = [count];
    for (const end of [start, stop]) checkedElement(Math.floor(end), dtype, "linspace");
    const parts = endpoint ? count - 1 : count;
    const positions = new ChunkedArray(countedExpr(shape, gridFor(shape, dtype, chunks, "linspace")));
    const line = positions.multiply(parts > 0 ? (stop - start) / parts : 0).add(start);
    // the last number is exactly `stop`, despite rounding
    const exact = endpoint && count > 1 ? positions.equal(count - 1).where(stop, line) : line;
    return new ChunkedArray((isInteger(dtype) ? exact.floor() : exact).astype(dtype).expr);
  },
);
