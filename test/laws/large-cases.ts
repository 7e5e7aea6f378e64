/**
 * Cases that are larger than a tile of a worker's memory, so that loops run several times over what a task holds:
 * arrays as they are and turned, broadcast, upside down.
 */
import { type ChunkedArray, type DType, NDArray } from "chunkwise";
import { allocate } from "#src/data/dtype";
import { sizeOf } from "#src/data/region";
import { type SampleOptions, sample } from "../support/arrays.js";
import { type Case, letters, make, type Operation, seedOf } from "./case.js";
import { reduce } from "./reduction-cases.js";

/** 66,013 elements: two tiles of float64 and a bit. */
const [rows, columns] = [251, 263];

const dtypesOf = ({ definition: { accepts } }: Operation): DType[] =>
  (["float64", "int16", "complex64"] as const).filter(accepts);

/**
 * Values repeat after so many: mpmath takes 50 µs for a function of one of them. Neither a row nor a tile has this
 * length, so what is put in a wrong place differs.
 */
const PERIOD = 4099;

/** A sample whose values repeat. */
function periodic(dtype: DType, shape: readonly number[], options: SampleOptions): NDArray {
  const { data } = sample(dtype, [Math.min(PERIOD, sizeOf(shape))], options);
  const all = allocate(dtype, sizeOf(shape));
  for (let i = 0; i < all.length; i += data.length) all.set(data.subarray(0, all.length - i) as never, i);
  return new NDArray(dtype, shape, all);
}

/** x by itself, y turned, z along the last axis. */
function elementwise(operation: Operation, dtype: DType): Case {
  const { definition } = operation;
  const { arity, domain, name } = definition;
  const shapes = [[rows, columns], [columns, rows], [columns]].slice(0, arity);
  const arrays = shapes.map((shape, i) => periodic(dtype, shape, { domain, seed: seedOf(name) + i }));
  const apply = ([x, y, z]: readonly ChunkedArray[]): ChunkedArray =>
    operation(...[x, y?.transpose(), z].slice(0, arity));
  const names = letters.slice(0, arity).join(", ");
  const given = ["x", "y.T", "z"].slice(0, arity).join(", ");
  return make(definition, { arrays, apply, numpy: `(lambda ${names}: ${definition.numpy})(${given})`, how: "large" });
}

/** Over each axis and over both, of an array that is read backwards and turned. */
function reductions(operation: Operation, dtype: DType): Case[] {
  const { domain, name } = operation.definition;
  // products of so many numbers stay finite only near 1
  const one = dtype === "complex64" ? Math.SQRT1_2 : 1;
  const near = /prod$/.test(name) ? ([0.99 * one, 1.01 * one] as const) : domain;
  const array = sample(dtype, [rows, columns], { domain: near, seed: seedOf(name) });
  return [null, 0, 1].map((axis) => {
    const plain = reduce(operation, array, axis, {});
    const over =
      (of: Case["apply"]) =>
      ([x]: readonly ChunkedArray[]): ChunkedArray =>
        of([x!.flip(0).transpose()]);
    const ulps = 16 * plain.ulps; // so many roundings add up
    const numpy = `(lambda x: ${plain.numpy})(x[::-1].T)`;
    const sizes = plain.sizes && { sizes: over(plain.sizes) };
    return { ...plain, ulps, title: `${plain.title} turned`, apply: over(plain.apply), numpy, ...sizes };
  });
}

/** The large cases of an operation; none for movements and routines. */
export function largeCases(operation: Operation): Case[] {
  const { family, arity } = operation.definition;
  if (family === "elementwise" && arity > 0) return dtypesOf(operation).map((dtype) => elementwise(operation, dtype));
  return family === "reduction" ? dtypesOf(operation).flatMap((dtype) => reductions(operation, dtype)) : [];
}
