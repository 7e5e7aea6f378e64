/**
 * Random programs: expressions that grow step by step out of small arrays of whole numbers, each beside its mirror. A
 * step is a few numbers, so that fast-check can shrink a failing program by leaving steps out; a step that makes no
 * sense for the arrays that it meets does nothing.
 */
import { fromArray } from "chunkwise";
import fc from "fast-check";
import { randomOf } from "../../conformance/backend/values.js";
import { randomChunks } from "../chunkings.js";
import { computing } from "./computing.js";
import * as m from "./mirror.js";
import { moving } from "./moving.js";
import { below, type Pair } from "./step.js";

export type { Pair } from "./step.js";

const steps = { ...computing, ...moving };
const names = Object.keys(steps);

/** A program as fast-check makes it. */
export interface Program {
  readonly leaves: readonly { readonly shape: readonly number[]; readonly seed: number }[];
  readonly steps: readonly { readonly name: string; readonly x: number; readonly y: number; readonly seed: number }[];
}

/** Programs of up to so many steps. */
export function programs(length: number): fc.Arbitrary<Program> {
  return fc.record({
    leaves: fc.array(fc.record({ shape: fc.array(fc.nat(6), { maxLength: 3 }), seed: fc.nat() }), {
      minLength: 1,
      maxLength: 3,
    }),
    steps: fc.array(fc.record({ name: fc.constantFrom(...names), x: fc.nat(99), y: fc.nat(99), seed: fc.nat() }), {
      minLength: 1,
      maxLength: length,
      size: "max",
    }),
  });
}

/** All arrays that a program makes, in order: leaves first. New steps mostly build on the latest arrays. */
export function grow(program: Program): Pair[] {
  const pairs = program.leaves.map(({ shape, seed }): Pair => {
    const random = randomOf(seed);
    const mirror = m.make(shape, () => below(random, 19) - 9);
    return { array: fromArray(Float64Array.from(mirror.data), { shape, chunks: randomChunks(shape, random) }), mirror };
  });
  for (const { name, x, y, seed } of program.steps) {
    const latest = pairs.slice(-4);
    const made = steps[name]!(latest[x % latest.length]!, latest[y % latest.length]!, randomOf(seed));
    if (made !== null) pairs.push(made);
  }
  return pairs;
}
