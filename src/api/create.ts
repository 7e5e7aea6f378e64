/** Arrays from nothing and from data in memory. Nothing is allocated until a block is computed. */
import { type ChunksLike, normalizeChunks } from "../data/chunks.js";
import {
  allocate,
  type DType,
  dtypeOfValue,
  type Element,
  factsOf,
  isComplexNumber,
  promote,
  type TypedArray,
  toDType,
  viewOf,
} from "../data/dtype.js";
import { ArgumentError, ShapeError } from "../data/errors.js";
import { shareMemory } from "../data/memory.js";
import { checkOptions } from "../data/options.js";
import { sizeOf } from "../data/region.js";
import { type Expr, makeExpr } from "../expr/expr.js";
import { normalOp, type RandomParams, uniformOp } from "../ops/random.js";
import { countedExpr, fullExpr, memoryExpr } from "../ops/sources.js";
import { fromFunctionOp } from "../ops/user.js";
import { checkShape } from "../ops/views.js";
import { toElement } from "../program/scalar.js";
import { type Shippable, shipFunction } from "./capture.js";
import { ChunkedArray } from "./chunked-array.js";
import { chunkLimit } from "./config.js";
import { NDArray } from "./nd-array.js";

/** The options of functions that make arrays. */
export interface CreateOptions {
  /** The dtype of the elements. */
  readonly dtype?: DType;
  /** How the array is cut; default `"auto"`. */
  readonly chunks?: ChunksLike;
}

const createNames = ["dtype", "chunks"];

function gridFor(
  shape: readonly number[],
  dtype: DType,
  chunks: ChunksLike | undefined,
  operation: string,
): ReturnType<typeof normalizeChunks> {
  return normalizeChunks(chunks ?? "auto", shape, factsOf(dtype).bytes, operation, { limit: chunkLimit() });
}

/**
 * An array of one value. The dtype is the value's own unless given: float64 for numbers, int64 for bigints.
 * @example full([1000, 1000], 7, { dtype: "int32" })
 */
export function full(shape: readonly number[] | number, value: Element, options: CreateOptions = {}): ChunkedArray {
  return filled(shape, value, options, dtypeOfValue(value), "full");
}

function filled(
  shape: readonly number[] | number,
  value: Element,
  options: CreateOptions,
  fallback: DType,
  operation: string,
): ChunkedArray {
  checkOptions(options, createNames, operation);
  const lengths = checkShape(shape, operation);
  const dtype = options.dtype === undefined ? fallback : toDType(options.dtype, operation);
  return new ChunkedArray(fullExpr(value, dtype, lengths, gridFor(lengths, dtype, options.chunks, operation)));
}

/**
 * An array of zeros; float64 unless a dtype is given.
 * @example zeros([1000, 1000], { dtype: "float32" })
 */
export function zeros(shape: readonly number[] | number, options: CreateOptions = {}): ChunkedArray {
  return filled(shape, 0, options, "float64", "zeros");
}

/**
 * An array of ones; float64 unless a dtype is given.
 * @example ones([1000, 1000], { chunks: [100, -1] })
 */
export function ones(shape: readonly number[] | number, options: CreateOptions = {}): ChunkedArray {
  return filled(shape, 1, options, "float64", "ones");
}

/**
 * Numbers from `start` (default 0) up to but without `stop`, by `step` (default 1). Whole numbers give int64, others float64.
 * @example arange(10)
 * @example arange(0, 1, 0.1)
 */
export function arange(
  start: number,
  stop?: number | CreateOptions,
  step?: number | CreateOptions,
  options?: CreateOptions,
): ChunkedArray {
  const numbers = [start, stop, step].filter((value): value is number => typeof value === "number");
  const given = [stop, step, options].find((value): value is CreateOptions => typeof value === "object") ?? {};
  checkOptions(given, createNames, "arange");
  const [from, to, by] = numbers.length === 1 ? [0, numbers[0]!, 1] : [numbers[0]!, numbers[1]!, numbers[2] ?? 1];
  if (numbers.length === 0 || ![from, to, by].every(Number.isFinite) || by === 0) {
    throw new ArgumentError(
      `arange: start, stop and step are finite numbers and step is not 0; got ${[start, stop, step].filter((v) => v !== undefined).join(", ")}`,
    );
  }
  const dtype =
    given.dtype === undefined
      ? numbers.every(Number.isInteger)
        ? "int64"
        : "float64"
      : toDType(given.dtype, "arange");
  const shape = [Math.max(0, Math.ceil((to - from) / by))];
  const positions = new ChunkedArray(countedExpr(shape, gridFor(shape, dtype, given.chunks, "arange")));
  return positions.multiply(by).add(from).astype(dtype);
}

/** The options of {@link linspace}. */
export interface LinspaceOptions extends CreateOptions {
  /** Whether `stop` is the last number. Default: true. */
  readonly endpoint?: boolean;
}

/**
 * `count` evenly spaced numbers from `start` to `stop`, float64 unless a dtype is given.
 * @example linspace(0, 1, 11)
 */
export function linspace(start: number, stop: number, count: number, options: LinspaceOptions = {}): ChunkedArray {
  checkOptions(options, [...createNames, "endpoint"], "linspace");
  if (!Number.isFinite(start) || !Number.isFinite(stop))
    throw new ArgumentError("linspace: start and stop are finite numbers");
  const { endpoint = true, chunks } = options;
  const dtype = options.dtype === undefined ? "float64" : toDType(options.dtype, "linspace");
  const shape = checkShape([count], "linspace");
  const parts = endpoint ? count - 1 : count;
  const positions = new ChunkedArray(countedExpr(shape, gridFor(shape, dtype, chunks, "linspace")));
  const line = positions.multiply(parts > 0 ? (stop - start) / parts : 0).add(start);
  // the last number is exactly what was asked for, whatever rounding says
  const exact = endpoint && count > 1 ? positions.equal(count - 1).where(stop, line) : line;
  return exact.astype(dtype);
}

/**
 * A matrix with ones on a diagonal (k: 0 the main one, above it positive) and zeros elsewhere; float64 unless a dtype is given.
 * @example eye(1000)
 */
export function eye(
  rows: number,
  columns: number = rows,
  options: CreateOptions & { readonly k?: number } = {},
): ChunkedArray {
  checkOptions(options, [...createNames, "k"], "eye");
  const { k = 0, chunks } = options;
  if (!Number.isInteger(k)) throw new ArgumentError(`eye: k is a whole number, not ${String(k)}`);
  const dtype = options.dtype === undefined ? "float64" : toDType(options.dtype, "eye");
  const shape = checkShape([rows, columns], "eye");
  const grid = gridFor(shape, dtype, chunks, "eye");
  const row = new ChunkedArray(countedExpr([rows], [grid[0]!])).expandDims(1);
  const column = new ChunkedArray(countedExpr([columns], [grid[1]!]));
  return column.subtract(row).equal(k).astype(dtype);
}

/**
 * An array whose element at each index is what a function of the index gives. The function runs in workers and must not use
 * variables from outside itself.
 * @example fromFunction((i, j) => i + 2 * j, [100, 100])
 */
export function fromFunction(
  f: ((...index: number[]) => Element) | { readonly module: string; readonly name: string },
  shape: readonly number[],
  options: CreateOptions = {},
): ChunkedArray {
  checkOptions(options, createNames, "fromFunction");
  const lengths = checkShape(shape, "fromFunction");
  const dtype = options.dtype === undefined ? "float64" : toDType(options.dtype, "fromFunction");
  const source = shipFunction(f as Shippable, "fromFunction");
  const chunks = gridFor(lengths, dtype, options.chunks, "fromFunction");
  return new ChunkedArray(
    makeExpr(fromFunctionOp, [], { function: source, form: "elements", dtype, shape: lengths, chunks }),
  );
}

/** Lists of lists of elements. */
export type NestedArray = Element | readonly NestedArray[];

/** The options of {@link fromArray}. */
export interface FromArrayOptions extends CreateOptions {
  /** The shape of a flat array. Default: one axis. */
  readonly shape?: readonly number[];
}

const typedNames = new Map<unknown, DType>([
  [Int8Array, "int8"],
  [Int16Array, "int16"],
  [Int32Array, "int32"],
  [BigInt64Array, "int64"],
  [Uint8Array, "uint8"],
  [Uint8ClampedArray, "uint8"],
  [Uint16Array, "uint16"],
  [Uint32Array, "uint32"],
  [BigUint64Array, "uint64"],
  [Float32Array, "float32"],
  [Float64Array, "float64"],
]);

let heldCount = 0;

/** A copy of elements in shared memory, as an expression. */
function held(dtype: DType, shape: readonly number[], data: TypedArray, chunks: ChunksLike | undefined): Expr {
  const memory = shareMemory(data.byteLength);
  (viewOf(dtype, memory.buffer, 0, sizeOf(shape)) as Uint8Array).set(data as Uint8Array);
  const whole = shape.map((length) => [length]);
  return memoryExpr(
    { id: `memory-${++heldCount}`, grid: whole, memories: [memory], blocks: [{ buffer: 0, offset: 0 }] },
    dtype,
    shape,
    gridFor(shape, dtype, chunks, "fromArray"),
  );
}

/**
 * An array with a copy of data in memory: a typed array (flat, or with a `shape`), an NDArray, or nested lists. Nested
 * lists of numbers are float64, of bigints int64, of booleans bool, of `{ re, im }` complex128. Later changes of the data
 * do not show.
 *
 * Throws a ShapeError for ragged lists and for a shape that does not fit.
 * @example fromArray([[1, 2], [3, 4]])
 * @example fromArray(new Float32Array(12), { shape: [3, 4] })
 */
export function fromArray(data: NestedArray | ArrayBufferView | NDArray, options: FromArrayOptions = {}): ChunkedArray {
  checkOptions(options, [...createNames, "shape"], "fromArray");
  const dtype = options.dtype === undefined ? undefined : toDType(options.dtype, "fromArray");
  const array = toNDArray(data, options.shape);
  const result = new ChunkedArray(held(array.dtype, array.shape, array.data, options.chunks));
  return dtype === undefined || dtype === array.dtype ? result : result.astype(dtype);
}

function toNDArray(
  data: unknown,
  shape: readonly number[] | undefined,
): { dtype: DType; shape: readonly number[]; data: TypedArray } {
  if (data instanceof NDArray)
    return { dtype: data.dtype, shape: shapeFor(data.size, shape ?? data.shape), data: data.data };
  if (ArrayBuffer.isView(data)) {
    const dtype = typedNames.get(data.constructor);
    if (dtype === undefined)
      throw new ArgumentError(`fromArray: cannot take a ${data.constructor.name}; right are typed arrays of numbers`);
    const typed = data as TypedArray;
    return { dtype, shape: shapeFor(typed.length, shape ?? [typed.length]), data: typed };
  }
  const flat: Element[] = [];
  const found = flatten(data, 0, [], flat);
  const dtype =
    flat
      .map(dtypeOfValue)
      .reduce<DType | null>((common, next) => (common === null ? next : promote(common, next)), null) ?? "float64";
  const result = allocate(dtype, flat.length);
  flat.forEach((element, i) => {
    const value = toElement(element, dtype);
    if (isComplexNumber(value)) [result[2 * i], result[2 * i + 1]] = [value.re as never, value.im as never];
    else result[i] = (typeof value === "boolean" ? Number(value) : value) as never;
  });
  return { dtype, shape: shapeFor(flat.length, shape ?? found), data: result };
}

function shapeFor(size: number, shape: readonly number[]): readonly number[] {
  const checked = checkShape(shape, "fromArray");
  if (sizeOf(checked) !== size)
    throw new ShapeError(`fromArray: ${size} elements do not fit into the shape [${checked.join(", ")}]`);
  return checked;
}

/** Walks nested lists in C order; gives the shape and throws where lists of one depth differ in length. */
function flatten(data: unknown, depth: number, shape: number[], flat: Element[]): number[] {
  if (!Array.isArray(data)) {
    if (depth < shape.length)
      throw new ShapeError(`fromArray: at depth ${depth} some entries are lists and some are not`);
    if (!["number", "bigint", "boolean"].includes(typeof data) && !isComplexNumber(data)) {
      throw new ArgumentError(`fromArray: cannot take ${data === null ? "null" : typeof data} as an element`);
    }
    flat.push(data as Element);
    return shape;
  }
  if (depth === shape.length) {
    if (flat.length > 0) throw new ShapeError(`fromArray: at depth ${depth} some entries are lists and some are not`);
    shape.push(data.length);
  } else if (shape[depth] !== data.length) {
    throw new ShapeError(`fromArray: lists at depth ${depth} have ${shape[depth]} and ${data.length} entries`);
  }
  for (const entry of data) flatten(entry, depth + 1, shape, flat);
  return shape;
}

/** The options of random arrays. */
export interface RandomOptions extends CreateOptions {
  /** Equal seeds give equal numbers, whatever the chunks and workers. Default: a new seed for each array. */
  readonly seed?: number | bigint;
}

function drawn(
  op: typeof uniformOp,
  shape: readonly number[] | number,
  options: RandomOptions,
  params: Pick<RandomParams, "from" | "scale">,
): ChunkedArray {
  const lengths = checkShape(shape, op.name);
  const dtype = options.dtype === undefined ? "float64" : toDType(options.dtype, op.name);
  if (factsOf(dtype).kind !== "float") throw new ArgumentError(`${op.name}: dtype is float32 or float64, not ${dtype}`);
  const { seed = Math.floor(Math.random() * 2 ** 53) } = options;
  if (typeof seed !== "bigint" && !Number.isSafeInteger(seed))
    throw new ArgumentError(`${op.name}: seed is a whole number or a bigint, not ${String(seed)}`);
  if (![params.from, params.scale].every(Number.isFinite))
    throw new ArgumentError(`${op.name}: the bounds of the distribution are finite numbers`);
  const positions = countedExpr(lengths, gridFor(lengths, dtype, options.chunks, op.name));
  const more: RandomParams = { seed: BigInt.asUintN(64, BigInt(seed)), dtype, ...params };
  return new ChunkedArray(makeExpr(op, [positions], { slots: [null], more }));
}

/**
 * Random arrays, by counter (Philox4x32-10): an element depends on the seed and its index alone.
 * @example random.normal([1000, 1000], { seed: 1 })
 */
export const random = {
  /**
   * Numbers evenly distributed in [low, high); default [0, 1).
   * @example random.uniform([1000], { seed: 0, low: -1, high: 1 })
   */
  uniform(
    shape: readonly number[] | number,
    options: RandomOptions & { readonly low?: number; readonly high?: number } = {},
  ): ChunkedArray {
    checkOptions(options, [...createNames, "seed", "low", "high"], "random.uniform");
    const { low = 0, high = 1 } = options;
    return drawn(uniformOp, shape, options, { from: low, scale: high - low });
  },

  /**
   * Normally distributed numbers with a mean `loc` (default 0) and a standard deviation `scale` (default 1).
   * @example random.normal([1000], { seed: 0, loc: 10, scale: 2 })
   */
  normal(
    shape: readonly number[] | number,
    options: RandomOptions & { readonly loc?: number; readonly scale?: number } = {},
  ): ChunkedArray {
    checkOptions(options, [...createNames, "seed", "loc", "scale"], "random.normal");
    const { loc = 0, scale = 1 } = options;
    return drawn(normalOp, shape, options, { from: loc, scale });
  },
};
