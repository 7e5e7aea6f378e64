/**
 * Law 1: any chunking gives the same answer, bit for bit where nothing is rounded in between. Detects blocks that are
 * read or put at the wrong place, states that are merged wrongly, and results that depend on where an array is cut.
 */
import { type ChunkedArray, compute, fromArray } from "chunkwise";
import { describe, expect, test } from "vitest";
import { randomOf } from "../conformance/backend/values.js";
import { difference } from "../support/arrays.js";
import { attempt } from "./attempt.js";
import { applied, type Case, casesOf, operations, sizesCase, thinned, toleranceOf } from "./cases.js";

/** A case over arrays of one chunk. */
const whole = ({ arrays, apply }: Case): ChunkedArray => apply(arrays.map((array) => fromArray(array, { chunks: -1 })));

describe("any chunking gives the same answer", () => {
  test.each(operations)("%s gives the same answer in any chunks", async (name, operation) => {
    const random = randomOf(name.length);
    const cases = thinned(casesOf(operation), 24).filter((one) => !(attempt(() => whole(one)) instanceof Error));
    const sums = cases.filter((one) => one.sums);
    const results = await compute([
      ...cases.map(whole),
      ...sums.map((one) => whole(sizesCase(one))),
      ...cases.flatMap((one) => [applied(one, random)!, applied(one, random)!]),
    ]);
    const cut = results.splice(cases.length + sums.length);
    const wrong = cases.flatMap((one, i) => {
      const tolerance = toleranceOf(one.sums ? one : { ...one, ulps: 0 }, results[cases.length + sums.indexOf(one)]);
      return [0, 1].flatMap((way) => {
        const problem = difference(cut[2 * i + way]!, results[i]!, one.sums ? tolerance : {});
        return problem === null ? [] : [`${one.title}: ${problem}`];
      });
    });
    expect(wrong).toEqual([]);
    expect(cases.length).toBeGreaterThan(0);
  });
});
