/**
 * The cases of the laws: for every operation of the table, calls over sample arrays that its family and its definition
 * allow. An operation that is new in the table is under every law from then on.
 */
import { type ChunkedArray, type DType, dtypes, type Element, fromArray, NDArray, zeros } from "chunkwise";
import { factsOf, promote, promoteWithValue } from "#src/data/dtype";
import type { Defined, Definition, Example } from "#src/ops/define";
import * as table from "#src/ops/index";
import { absolute, type Mood, sample, specialsOf, type Tolerance } from "../support/arrays.js";
import { randomChunks } from "../support/chunkings.js";
import type { Question } from "../support/numpy.js";
import { attempt } from "./attempt.js";

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
  /** True where terms are added: errors are measured against the same call over the sizes of all elements. */
  readonly sums: boolean;
  readonly anyZero: boolean;
}

/** All operations by name. */
export const operations = Object.entries(table as unknown as Record<string, Operation>);

/** NumPy itself takes either zero where it picks one of two equal numbers: what it does depends on the machine. */
const picking = /np\.(nan)?(min|max|clip)/;
/** NumPy's complex products fuse multiplication and addition where the machine can. */
const fusing = /np\.(multiply|square)/;

const letters = ["x", "y", "z"] as const;
const python = (value: Element): string => {
  if (typeof value === "object") return `complex(${value.re}, ${value.im})`;
  return typeof value === "boolean" ? (value ? "True" : "False") : String(value);
};
const shown = (array: NDArray): string => `${array.dtype} [${array.shape.join(", ")}]`;

const isWhole = (dtype: DType): boolean => ["bool", "int", "uint"].includes(factsOf(dtype).kind);

/**
 * What NumPy is asked for a case whose result has this dtype. NumPy computes functions of small whole numbers in float16
 * and float32; here they are float64, so NumPy gets float64.
 */
export function questionOf({ numpy, arrays }: Case, result: DType): Question {
  const names = letters.slice(0, arrays.length);
  const whole = arrays.every(({ dtype }) => isWhole(dtype)) && !isWhole(result);
  const code = whole
    ? `(lambda ${names.join(", ")}: ${numpy})(${names.map((name) => `wide(${name})`).join(", ")})`
    : numpy;
  return { code, arrays: Object.fromEntries(arrays.map((array, i) => [letters[i]!, array])) };
}

/** The same case over the sizes of its elements. */
export function sizesCase(one: Case): Case {
  return { ...one, arrays: one.arrays.map(absolute) };
}

/** What a case allows, given the result over the sizes. */
export function toleranceOf({ ulps, anyZero }: Case, sizes?: NDArray): Tolerance {
  return sizes === undefined ? { ulps, anyZero } : { ulps, anyZero: true, sizes };
}

/** Deterministic, different for each title. */
const seedOf = (text: string): number =>
  [...text].reduce((seed, letter) => (seed * 31 + letter.charCodeAt(0)) >>> 0, 7);

function make(
  definition: Definition,
  call: Pick<Case, "arrays" | "apply" | "numpy"> & { readonly how?: string },
): Case {
  const { name, ulps, family, numpy } = definition;
  const title = `${name}(${[...call.arrays.map(shown), ...(call.how ? [call.how] : [])].join(", ")})`;
  const sums = ulps > 0 && (family === "reduction" || family === "routine");
  const complex = call.arrays.some(({ dtype }) => factsOf(dtype).kind === "complex");
  return { ...call, title, ulps: complex && fusing.test(numpy) ? 4 : ulps, sums, anyZero: picking.test(numpy) };
}

/** Whole numbers to negative powers are errors in NumPy. */
const noSpecials = (name: string, dtype: DType): boolean => name === "pow" && isWhole(dtype);

function moodOf({ name, ulps, family, numpy }: Definition, dtype: DType): Mood {
  if (noSpecials(name, dtype)) return "domain";
  // complex functions beyond the finite numbers, and sums beyond the largest number, differ between builds of NumPy
  const complex = factsOf(dtype).kind === "complex";
  if (ulps === 0) return complex && fusing.test(numpy) ? "domain" : "special";
  if (complex) return family === "reduction" ? "holes" : "domain";
  return family === "elementwise" ? "special" : "holes";
}

function elementwise(operation: Operation, arrays: readonly NDArray[]): Case {
  const { definition } = operation;
  return make(definition, { arrays, apply: (given) => operation(...given), numpy: definition.numpy });
}

const shapes = [[], [1], [17], [3, 4], [1, 5], [2, 3, 4], [0], [3, 0, 2]];
const pairs = [
  [[], [3]], [[3, 1], [1, 4]], [[2, 3, 4], [3, 4]], [[2, 1, 4], [3, 1]], [[0], [1]], [[0, 3], [1, 3]], [[], []], [[6], [6]],
] as const; // biome-ignore format: a table
const common = (types: readonly DType[]): DType => types.reduce(promote);

/** Every dtype by itself: all special values (of several arguments, all combinations), then ordinary ones. */
function valuesOf(operation: Operation): Case[] {
  const { definition } = operation;
  const { arity, domain, accepts } = definition;
  return dtypes.filter(accepts).flatMap((dtype) => {
    const values = (seed: number): NDArray =>
      moodOf(definition, dtype) === "special" ? specialsOf(dtype) : sample(dtype, [19], { domain, seed });
    const along = (array: NDArray, axis: number): NDArray => {
      const shape = Array.from({ length: arity }, (_, i) => (i === axis ? array.size : 1));
      return new NDArray(dtype, shape, array.data);
    };
    const columns = Array.from({ length: Math.min(2, arity) }, (_, axis) => along(values(axis), axis));
    const rest = arity > 2 ? [sample(dtype, [2], { domain })] : [];
    const ordinary = letters.slice(0, arity).map((_, seed) => sample(dtype, [37], { seed, domain }));
    return [elementwise(operation, [...columns, ...rest]), elementwise(operation, ordinary)];
  });
}

function elementwiseCases(operation: Operation): Case[] {
  const { arity, accepts, domain } = operation.definition;
  if (arity === 0) return [];
  const good = dtypes.filter(accepts);
  const some = good.filter((dtype) => ["int16", "float32", "complex128"].includes(dtype));
  const cases = valuesOf(operation);
  const samples = (types: readonly DType[], of: readonly (readonly number[])[]): NDArray[] =>
    types.map((dtype, i) => sample(dtype, of[i]!, { domain, seed: seedOf(types.join()) + i }));
  if (arity === 1) {
    for (const dtype of some) for (const shape of shapes) cases.push(elementwise(operation, samples([dtype], [shape])));
    return cases;
  }
  const third = arity === 3 ? [[1]] : [];
  for (const dtype of some) {
    const types = letters.slice(0, arity).map(() => dtype);
    for (const pair of pairs) cases.push(elementwise(operation, samples(types, [...pair, ...third])));
  }
  const mixed = dtypes.flatMap((a) => dtypes.filter((b) => a !== b).map((b) => [a, b] as const));
  for (const [a, b] of mixed) {
    const types = arity === 3 ? [a, b, promote(a, b)] : [a, b];
    if (accepts(common(types))) cases.push(elementwise(operation, samples(types, [[5], [5], [5]])));
  }
  return arity === 2 ? [...cases, ...withValues(operation)] : cases;
}

/** Values that every dtype can take or that widen it; small whole ones, so that none overflows. */
const values: readonly Element[] = [2, 2.5, true, 3n, { re: 1, im: 2 }];

/** An array and a value, in both orders. */
function withValues(operation: Operation): Case[] {
  const { definition } = operation;
  return dtypes.flatMap((dtype) => {
    const array = sample(dtype, [6], { domain: definition.domain, seed: 3 });
    const fitting = values.filter((value) => definition.accepts(promoteWithValue(dtype, value)));
    return fitting.flatMap((value) =>
      [true, false].flatMap((first) => {
        const apply = ([x]: readonly ChunkedArray[]): ChunkedArray =>
          first ? operation(x, value) : operation(value, x);
        const [mine, other] = first ? ["x", "y"] : ["y", "x"];
        const numpy = `(lambda ${other}, ${mine}: ${definition.numpy})(${python(value)}, x)`;
        return [
          make(definition, {
            arrays: [array],
            apply,
            numpy,
            how: `${first ? "value" : "value first"} ${python(value)}`,
          }),
        ];
      }),
    );
  });
}

const axesOf = (ndim: number): (number | readonly number[] | null)[] => {
  const single = Array.from({ length: ndim }, (_, axis) => axis);
  if (ndim < 2) return [null, ...single];
  return [null, ...single, -1, [0, ndim - 1], [-1, 0], single];
};

/** True when a reduction takes an option: found by asking. */
function takes(operation: Operation, option: object): boolean {
  try {
    operation(zeros([2]), null, option);
    return true;
  } catch {
    return false;
  }
}

function reduce(operation: Operation, array: NDArray, axis: number | readonly number[] | null, options: object): Case {
  const { definition } = operation;
  const { keepdims = false, ...more } = options as { keepdims?: boolean };
  const tuple = Array.isArray(axis) ? `(${axis.map((one) => `${one},`).join("")})` : (axis ?? "None");
  const given = Object.entries(more).map(([name, value]) => `, ${name}=${name === "dtype" ? `np.${value}` : value}`);
  const code = definition.numpy.replace(/\)$/, `${given.join("")})`);
  const indexed = /arg/.test(definition.numpy) && Array.isArray(axis);
  const kept = indexed
    ? array.shape.map((length, i) => (axis.some((one) => (one + array.ndim) % array.ndim === i) ? 1 : length))
    : [];
  const numpy = indexed
    ? `(lambda x, axis, keepdims: ${code})(merged(x, ${tuple}), -1, False)${keepdims ? `.reshape(${JSON.stringify(kept)})` : ""}`
    : `(lambda axis, keepdims: ${code})(${tuple}, ${keepdims ? "True" : "False"})`;
  const how = `axis ${JSON.stringify(axis)}${Object.keys(options).length > 0 ? ` ${JSON.stringify(options)}` : ""}`;
  return make(definition, { arrays: [array], apply: ([x]) => operation(x, axis, options), numpy, how });
}

function reductionCases(operation: Operation): Case[] {
  const { definition } = operation;
  const good = dtypes.filter(definition.accepts);
  const sampleOf = (dtype: DType, shape: readonly number[]): NDArray =>
    sample(dtype, shape, { mood: moodOf(definition, dtype), domain: definition.domain, seed: seedOf(dtype + shape) });
  const cases = good.flatMap((dtype) => {
    const array = sampleOf(dtype, [3, 5, 4]);
    return axesOf(3).flatMap((axis) =>
      [{}, { keepdims: true }].map((options) => reduce(operation, array, axis, options)),
    );
  });
  for (const dtype of good.filter((one) => ["int8", "float32", "float64"].includes(one))) {
    for (const shape of [[], [1], [40], [1, 7], [7, 1], [0], [0, 3], [3, 0, 2]]) {
      const array = sampleOf(dtype, shape);
      for (const axis of axesOf(shape.length)) cases.push(reduce(operation, array, axis, { keepdims: axis === 0 }));
    }
  }
  const floats = [{ dtype: "float32" }, { dtype: "float64" }];
  const options = [...floats, { ddof: 1 }, { ddof: 0.5 }, { ddof: 3 }, { ddof: 9 }].filter((one) =>
    takes(operation, one),
  );
  for (const option of options) {
    for (const dtype of ["int8", "float32", "float64"] as const)
      cases.push(reduce(operation, sampleOf(dtype, [3, 4]), 0, option));
  }
  return cases;
}

const argumentOf = (arg: unknown, arrays: readonly ChunkedArray[]): unknown =>
  typeof arg === "object" && arg !== null && "array" in arg ? arrays[(arg as { array: number }).array] : arg;

function exampleCase(operation: Operation, { shapes: of, args, numpy, list }: Example, dtype: DType): Case {
  const { definition } = operation;
  const mood = definition.family === "movement" ? "special" : "domain";
  const arrays = of.map((shape, seed) => sample(dtype, shape, { mood, domain: definition.domain, seed }));
  const apply = (given: readonly ChunkedArray[]): ChunkedArray =>
    operation(list ? given : given[0], ...args.map((arg) => argumentOf(arg, given)));
  return make(definition, { arrays, apply, numpy, how: JSON.stringify(args) });
}

/** The examples of a definition: with their own dtype, a movement with every dtype. */
function exampleCases(operation: Operation): Case[] {
  const { examples, family, accepts } = operation.definition;
  return examples.flatMap((example) =>
    (family === "movement" ? dtypes.filter(accepts) : [example.dtype ?? "float64"]).map((dtype) =>
      exampleCase(operation, example, dtype),
    ),
  );
}

/** All cases of an operation. */
export function casesOf(operation: Operation): Case[] {
  const { family } = operation.definition;
  const own =
    family === "elementwise" ? elementwiseCases(operation) : family === "reduction" ? reductionCases(operation) : [];
  return [...own, ...exampleCases(operation)];
}

/** At most so many cases, spread evenly. */
export function thinned(cases: readonly Case[], count: number): Case[] {
  const step = Math.max(1, cases.length / count);
  return Array.from({ length: Math.min(count, cases.length) }, (_, i) => cases[Math.floor(i * step)]!);
}

/** The arrays of a case cut at random, and what it makes of them; null where the operation refuses the case. */
export function applied(one: Case, random: () => number): ChunkedArray | null {
  const arrays = one.arrays.map((array) => fromArray(array, { chunks: randomChunks(array.shape, random) }));
  const result = attempt(() => one.apply(arrays));
  return result instanceof Error ? null : result;
}
