/**
 * Law 3: every backend gives what the reference backend gives, within the operation's tolerance. Detects compiled kernels
 * that mean something else than the program they were compiled from.
 */
import { type ChunkedArray, compute } from "chunkwise";
import { describe, expect, test } from "vitest";
import { backendNames } from "#src/kernels/index";
import { randomOf } from "../conformance/backend/values.js";
import { difference } from "../support/arrays.js";
import { native } from "../support/native.js";
import { applied, type Case, casesOf, operations, sizesCase, thinned, toleranceOf } from "./cases.js";

const others = backendNames.filter((name) => name !== "reference" && (native || name !== "tensorflow"));

describe.each(others)("%s equals reference", (backend) => {
  test.each(operations)("%s", async (name, operation) => {
    const cases = thinned(casesOf(operation), 36);
    const cut = (of: readonly Case[], seed: number): ChunkedArray[] => {
      const random = randomOf(seed);
      return of.flatMap((one) => applied(one, random) ?? []);
    };
    const good = cases.filter((one) => applied(one, Math.random) !== null);
    const arrays = cut(good, name.length);
    const sums = good.filter((one) => one.sums);
    const reference = await compute(arrays, { backend: "reference" });
    const sizes = await compute(cut(sums.map(sizesCase), 5), { backend: "reference" });
    const results = await compute(arrays, { backend });
    const wrong = good.flatMap((one, i) => {
      const problem = difference(
        results[i]!,
        reference[i]!,
        toleranceOf(one, one.sums ? sizes[sums.indexOf(one)] : undefined),
      );
      return problem === null ? [] : [`${one.title}: ${problem}`];
    });
    expect(wrong).toEqual([]);
    expect(good.length).toBeGreaterThan(0);
  });
});
