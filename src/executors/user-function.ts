/**
 * User functions inside workers: they are made from their source or imported from a module and called with plain
 * blocks, and what they return is checked.
 */
import { allocate, type DType, factsOf, isComplex, isComplexNumber, type TypedArray } from "../data/dtype.js";
import { ArgumentError } from "../data/errors.js";
import { at } from "../data/lists.js";
import { sizeOf } from "../data/region.js";
import { primitive } from "../program/evaluate.js";
import type { UserSpec } from "../program/routines/spec.js";
import type { UserFunction } from "../program/user-function.js";
import { type Exports, importModule } from "./user-module.js";

/** A block as user functions see it: C order, complex numbers as interleaved pairs. */
export interface UserBlock {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

/** The block that a user function makes. */
export interface UserPlace {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** The index of the block, one number per axis. */
  readonly block: readonly number[];
  /** The index of the block's first element. */
  readonly start: readonly number[];
}

type Callable = (...args: unknown[]) => unknown;

const known = new Map<string, Callable | Promise<Callable>>();

/** The function itself; a promise for a function of a module. */
function resolve(source: UserFunction): Callable | Promise<Callable> {
  const key = JSON.stringify(source);
  let found = known.get(key);
  if (found === undefined) {
    found = source.kind === "source" ? fromSource(source) : fromModule(source.module, source.name);
    known.set(key, found);
    // a module that failed is imported again
    if (found instanceof Promise) found.catch(() => known.delete(key));
  }
  return found;
}

const isCallable = (value: unknown): value is Callable => typeof value === "function";

function fromSource({ source, before = "" }: UserFunction & { readonly kind: "source" }): Callable {
  const made: unknown = new Function(`"use strict"; ${before} return (${source});`)();
  if (isCallable(made)) return made;
  throw new ArgumentError(`a user's function: its source gives ${typeName(made)}; expected a function`);
}

async function fromModule(module: string, name: string): Promise<Callable> {
  const exports = await importModule(module);
  // of a CommonJS module Node may know the default export only
  const [found] = [exports, exports.default]
    .map((from) => (isExports(from) ? from[name] : undefined))
    .filter(isCallable);
  if (found !== undefined) return found;
  throw new ArgumentError(
    `the module ${module} has no function named ${JSON.stringify(name)}; it exports ${Object.keys(exports).join(", ")}`,
  );
}

const isExports = (value: unknown): value is Exports => typeof value === "object" && value !== null;

const typeName = (value: unknown): string => (value === null ? "null" : typeof value);

/** The data of an answer that is an object like a block; any other answer itself. */
function dataOf(answer: unknown): unknown {
  return typeof answer === "object" && answer !== null && "data" in answer ? (answer.data ?? answer) : answer;
}

const isNumbers = (data: unknown): data is TypedArray | readonly unknown[] =>
  Array.isArray(data) || (ArrayBuffer.isView(data) && !(data instanceof DataView));

/** Checks what a function returned for a block and makes it a typed array of the promised dtype. */
function toData(answer: unknown, { dtype, shape }: UserPlace): TypedArray {
  const data = dataOf(answer);
  const parts = sizeOf(shape) * (isComplex(dtype) ? 2 : 1);
  if (!isNumbers(data)) {
    throw new ArgumentError(
      `a block function returned ${typeName(data)}; expected a typed array, an array of numbers, or { data }`,
    );
  }
  if (data.length !== parts) {
    const block = `a block of shape [${shape.join(", ")}] and dtype ${dtype}`;
    throw new ArgumentError(
      `a block function returned ${data.length} numbers; ${block} has ${parts}; ` +
        "a function that changes the shape says so by chunks, dropAxis or newAxis",
    );
  }
  const { array, kind } = factsOf(dtype);
  if (data instanceof array && kind !== "bool") return data;
  const result = allocate(dtype, sizeOf(shape));
  const convert = conversionTo(dtype, ArrayBuffer.isView(data) && !isFloats(data));
  for (let i = 0; i < parts; i++) result[i] = convert(data[i]);
  return result;
}

const isFloats = (data: ArrayBufferView): boolean => data instanceof Float64Array || data instanceof Float32Array;

/**
 * How a value becomes a number of a dtype: as `astype` converts floats, or integers if `wraps`, which bigints always
 * are.
 */
function conversionTo(dtype: DType, wraps = false): (value: unknown) => number | bigint {
  const { part } = factsOf(dtype);
  const [ofNumber, ofBigint] = [primitive("cast", wraps ? "int32" : "float64", part), primitive("cast", "int64", part)];
  return (value) => {
    if (typeof value === "number") return ofNumber(value);
    if (typeof value === "bigint") return ofBigint(value);
    if (typeof value === "boolean") return ofNumber(Number(value));
    throw new ArgumentError(`the function returned ${typeName(value)}; expected a number`);
  };
}

function eachElement(f: Callable, { dtype, shape, start }: UserPlace): TypedArray {
  const result = allocate(dtype, sizeOf(shape));
  const sides = start.map((first, axis) => ({ first, end: first + at(shape, axis) }));
  const index = [...start];
  const convert = conversionTo(dtype);
  for (let i = 0; i < sizeOf(shape); i++) {
    const value = f(...index);
    if (isComplex(dtype)) {
      const { re, im } = isComplexNumber(value) ? value : { re: value, im: 0 };
      result[2 * i] = convert(re);
      result[2 * i + 1] = convert(im);
    } else result[i] = convert(value);
    advance(index, sides);
  }
  return result;
}

/** Moves an index on to the next element in C order; after the last element it is the first again. */
function advance(index: number[], sides: readonly { readonly first: number; readonly end: number }[]): void {
  for (let axis = index.length - 1; axis >= 0; axis--) {
    const { first, end } = at(sides, axis);
    const next = at(index, axis) + 1;
    index[axis] = next < end ? next : first;
    if (next < end) return;
  }
}

/** Calls a user's function for one block. */
export function callUserFunction(
  routine: UserSpec,
  inputs: readonly UserBlock[],
  place: UserPlace,
): TypedArray | Promise<TypedArray> {
  const call = (f: Callable): TypedArray | Promise<TypedArray> => {
    if (routine.form === "elements") return eachElement(f, place);
    const answer = f(...inputs, { dtype: place.dtype, shape: place.shape, index: place.block, start: place.start });
    return answer instanceof Promise ? answer.then((value) => toData(value, place)) : toData(answer, place);
  };
  const f = resolve(routine.source);
  return f instanceof Promise ? f.then(call) : call(f);
}
