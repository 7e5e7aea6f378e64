/**
 * Random programs as plain data: leaves, and steps that name earlier arrays. Every number is taken modulo what there is
 * to choose from, so that any data is a program and what fast-check makes of a failing one is a smaller program.
 */
import { type DType, dtypes, type NDArray } from "chunkwise";
import fc from "fast-check";
import { type Mood, sample } from "../support/arrays.js";

/** A source array, cut at random. */
export interface Leaf {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly mood: Mood;
  readonly seed: number;
}

/** One call: a kind of call, the arrays that it is given, and numbers for whatever else it needs. */
export interface Step {
  readonly kind: number;
  readonly inputs: readonly number[];
  readonly choices: readonly number[];
}

/** How a program is computed the second time. */
export interface Way {
  readonly workers: number;
  /** True where as little memory is allowed as the program can do with. */
  readonly tight: boolean;
}

/** Leaves, steps over them, and a way to compute it all. */
export interface Program {
  readonly leaves: readonly Leaf[];
  readonly steps: readonly Step[];
  readonly way: Way;
}

const leaf: fc.Arbitrary<Leaf> = fc.record({
  dtype: fc.constantFrom(...dtypes),
  // axes of equal lengths are frequent, or hardly any two arrays would fit together
  shape: fc.array(fc.constantFrom(3, 3, 3, 1, 4, 0, 7), { maxLength: 3 }),
  mood: fc.constantFrom<Mood>("domain", "special", "holes"),
  seed: fc.nat(99),
});

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.nat(9999),
  inputs: fc.array(fc.nat(99), { minLength: 3, maxLength: 3 }),
  choices: fc.array(fc.nat(999), { minLength: 6, maxLength: 6 }),
});

/** Programs of at most so many steps. */
export function programs(most: number): fc.Arbitrary<Program> {
  return fc.record({
    leaves: fc.array(leaf, { minLength: 1, maxLength: 3 }),
    steps: fc.array(step, { minLength: 1, maxLength: most }),
    way: fc.record({ workers: fc.nat(2), tight: fc.boolean() }),
  });
}

/** The elements of a leaf. */
export function elementsOf({ dtype, shape, mood, seed }: Leaf): NDArray {
  return sample(dtype, shape, { mood, seed });
}
