/**
 * Law 2 again, over dtypes: a chain of any elementwise operations and conversions, over special values of any dtypes,
 * gives the same bits in one loop as step by step, and the same on every backend. Detects loops that round later or
 * less often than their steps, lanes of different widths that get mixed up, constants that are folded with another
 * meaning.
 */
import { type ChunkedArray, type DType, dtypes, fromArray } from "chunkwise";
import fc from "fast-check";
import { expect, test } from "vitest";
import { randomOf } from "../conformance/backend/values.js";
import { difference, sample } from "../support/arrays.js";
import { randomChunks } from "../support/chunkings.js";
import { runExprs } from "../support/run.js";
import { attempt } from "./attempt.js";
import { operations } from "./cases.js";

const elementwise = operations.filter(
  ([, { definition }]) => definition.family === "elementwise" && definition.arity > 0,
);
/** Exact on every machine: these also give the same bits on every backend. */
const exact = elementwise.filter(([, { definition }]) => definition.ulps === 0);

const anyDType = fc.constantFrom(...dtypes);
const chains = (table: typeof elementwise): fc.Arbitrary<{ leaves: DType[]; steps: Step[] }> =>
  fc.record({
    leaves: fc.array(anyDType, { minLength: 2, maxLength: 3 }),
    steps: fc.array(
      fc.record({
        name: fc.constantFrom(...table.map(([name]) => name)),
        picks: fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9)),
        to: fc.option(anyDType),
      }),
      { minLength: 1, maxLength: 8, size: "max" },
    ),
  });

interface Step {
  readonly name: string;
  readonly picks: readonly number[];
  readonly to: DType | null;
}

const byName = new Map(elementwise);
const shape = [43];

/** The array at the end of a chain; steps that an operation refuses are left out. */
function build({
  leaves,
  steps,
}: {
  readonly leaves: readonly DType[];
  readonly steps: readonly Step[];
}): ChunkedArray {
  const random = randomOf(leaves.length);
  const arrays = leaves.map((dtype, seed) =>
    fromArray(sample(dtype, shape, { mood: "special", seed }), { chunks: randomChunks(shape, random) }),
  );
  for (const { name, picks, to } of steps) {
    const latest = arrays.slice(-4);
    const operation = byName.get(name)!;
    const given = picks.slice(0, operation.definition.arity).map((pick) => latest[pick % latest.length]);
    const made = attempt(() => operation(...given));
    if (!(made instanceof Error)) arrays.push(to === null ? made : made.astype(to));
  }
  return arrays.at(-1)!;
}

test.each(["wasm", "javascript", "reference"])(
  "one fused loop gives the same as step by step on the backend %s",
  async (backend) => {
    await fc.assert(
      fc.asyncProperty(chains(elementwise), async (chain) => {
        const { expr } = build(chain);
        const [[fused], [stored]] = await Promise.all([
          runExprs([expr], { backend }),
          runExprs([expr], { backend, stored: "all" }),
        ]);
        expect(difference(fused!, stored!)).toBe(null);
      }),
      { numRuns: Number(process.env.CHUNKWISE_PROGRAMS ?? 100) },
    );
  },
);

test.each(["wasm", "javascript"])(
  "exact operations give the same on the backend %s as on the reference",
  async (backend) => {
    await fc.assert(
      fc.asyncProperty(chains(exact), async (chain) => {
        const { expr } = build(chain);
        const [[one], [other]] = await Promise.all([
          runExprs([expr], { backend }),
          runExprs([expr], { backend: "reference" }),
        ]);
        expect(difference(one!, other!, { anyZero: true })).toBe(null);
      }),
      { numRuns: Number(process.env.CHUNKWISE_PROGRAMS ?? 100) },
    );
  },
);
