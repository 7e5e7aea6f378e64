/**
 * User functions inside workers: made from their source or imported from a module, called with plain blocks, and checked
 * for what they give back.
 */
import { allocate, type DType, factsOf, isComplexNumber, type TypedArray } from "../data/dtype.js";
import { ArgumentError } from "../data/errors.js";
import { sizeOf } from "../data/region.js";
import type { UserSpec } from "../program/routines/spec.js";
import type { UserFunction } from "../program/user-function.js";

/** A block as user functions see it: C order, complex numbers as interleaved pairs. */
export interface UserBlock {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

/** What a user function is told of the block that it makes. */
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

/** The function itself; a promise for one of a module. */
function resolve(source: UserFunction): Callable | Promise<Callable> {
  const key = JSON.stringify(source);
  let found = known.get(key);
  if (found === undefined) {
    found = source.kind === "source" ? fromSource(source.source) : fromModule(source.module, source.name);
    known.set(key, found);
    // a module that is mended is looked at again
    if (found instanceof Promise) found.catch(() => known.delete(key));
  }
  return found;
}

function fromSource(source: string): Callable {
  return new Function(`"use strict"; return (${source});`)() as Callable;
}

async function fromModule(module: string, name: string): Promise<Callable> {
  const exports = (await import(module)) as Record<string, unknown>;
  const found = exports[name];
  if (typeof found === "function") return found as Callable;
  throw new ArgumentError(
    `the module ${module} has no function named ${JSON.stringify(name)}; it exports ${Object.keys(exports).join(", ")}`,
  );
}

const typeName = (value: unknown): string => (value === null ? "null" : typeof value);

/** Checks what a function gave for a block and makes it a typed array of the promised dtype. */
function toData(answer: unknown, { dtype, shape }: UserPlace): TypedArray {
  const data = (answer as { data?: unknown } | null | undefined)?.data ?? answer;
  const parts = sizeOf(shape) * (factsOf(dtype).kind === "complex" ? 2 : 1);
  if (!Array.isArray(data) && (!ArrayBuffer.isView(data) || data instanceof DataView)) {
    throw new ArgumentError(
      `a block function gave ${typeName(data)}; right is a typed array, an array of numbers, or { data }`,
    );
  }
  const values = data as unknown as ArrayLike<unknown>;
  if (values.length !== parts) {
    throw new ArgumentError(
      `a block function gave ${values.length} numbers; a block of shape [${shape.join(", ")}] and dtype ${dtype} has ${parts}`,
    );
  }
  const { array, kind } = factsOf(dtype);
  if (values instanceof array && kind !== "bool") return values as TypedArray;
  const result = allocate(dtype, sizeOf(shape));
  for (let i = 0; i < parts; i++) result[i] = toPart(values[i], dtype);
  return result;
}

/** A number that a function gave as one of the dtype: what the typed array makes of it, bools as 0 and 1. */
function toPart(value: unknown, dtype: DType): never {
  if (typeof value !== "number" && typeof value !== "bigint" && typeof value !== "boolean") {
    throw new ArgumentError(`the function gave ${typeName(value)} where a number belongs`);
  }
  const { big, kind } = factsOf(dtype);
  if (kind === "bool") return Number(Boolean(value)) as never;
  return (big ? BigInt(typeof value === "number" ? Math.trunc(value) : value) : Number(value)) as never;
}

function eachElement(f: Callable, place: UserPlace): TypedArray {
  const { dtype, shape, start } = place;
  const result = allocate(dtype, sizeOf(shape));
  const complex = factsOf(dtype).kind === "complex";
  const index = [...start];
  for (let i = 0; i < sizeOf(shape); i++) {
    const value = f(...index);
    if (complex) {
      const { re, im } = isComplexNumber(value) ? value : { re: value, im: 0 };
      result[2 * i] = toPart(re, dtype);
      result[2 * i + 1] = toPart(im, dtype);
    } else result[i] = toPart(value, dtype);
    for (let axis = index.length - 1; axis >= 0 && ++index[axis]! === start[axis]! + shape[axis]!; axis--)
      index[axis] = start[axis]!;
  }
  return result;
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
