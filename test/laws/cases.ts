/**
 * The cases of the laws: for every operation of the table, calls over sample arrays that its family and its definition
 * allow. An operation that is new in the table is under every law from then on.
 */
import { type ChunkedArray, type DType, dtypes, fromArray } from "chunkwise";
import type { Example } from "#src/ops/definition";
import * as shifts from "#src/ops/fourier/shifts";
import * as transforms from "#src/ops/fourier/transforms";
import * as table from "#src/ops/index";
import { sample } from "../support/arrays.js";
import { randomChunks } from "../support/chunkings.js";
import { attempt } from "./attempt.js";
import { type Case, make, type Operation } from "./case.js";
import { elementwiseCases } from "./elementwise-cases.js";
import { reductionCases } from "./reduction-cases.js";

export { type Case, type Operation, sizesCase, toleranceOf } from "./case.js";

const named = (prefix: string, of: object): [string, Operation][] =>
  Object.entries(of as Record<string, Operation>).map(([name, operation]) => [prefix + name, operation]);

/** All operations by name. */
export const operations = [...named("", table), ...named("fft.", transforms), ...named("fft.", shifts)];

const argumentOf = (arg: unknown, arrays: readonly ChunkedArray[]): unknown =>
  typeof arg === "object" && arg !== null && "array" in arg ? arrays[(arg as { array: number }).array] : arg;

function exampleCase(
  operation: Operation,
  { shapes: of, before = [], args, numpy, list }: Example,
  dtype: DType,
): Case {
  const { definition } = operation;
  const mood = definition.family === "movement" ? "special" : "domain";
  const arrays = of.map((shape, seed) => sample(dtype, shape, { mood, domain: definition.domain, seed }));
  const apply = (given: readonly ChunkedArray[]): ChunkedArray =>
    operation(...before, list ? given : given[0], ...args.map((arg) => argumentOf(arg, given)));
  const own = definition.sizes as Operation | undefined;
  const sizes = own && { sizes: ([x]: readonly ChunkedArray[]) => own(x, ...args) };
  return make(definition, { arrays, apply, numpy, how: JSON.stringify([...before, ...args]), ...sizes });
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

const known = new Map<Operation, readonly Case[]>();

/** All cases of an operation. The files of laws that share a process make them once. */
export function casesOf(operation: Operation): readonly Case[] {
  const cases = known.get(operation) ?? makeCases(operation);
  known.set(operation, cases);
  return cases;
}

function makeCases(operation: Operation): Case[] {
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
