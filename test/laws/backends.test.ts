/**
 * Law 3: every backend gives what the reference backend gives, within the operation's tolerance. Detects compiled
 * kernels that mean something else than the program they were compiled from.
 */
import { type ChunkedArray, compute } from "chunkwise";
import { describe, expect, test } from "vitest";
import { backendNames } from "#src/kernels/index";
import { randomOf } from "../conformance/backend/values.js";
import { difference } from "../support/arrays.js";
import { native } from "../support/platform.js";
import { applied, type Case, casesOf, type Operation, operations, sizesCase, thinned, toleranceOf } from "./cases.js";

const others = backendNames.filter((name) => name !== "reference" && (native || name !== "tensorflow"));

/** The cases of an operation, cut into chunks at random but always alike. */
function chunked(cases: readonly Case[], seed: number): ChunkedArray[] {
  const random = randomOf(seed);
  return cases.flatMap((one) => applied(one, random) ?? []);
}

/** What the reference backend gives for the cases of an operation. */
async function judgment(name: string, operation: Operation) {
  const good = thinned(casesOf(operation), 36).filter((one) => applied(one, Math.random) !== null);
  const arrays = chunked(good, name.length);
  const sums = good.filter((one) => one.sums);
  const reference = await compute(arrays, { backend: "reference" });
  const sizes = await compute(chunked(sums.map(sizesCase), 5), { backend: "reference" });
  return { good, arrays, sums, reference, sizes };
}

/** Computed once for all other backends: the reference backend is by far the slowest. */
const judgments = new Map<string, ReturnType<typeof judgment>>();

/** TensorFlow has routines only: its loops are those of the WebAssembly backend, which has its own turn here. */
const hasRoutines = ([, { definition }]: (typeof operations)[number]): boolean =>
  !["elementwise", "reduction", "movement"].includes(definition.family);

describe.each(others)("the backend %s equals the reference", (backend) => {
  test.each(backend === "tensorflow" ? operations.filter(hasRoutines) : operations)(
    `%s gives on ${backend} what it gives on reference`,
    async (name, operation) => {
      const judged = judgments.get(name) ?? judgment(name, operation);
      judgments.set(name, judged);
      const { good, arrays, sums, reference, sizes } = await judged;
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
    },
  );
});
