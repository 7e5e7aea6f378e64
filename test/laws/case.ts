/**
 * A case of the laws: one call of an operation over sample arrays, what NumPy is asked for it, and what it may be off.
 */
import type { ChunkedArray, DType, NDArray } from "chunkwise";
import { factsOf } from "#src/data/dtype";
import type { Defined, Definition } from "#src/ops/definition";
import { absolute, type Mood, type Tolerance } from "../support/arrays.js";
import type { Question } from "../support/numpy.js";

/** An operation of the table, as far as the laws know it. */
export type Operation = Defined & ((...args: readonly unknown[]) => ChunkedArray);

/** One call. */
export interface Case {
  readonly title: string;
  readonly arrays: readonly NDArray[];
  apply(arrays: readonly ChunkedArray[]): ChunkedArray;
  /** The NumPy expression over `x`, `y`, `z`. */
  readonly numpy: string;
  readonly ulps: number;
  /** Gives the size of the terms that are added, where the definition knows better. */
  readonly sizes?: Case["apply"];
  /**
   * True where terms are added: errors are measured against `sizes`, or the same call over the sizes of all elements.
   */
  readonly sums: boolean;
  readonly anyZero: boolean;
}

/** NumPy itself takes either zero where it picks one of two equal numbers: what it does depends on the machine. */
const picking = /np\.(nan)?(min|max|clip)/;
/** NumPy's complex products fuse multiplication and addition where the machine can. */
const fusing = /np\.(multiply|square)/;

/** What the arrays of a case are called. */
export const letters = ["x", "y", "z"] as const;
const shown = (array: NDArray): string => `${array.dtype} [${array.shape.join(", ")}]`;

/** True for bools and integers. */
export const isWhole = (dtype: DType): boolean => ["bool", "int", "uint"].includes(factsOf(dtype).kind);

/**
 * What NumPy is asked for a case whose result has this dtype. NumPy computes functions of small whole numbers in
 * float16 and float32; here they are float64, so NumPy gets float64.
 */
export function questionOf({ numpy, arrays }: Case, result: DType): Question {
  const names = letters.slice(0, arrays.length);
  const whole = arrays.every(({ dtype }) => isWhole(dtype)) && !isWhole(result);
  const code = whole
    ? `(lambda ${names.join(", ")}: ${numpy})(${names.map((name) => `wide(${name})`).join(", ")})`
    : numpy;
  return { code, arrays: Object.fromEntries(arrays.map((array, i) => [letters[i]!, array])) };
}

/** The case whose results errors are measured against. */
export function sizesCase(one: Case): Case {
  if (one.sizes !== undefined) return { ...one, apply: one.sizes };
  return { ...one, arrays: one.arrays.map(absolute) };
}

/** What a case allows, given the result over the sizes. */
export function toleranceOf({ ulps, anyZero }: Case, sizes?: NDArray): Tolerance {
  return sizes === undefined ? { ulps, anyZero } : { ulps, anyZero: true, sizes };
}

/** Deterministic, different for each title. */
export const seedOf = (text: string): number =>
  [...text].reduce((seed, letter) => (seed * 31 + letter.charCodeAt(0)) >>> 0, 7);

/** A case, from a call and what the definition says. */
export function make(
  definition: Definition,
  call: Pick<Case, "arrays" | "apply" | "numpy" | "sizes"> & { readonly how?: string },
): Case {
  const { name, ulps, family, numpy } = definition;
  const title = `${name}(${[...call.arrays.map(shown), ...(call.how ? [call.how] : [])].join(", ")})`;
  const sums = ulps > 0 && (family === "reduction" || family === "routine");
  const complex = call.arrays.some(({ dtype }) => factsOf(dtype).kind === "complex");
  return { ...call, title, ulps: complex && fusing.test(numpy) ? 4 : ulps, sums, anyZero: picking.test(numpy) };
}

/** Whole numbers to negative powers are errors in NumPy. */
const noSpecials = (name: string, dtype: DType): boolean => name === "pow" && isWhole(dtype);

/** What values an operation is tried with. */
export function moodOf({ name, ulps, family, numpy }: Definition, dtype: DType): Mood {
  if (noSpecials(name, dtype)) return "domain";
  // complex functions beyond the finite numbers, and sums beyond the largest number, differ between builds of NumPy
  const complex = factsOf(dtype).kind === "complex";
  if (ulps === 0) return complex && fusing.test(numpy) ? "domain" : "special";
  // products of complex infinities depend on their order
  if (complex) return family === "reduction" && !/np\.(nan)?prod/.test(numpy) ? "holes" : "domain";
  return family === "elementwise" ? "special" : "holes";
}
