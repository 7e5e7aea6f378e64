/** Arrays from data in memory. The data is copied into shared memory at once. */
import type { ChunksLike } from "../data/chunks.js";
import {
  allocate,
  type DType,
  dtypeOfValue,
  type Element,
  factsOf,
  isElement,
  promote,
  type TypedArray,
  toDType,
  viewOf,
} from "../data/dtype.js";
import { ArgumentError, ShapeError } from "../data/errors.js";
import { shareMemory } from "../data/memory.js";
import { checkOptions } from "../data/options.js";
import { sizeOf } from "../data/region.js";
import { checkShape } from "../data/shape.js";
import type { Expr } from "../expr/expr.js";
import { memoryExpr } from "../ops/sources.js";
import { toElement } from "../program/scalar.js";
import { ChunkedArray } from "./chunked-array.js";
import { type CreateOptions, createNames, gridFor } from "./create.js";
import { NDArray } from "./nd-array.js";

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

let arrayCount = 0;

/** A copy of elements in shared memory, as an expression. */
function inSharedMemory(
  dtype: DType,
  shape: readonly number[],
  data: TypedArray,
  chunks: ChunksLike | undefined,
): Expr {
  const memory = shareMemory(data.byteLength);
  new Uint8Array(memory.buffer).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  const whole = shape.map((length) => [length]);
  return memoryExpr(
    { id: `memory-${++arrayCount}`, grid: whole, memories: [memory], blocks: [{ buffer: 0, offset: 0 }] },
    dtype,
    shape,
    gridFor(shape, dtype, chunks, "fromArray"),
  );
}

/**
 * An array with a copy of data in memory: a typed array (flat, or with a `shape`), an NDArray, or nested lists. Nested
 * lists of numbers are float64, of bigints int64, of booleans bool, of `{ re, im }` complex128. Later changes of the
 * data have no effect.
 *
 * Throws a ShapeError for ragged lists and for a shape that does not fit.
 * @example fromArray([[1, 2], [3, 4]])
 * @example fromArray(new Float32Array(12), { shape: [3, 4] })
 */
export function fromArray(data: NestedArray | ArrayBufferView | NDArray, options: FromArrayOptions = {}): ChunkedArray {
  checkOptions(options, [...createNames, "shape"], "fromArray");
  const dtype = options.dtype === undefined ? undefined : toDType(options.dtype, "fromArray");
  const array = toNDArray(data, options.shape);
  const result = new ChunkedArray(inSharedMemory(array.dtype, array.shape, array.data, options.chunks));
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
      throw new ArgumentError(`fromArray: cannot take a ${data.constructor.name}; expected a typed array of numbers`);
    const size = data.byteLength / factsOf(dtype).bytes;
    const typed = viewOf(dtype, data.buffer, data.byteOffset, size);
    return { dtype, shape: shapeFor(size, shape ?? [size]), data: typed };
  }
  const flat: Element[] = [];
  const found = flatten(data, 0, [], flat);
  const dtype =
    flat
      .map(dtypeOfValue)
      .reduce<DType | null>((common, next) => (common === null ? next : promote(common, next)), null) ?? "float64";
  const result = allocate(dtype, flat.length);
  const parts = flat.flatMap((element) => {
    const value = toElement(element, dtype);
    return typeof value === "object" ? [value.re, value.im] : [value];
  });
  for (const [i, part] of parts.entries()) {
    if (result instanceof BigInt64Array || result instanceof BigUint64Array) result[i] = BigInt(part);
    else result[i] = Number(part);
  }
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
    if (!isElement(data)) {
      throw new ArgumentError(`fromArray: cannot take ${data === null ? "null" : typeof data} as an element`);
    }
    flat.push(data);
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
