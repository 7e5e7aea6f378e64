/**
 * Arrays that users write out or hold in memory: NDArrays, typed arrays, nested lists. They are taken wherever an array
 * is; their elements are copied into shared memory at once, so later changes have no effect.
 */
import { type ChunksLike, normalizeChunks } from "../data/chunks.js";
import {
  allocate,
  type DType,
  dtypeOfValue,
  type Element,
  factsOf,
  isElement,
  promoteAll,
  toDType,
  viewOf,
} from "../data/dtype.js";
import { ArgumentError, DTypeError, ShapeError } from "../data/errors.js";
import { isNonEmpty } from "../data/lists.js";
import { shareMemory } from "../data/memory.js";
import { sizeOf } from "../data/region.js";
import { checkShape } from "../data/shape.js";
import { shown } from "../data/shown.js";
import type { Expr } from "../expr/expr.js";
import { checkedElement } from "../program/element.js";
import type { ArrayData, ArrayInput, NestedArray } from "./array-input.js";
import { memoryExpr } from "./sources.js";

export type { ArrayData, ArrayInput, NestedArray };

const typedNames: ReadonlyMap<string, DType> = new Map([
  ["Int8Array", "int8"],
  ["Int16Array", "int16"],
  ["Int32Array", "int32"],
  ["BigInt64Array", "int64"],
  ["Uint8Array", "uint8"],
  ["Uint8ClampedArray", "uint8"],
  ["Uint16Array", "uint16"],
  ["Uint32Array", "uint32"],
  ["BigUint64Array", "uint64"],
  ["Float32Array", "float32"],
  ["Float64Array", "float64"],
]);

/** The name of a typed array's class, also of another realm (a vm, a test runner). */
const tagOf = (value: object): string => Object.prototype.toString.call(value).slice(8, -1);

function isArrayData(value: unknown): value is ArrayData {
  if (typeof value !== "object" || value === null || !("dtype" in value && "shape" in value && "data" in value))
    return false;
  return Array.isArray(value.shape) && ArrayBuffer.isView(value.data);
}

/** True for what {@link arrayData} takes as an array. */
export function isArrayInput(value: unknown): value is ArrayInput {
  return Array.isArray(value) || ArrayBuffer.isView(value) || isArrayData(value);
}

/**
 * The elements of an array in memory, or of a single element as an array of no axes. Nested lists of numbers are
 * float64, of bigints int64, of booleans bool, of `{ re, im }` complex128, unless a dtype is `asked` for:
 * it must be able to hold them.
 */
export function arrayData(input: unknown, operation: string, asked?: DType): ArrayData {
  if (ArrayBuffer.isView(input)) return typedData(input, operation);
  if (!isArrayData(input)) return nestedData(input, operation, asked);
  const { data, shape } = typedData(input.data, operation);
  const dtype = toDType(input.dtype, operation);
  const { array, kind } = factsOf(dtype);
  const lengths = checkShape(input.shape, operation);
  if (tagOf(data) !== array.name)
    throw new DTypeError(`${operation}: the data of ${dtype} is of type ${array.name}; got ${shown(data)}`);
  const [count = 0] = shape;
  if (count !== sizeOf(lengths) * (kind === "complex" ? 2 : 1))
    throw new ShapeError(`${operation}: ${shown(data)} is no data for the shape ${shown(lengths)}`);
  return { dtype, shape: lengths, data };
}

function typedData(view: ArrayBufferView, operation: string): ArrayData {
  const dtype = typedNames.get(tagOf(view));
  if (dtype === undefined)
    throw new ArgumentError(`${operation}: cannot take ${shown(view)}; expected a typed array of numbers`);
  const size = view.byteLength / factsOf(dtype).bytes;
  return { dtype, shape: [size], data: viewOf(dtype, view.buffer, view.byteOffset, size) };
}

function nestedData(lists: unknown, operation: string, asked: DType | undefined): ArrayData {
  const flat: Element[] = [];
  const shape = flatten(lists, 0, [], flat, operation);
  const dtypes = [...new Set(flat.map(dtypeOfValue))];
  const dtype = asked ?? (isNonEmpty(dtypes) ? promoteAll(dtypes) : "float64");
  const data = allocate(dtype, flat.length);
  const { kind, big } = factsOf(dtype);
  const width = kind === "complex" ? 2 : 1;
  for (const [i, element] of flat.entries()) {
    const value = checkedElement(element, dtype, operation);
    const [first, second] = typeof value === "object" ? [value.re, value.im] : [value];
    data[width * i] = (big ? BigInt(first) : Number(first)) as never; // the typed array of the dtype takes it
    if (second !== undefined) data[width * i + 1] = second;
  }
  return { dtype, shape, data };
}

/** Walks nested lists in C order; gives the shape and throws where lists of one depth differ in length. */
function flatten(data: unknown, depth: number, shape: number[], flat: Element[], operation: string): number[] {
  if (!Array.isArray(data)) {
    if (depth < shape.length)
      throw new ShapeError(`${operation}: at depth ${depth} some entries are lists and some are not`);
    if (!isElement(data)) throw new ArgumentError(`${operation}: cannot take ${shown(data)} as an element`);
    flat.push(data);
    return shape;
  }
  if (depth > MOST_AXES)
    throw new ShapeError(`${operation}: lists are more than ${MOST_AXES} deep, or hold themselves`);
  if (depth === shape.length) {
    if (flat.length > 0)
      throw new ShapeError(`${operation}: at depth ${depth} some entries are lists and some are not`);
    shape.push(data.length);
  } else if (shape[depth] !== data.length) {
    throw new ShapeError(`${operation}: lists at depth ${depth} have ${shape[depth]} and ${data.length} entries`);
  }
  for (const entry of data) flatten(entry, depth + 1, shape, flat, operation);
  return shape;
}

/** Deeper lists are circles. */
const MOST_AXES = 64;

let arrayCount = 0;

/** A copy of elements in shared memory, as an expression. */
export function literalExpr(
  { dtype, shape, data }: ArrayData,
  operation: string,
  chunks: ChunksLike = "auto",
  limit: number = Number.POSITIVE_INFINITY,
): Expr {
  const grid = normalizeChunks(chunks, shape, factsOf(dtype).bytes, operation, { limit });
  const memory = shareMemory(data.byteLength);
  new Uint8Array(memory.buffer).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  const whole = shape.map((length) => [length]);
  return memoryExpr(
    { id: `memory-${++arrayCount}`, grid: whole, memories: [memory], blocks: [{ buffer: 0, offset: 0 }] },
    dtype,
    shape,
    grid,
  );
}
