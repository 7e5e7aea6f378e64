/**
 * Law 5, dtypes: two arrays, and an array with a value, meet in the dtype in which NumPy lets them meet. Detects a
 * wrong entry of the promotion table, and operations that refuse what they accept or accept what they refuse.
 */
import { type DType, DTypeError, dtypes, type Element, NDArray, zeros } from "chunkwise";
import { describe, expect, test } from "vitest";
import { allocate, promote, promoteWithValue } from "#src/data/dtype";
import { numpy } from "../support/numpy.js";
import { operations } from "./cases.js";
import { reductionOf } from "./reduction-cases.js";

const pairs = dtypes.flatMap((a) => dtypes.map((b) => [a, b] as const));
const empty = (dtype: DType): NDArray => new NDArray(dtype, [0], allocate(dtype, 0));

/** The dtypes that NumPy gives to expressions over arrays. */
async function theirs(
  questions: readonly { code: string; arrays: Record<string, NDArray> }[],
): Promise<(DType | Error)[]> {
  return (await numpy(questions)).map((answer) => (answer instanceof Error ? answer : answer.dtype));
}

test("all pairs of dtypes are promoted as in NumPy", async () => {
  const expected = await theirs(
    pairs.map(([a, b]) => ({ code: "np.zeros(0, np.result_type(x, y))", arrays: { x: empty(a), y: empty(b) } })),
  );
  expect(pairs.map(([a, b]) => [a, b, promote(a, b)])).toEqual(pairs.map(([a, b], i) => [a, b, expected[i]]));
  for (const [a, b] of pairs) expect(promote(a, b)).toBe(promote(b, a));
  expect(pairs.length).toBe(169);
});

test("a value takes the dtype of the array where it fits", async () => {
  const values: [Element, string][] = [
    [true, "True"],
    [2, "2"],
    [3n, "3"],
    [2.5, "2.5"],
    [{ re: 0, im: 1 }, "1j"],
    [NaN, "np.nan"],
  ];
  const all = dtypes.flatMap((dtype) => values.map(([value, python]) => ({ dtype, value, python })));
  const expected = await theirs(
    all.map(({ dtype, python }) => ({
      code: `np.zeros(0, np.result_type(x, ${python.replace("np.nan", "float('nan')")}))`,
      arrays: { x: empty(dtype) },
    })),
  );
  expect(all.map(({ dtype, value }) => [dtype, value, promoteWithValue(dtype, value)])).toEqual(
    all.map(({ dtype, value }, i) => [dtype, value, expected[i]]),
  );
});

describe("an operation accepts exactly the dtypes that its definition names", () => {
  test.each(
    operations.filter(
      ([
        ,
        {
          definition: { arity, family },
        },
      ]) => arity > 0 && ["elementwise", "reduction"].includes(family),
    ),
  )("%s accepts exactly the dtypes that its definition names", (name, operation) => {
    const { definition } = operation;
    for (const dtype of dtypes) {
      const array = zeros([2], { dtype });
      const call = (): unknown =>
        definition.family === "reduction"
          ? reductionOf(operation)(array, null, {})
          : operation(...new Array(definition.arity).fill(array));
      if (definition.accepts(dtype)) expect(call).not.toThrow();
      else {
        expect(call, dtype).toThrow(DTypeError);
        expect(call).toThrow(new RegExp(`^${name}: not defined for ${dtype}; expected `));
      }
    }
  });
});
