/**
 * Sources: arrays whose elements exist already (in a file, in shared memory) or need no memory (constants, counters).
 */
import { alignedChunks, type Chunks, type ChunksLike, normalizeChunks } from "../data/chunks.js";
import { type DType, type Element, factsOf } from "../data/dtype.js";
import type { EncodedArray } from "../data/encoded.js";
import type { StridedFile } from "../data/layout.js";
import { type Expr, makeExpr } from "../expr/expr.js";
import type { Op, ResidentArray } from "../expr/op.js";
import { constant } from "../program/scalar.js";
import { countedOp } from "./indices.js";

interface Params<S> {
  readonly source: S;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly chunks: Chunks;
}

const fileOp: Op<{ readonly file: StridedFile; readonly chunks: Chunks }> = {
  name: "file",
  infer: (_inputs, { file, chunks }) => ({ dtype: file.dtype, shape: file.shape, chunks }),
  work: { kind: "source", source: ({ file }) => ({ kind: "file", file }) },
};

const encodedOp: Op<{ readonly array: EncodedArray; readonly chunks: Chunks }> = {
  name: "file",
  infer: (_inputs, { array, chunks }) => ({ dtype: array.dtype, shape: array.shape, chunks }),
  work: { kind: "source", source: ({ array }) => ({ kind: "encoded", array }) },
};

const memoryOp: Op<Params<ResidentArray>> = {
  name: "memory",
  infer: (_inputs, { dtype, shape, chunks }) => ({ dtype, shape, chunks }),
  work: {
    kind: "source",
    source: ({ source }) => ({ kind: "memory", array: source }),
    over: (params, source) => ({ ...params, source }),
  },
};

const constantOp: Op<Params<Element>> = {
  name: "full",
  infer: (_inputs, { dtype, shape, chunks }) => ({ dtype, shape, chunks }),
  work: { kind: "source", source: ({ source }) => ({ kind: "constant", value: source }) },
};

/** An array in a file. Automatic chunks follow the file's layout, so that each is one contiguous stretch. */
export function fileExpr(file: StridedFile, chunks: ChunksLike, operation: string, limit: number): Expr {
  const order = [...file.strides.entries()]
    .sort(([a, strideA], [b, strideB]) => Math.abs(strideB) - Math.abs(strideA) || a - b)
    .map(([axis]) => axis);
  const grid = normalizeChunks(chunks, file.shape, factsOf(file.dtype).bytes, operation, { limit, order });
  return makeExpr(fileOp, [], { file, chunks: grid });
}

/**
 * An array that must be decoded. Automatic chunks are whole parts of its grid, joined along the last axis first,
 * regardless of the order in memory: a table's columns lie side by side in each of its row groups.
 */
export function encodedExpr(array: EncodedArray, chunks: ChunksLike, operation: string, limit: number): Expr {
  const { grid, shape, dtype } = array;
  const itemBytes = factsOf(dtype).bytes;
  const policy = { limit };
  const like = chunks === "auto" ? alignedChunks(grid, shape, itemBytes, policy) : chunks;
  return makeExpr(encodedOp, [], { array, chunks: normalizeChunks(like, shape, itemBytes, operation, policy) });
}

/** The names of the columns of a table in a file, unless two are the same or one is empty. */
export function columnNames({ op, params }: Expr): readonly string[] | undefined {
  if (op !== encodedOp) return undefined;
  const { names } = (params as { readonly array: EncodedArray }).array;
  if (names === undefined || names.includes("") || new Set(names).size < names.length) return undefined;
  return names;
}

/** An array in shared memory; its chunks need not be the blocks in which it lies. */
export function memoryExpr(array: ResidentArray, dtype: DType, shape: readonly number[], chunks: Chunks): Expr {
  return makeExpr(memoryOp, [], { source: array, dtype, shape, chunks });
}

/** An array whose elements are all the same. */
export function fullExpr(value: Element, dtype: DType, shape: readonly number[], chunks: Chunks): Expr {
  return makeExpr(constantOp, [], { source: constant(value, dtype).value, dtype, shape, chunks });
}

/** An array of the positions of its elements in C order, as float64. */
export function countedExpr(shape: readonly number[], chunks: Chunks): Expr {
  return makeExpr(countedOp, [], { shape, chunks });
}
