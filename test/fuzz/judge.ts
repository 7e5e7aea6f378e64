/**
 * A program is right if
 *
 *   - each of its arrays is what NumPy makes of the arrays before it, which shows what an operation does;
 *   - all are the same, bit for bit, by another number of workers in as little memory as they need, which shows what
 *     scheduling and scratch files add to it;
 *   - the last is the same when it is computed without the others, which shows what fusing adds. Only bit for bit where
 *     no terms are added on the way to it: the loop into which they are fused says in which order.
 */
import { type ChunkedArray, compute, fromArray, MemoryLimitError, type NDArray } from "chunkwise";
import { factsOf } from "#src/data/dtype";
import { randomOf } from "../conformance/backend/values.js";
import { attempt } from "../laws/attempt.js";
import { type Case, isWhole, questionOf, sizesCase, toleranceOf } from "../laws/case.js";
import { difference } from "../support/arrays.js";
import { randomChunks } from "../support/chunkings.js";
import { numpy, type Question } from "../support/numpy.js";
import { type Call, callOf } from "./calls.js";
import { elementsOf, type Program, type Step, type Way } from "./program.js";

/** The most elements of an array; a product of products would have millions. */
const MOST_ELEMENTS = 3000;

/** An array of a program, and how it came about. */
interface Made {
  readonly array: ChunkedArray;
  readonly call?: Call;
  /** The numbers of the arrays that the call was given. */
  readonly inputs: readonly number[];
}

const fits = (a: readonly number[], b: readonly number[]): boolean =>
  b.length <= a.length && b.every((length, i) => [1, a[a.length - b.length + i]].includes(length));

/** The arrays that a step is given: the first is any, the others fit to it. */
function inputsOf({ inputs }: Step, made: readonly Made[]): number[] {
  const first = inputs[0]! % made.length;
  const { shape } = made[first]!.array;
  const fitting = [...made.keys()].filter((i) => fits(shape, made[i]!.array.shape));
  return [first, ...inputs.slice(1).map((input) => fitting[input % fitting.length]!)];
}

/** Makes the arrays of a program; steps that an operation refuses, or that grow too large, are left out. */
async function grow({ leaves, steps }: Program, path: () => string): Promise<Made[]> {
  const made: Made[] = leaves.map((leaf) => {
    const chunks = randomChunks(leaf.shape, randomOf(leaf.seed));
    return { array: fromArray(elementsOf(leaf), { chunks }), inputs: [] };
  });
  for (const step of steps) {
    const all = inputsOf(step, made);
    const call = callOf(step, made[all[0]!]!.array.shape, path);
    const inputs = all.slice(0, call.arity);
    const arrays = inputs.map((i) => made[i]!.array);
    const array = attempt(() => call.make(arrays));
    if (array instanceof Error || !(await isDefined(call, arrays))) continue;
    const ready = await array;
    if (ready.size <= MOST_ELEMENTS) made.push({ array: ready, call, inputs });
  }
  return made;
}

/** False where elements may be an error: powers of whole numbers, and what the call says. */
async function isDefined({ name, isDefined: asked }: Call, arrays: readonly ChunkedArray[]): Promise<boolean> {
  if (name === "pow") return !arrays.every(({ dtype }) => isWhole(dtype));
  return asked === undefined || Boolean((await asked(arrays).compute({ workers: 0 })).item());
}

/** Computes in the way that a program says; with a tight limit once more with the bytes that the refusal names. */
async function computed(arrays: readonly ChunkedArray[], { workers, tight }: Way): Promise<NDArray[]> {
  if (!tight) return compute(arrays, { workers });
  let memoryLimit = 1;
  for (let tries = 0; tries < 4; tries++) {
    try {
      return await compute(arrays, { workers, memoryLimit });
    } catch (error) {
      if (!(error instanceof MemoryLimitError) || error.needed <= memoryLimit) throw error;
      memoryLimit = error.needed;
    }
  }
  throw new Error(`a limit of ${memoryLimit} bytes, which the refusal asked for, is refused`);
}

const largest = ({ data, dtype }: NDArray): number => {
  let most = 0;
  for (const value of data) {
    const size = Math.abs(Number(value));
    if (!(size <= most)) most = Number.isNaN(size) ? Number.POSITIVE_INFINITY : size;
  }
  return factsOf(dtype).part === "float32" ? most * 1e35 : most;
};

/** True where a float is negative; whole numbers wrap as NumPy's do. */
const isAnyNegative = ({ data, dtype }: NDArray): boolean => !isWhole(dtype) && data.some((value) => value < 0);

/** True where a number is so small that products of it underflow. */
const isAnyTiny = ({ data }: NDArray): boolean => [...data].some((x) => x !== 0 && Math.abs(Number(x)) < 1e-10);

/** True where a complex number is 0. */
const isAnyZero = ({ data, size }: NDArray): boolean =>
  Array.from({ length: size }, (_, i) => data[2 * i] === 0 && data[2 * i + 1] === 0).includes(true);

/** True where all exponents are whole and below 100: their powers are products, the same here as there. */
const isProducts = ({ data, dtype }: NDArray): boolean => {
  const isImaginary = (i: number): boolean => factsOf(dtype).kind === "complex" && i % 2 === 1;
  return Array.from(data, Number).every((x, i) =>
    isImaginary(i) ? x === 0 : Number.isInteger(x) && Math.abs(x) < 100,
  );
};

/** Where elements are nearly equal, the rounding of their mean is as large as what is measured. */
const aroundMean = /^(nan)?(std|var|moment|skew|kurtosis)$/;

/** False where NumPy itself depends on the machine it was built for; docs/differences.md names these cases. */
function isJudged({ sums, ulps }: Case, name: string, inputs: readonly NDArray[], result: NDArray): boolean {
  const below = (most: number): boolean => inputs.every((input) => isWhole(input.dtype) || largest(input) < most);
  if (name.startsWith("astype")) {
    const { kind } = factsOf(result.dtype);
    return !["int", "uint"].includes(kind) || (below(100) && (kind === "int" || !inputs.some(isAnyNegative)));
  }
  if (aroundMean.test(name)) return false;
  // near the zeros between its poles the promise is one of the size of 1
  if (name === "logGamma" && inputs.some(isAnyNegative)) return false;
  // which product underflows on the way depends on the order
  if (/^(nan)?prod$/.test(name) && inputs.some(isAnyTiny)) return false;
  const complex = [...inputs, result].some(({ dtype }) => factsOf(dtype).kind === "complex");
  // errors of other powers grow with the exponent, here as there; 1 / 0 is infinite here as in C, and NaN there
  if (complex && name === "pow") return inputs.length === 2 && isProducts(inputs[1]!);
  if (complex && name === "reciprocal" && inputs.some(isAnyZero)) return false;
  if (complex) return below(ulps === 0 ? Number.POSITIVE_INFINITY : 50);
  return !sums || below(1e50);
}

/** What NumPy is asked; a conversion as it is, since by way of float64 it would round twice. */
function asked(one: Case, { name }: Call, { dtype }: NDArray): Question {
  return name.startsWith("astype") ? { code: one.numpy, arrays: { x: one.arrays[0]! } } : questionOf(one, dtype);
}

/** What is wrong with a program, in a line; null when it is right. */
async function problemOf(made: readonly Made[], way: Way): Promise<string | null> {
  const arrays = made.map(({ array }) => array);
  const results = await compute(arrays, { workers: 0 });
  const cases = made.flatMap(({ call, inputs }, number) => {
    const given = inputs.map((i) => results[i]!);
    const one = call?.judged(given) ?? null;
    return one !== null && isJudged(one, call!.name, given, results[number]!) ? [{ one, number }] : [];
  });
  const questions = cases.map(({ one, number }) => asked(one, made[number]!.call!, results[number]!));
  const sums = cases.filter(({ one }) => one.sums);
  const sizes = sums.map(({ one, number }) => questionOf(sizesCase(one), results[number]!.dtype));
  const answers = await numpy([...questions, ...sizes]);
  for (const [i, { one, number }] of cases.entries()) {
    const answer = answers[i]!;
    if (answer instanceof Error) return `array ${number}, ${one.title}: NumPy refuses: ${answer.message}`;
    const size = one.sums ? answers[cases.length + sums.findIndex((sum) => sum.number === number)] : undefined;
    const wrong = difference(results[number]!, answer, toleranceOf(one, size instanceof Error ? undefined : size));
    if (wrong !== null) return `array ${number}, ${one.title}: ${wrong}`;
  }
  for (const [number, { call, inputs }] of made.entries()) {
    if (call === undefined || call.judged(inputs.map((i) => results[i]!)) !== null) continue;
    // what is persisted or saved was computed without the others, so terms were added in another order
    if (addsTerms(made, number)) continue;
    const wrong = difference(results[number]!, results[inputs[0]!]!);
    if (wrong !== null) return `array ${number}, ${call.name}: ${wrong}`;
  }
  const again = await computed(arrays, way);
  for (const number of made.keys()) {
    const wrong = difference(again[number]!, results[number]!);
    if (wrong !== null) return `array ${number}, computed in another way: ${wrong}`;
  }
  const last = made.length - 1;
  if (addsTerms(made, last)) return null;
  const wrong = difference((await compute([arrays[last]!], { workers: 0 }))[0]!, results[last]!);
  return wrong === null ? null : `array ${last}, computed without the others: ${wrong}`;
}

/** True where an array is made of sums. */
function addsTerms(made: readonly Made[], number: number): boolean {
  const { call, inputs } = made[number]!;
  return call !== undefined && (call.adds || inputs.some((input) => addsTerms(made, input)));
}

const described = ({ array, call, inputs }: Made, number: number): string => {
  const from = call === undefined ? "leaf" : `${call.name}(${inputs.join(", ")})`;
  return `${number}: ${from} → ${array.dtype} [${array.shape.join(", ")}], chunks ${JSON.stringify(array.chunks)}`;
};

/** Throws with the whole program unless it is right. */
export async function check(program: Program, path: () => string): Promise<void> {
  const made = await grow(program, path);
  const listing = (): string => `${made.map(described).join("\n")}\n${JSON.stringify(program.way)}`;
  let problem: string | null;
  try {
    problem = await problemOf(made, program.way);
  } catch (error) {
    throw new Error(`the program cannot be computed\n${listing()}`, { cause: error });
  }
  if (problem !== null) throw new Error(`${problem}\n${listing()}`);
}
