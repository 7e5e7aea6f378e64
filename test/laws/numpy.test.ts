/**
 * Law 5: every operation gives what NumPy gives, dtype, shape and values, on all dtypes that it accepts, all sorts of shapes,
 * axes and options; and it refuses, with a typed error, what NumPy refuses. Detects wrong arithmetic, promotion and
 * broadcasting.
 */
import { compute, fromArray } from "chunkwise";
import { describe, expect, test } from "vitest";
import { difference } from "../support/arrays.js";
import { numpy } from "../support/numpy.js";
import { attempt } from "./attempt.js";
import { casesOf, operations, questionOf, sizesCase, toleranceOf } from "./cases.js";

describe("equal to NumPy", () => {
  test.each(operations)("%s", async (_, operation) => {
    const made = casesOf(operation).map((one) => ({
      one,
      made: attempt(() => one.apply(one.arrays.map((array) => fromArray(array)))),
    }));
    const good = made.flatMap(({ one, made: array }) => (array instanceof Error ? [] : [{ one, array }]));
    const results = await compute(good.map(({ array }) => array));
    const answers = await numpy(good.map(({ one, array }) => questionOf(one, array.dtype)));
    const sums = good.filter(({ one }) => one.sums);
    const sizes = await numpy(sums.map(({ one, array }) => questionOf(sizesCase(one), array.dtype)));
    const wrong = good.flatMap(({ one }, i) => {
      const [answer, size] = [answers[i]!, sizes[sums.indexOf(good[i]!)]];
      if (answer instanceof Error) return [`${one.title}: NumPy refuses: ${answer.message}`];
      const problem = difference(results[i]!, answer, toleranceOf(one, size instanceof Error ? undefined : size));
      return problem === null ? [] : [`${one.title}: ${problem}`];
    });
    const refused = made.flatMap(({ one, made: error }) => (error instanceof Error ? [{ one, error }] : []));
    const theirs = await numpy(refused.map(({ one }) => questionOf(one, one.arrays[0]!.dtype)));
    refused.forEach(({ one, error }, i) => {
      if (!(theirs[i] instanceof Error)) wrong.push(`${one.title}: refused: ${error.message}`);
    });
    expect(wrong).toEqual([]);
    expect(good.length).toBeGreaterThan(0);
  });
});
