/**
 * Panels of a factorization, and rows brought into an order, on every backend: judged by NumPy. Detects an order that
 * is not the one of the factors, a sign that is not the permutation's, a pivot that is not the largest of its column,
 * and parts of complex numbers that change places.
 */
import { NDArray } from "chunkwise";
import { describe, expect, test } from "vitest";
import { factsOf } from "#src/data/dtype";
import { randomOf } from "../conformance/backend/values.js";
import { backends } from "../support/backends.js";
import type { Question } from "../support/numpy.js";
import { expectSmall, unit, wide } from "../support/residuals.js";
import { callRoutine } from "../support/routines.js";

const each = backends.flatMap(([name, backend]) =>
  (["float64", "float32", "complex128", "complex64"] as const).map((dtype) => [name, dtype, backend] as const),
);

const [l, u, order] = [
  "(np.tril(p[:, :-2], -1) + np.eye(*p[:, :-2].shape))",
  "np.triu(p[:p.shape[1] - 2, :-2])",
  "p[:, -2].real.astype(int)",
];

describe.each(each)("panels on the backend %s in %s", (_, dtype, backend) => {
  const isComplex = factsOf(dtype).kind === "complex";
  /** Of real numbers; complex ones get an imaginary part that `imaginary` makes. */
  const array = (
    shape: readonly number[],
    values: readonly number[],
    imaginary = (_: number): number => 0,
  ): NDArray => {
    const parts = isComplex ? values.flatMap((x) => [x, imaginary(x)]) : values;
    return new NDArray(
      dtype,
      shape,
      factsOf(dtype).part === "float64" ? Float64Array.from(parts) : Float32Array.from(parts),
    );
  };
  const noise = (m: number, n: number): NDArray => {
    const next = randomOf(m * 31 + n);
    const values = Array.from({ length: m * n }, () => 2 * next() - 1);
    return array([m, n], values, () => 2 * next() - 1);
  };
  /** What an array of such numbers is in JavaScript. */
  const listed = (values: readonly number[], imaginary = (_: number): number => 0): unknown[] =>
    values.map((re) => (isComplex ? { re, im: imaginary(re) } : re));
  const panel = (a: NDArray, regular = false): NDArray => {
    const [m, b] = a.shape as [number, number];
    const params = { operation: "solve", from: 100, regular };
    return callRoutine(backend, "luPanel", [a], [[dtype, [m, b + 2]]], params)[0]!;
  };

  test("luPanel gives the factors of a panel, the order of its rows and their sign", async () => {
    const shapes = [
      [1, 1],
      [5, 5],
      [6, 1],
      [16, 16],
      [40, 17],
      [100, 33],
      [130, 65],
      [3, 0],
    ] as const;
    const questions: Question[] = shapes.flatMap(([m, b]) => {
      const a = noise(m, b);
      const packed = panel(a);
      const ask = (difference: string, relative: string, n: string): Question => ({
        code: unit(dtype, difference, relative, n),
        arrays: wide({ a, p: packed }),
      });
      return [
        ask(`${l} @ ${u} - a[${order}]`, "a", "len(a)"),
        ask(`np.sort(${order}) - np.arange(len(a))`, "np.ones(1)", "1e-300"),
        // complex pivots have the largest |re| + |im|
        ask(`np.maximum(np.abs(${l}) - ${isComplex ? Math.SQRT2 : 1}, 0)`, "np.ones(1)", "1e-300"),
        ask(`np.linalg.det(np.eye(len(a))[${order}]) - p[0, -1]`, "np.ones(1)", "len(a)"),
        ask("p[1:, -1]", "np.ones(1)", "1e-300"),
        ask("p[:, -2:].imag", "np.ones(1)", "1e-300"),
      ];
    });
    await expectSmall(questions);
  });

  test("luPanel continues at a pivot of 0, or names the pivot if that is an error", () => {
    const a = array([4, 3], [0, 0, 2, 0, 0, 4, 1, 0, 5, 0, 0, 6]);
    const packed = panel(a);
    expect(packed.dtype).toBe(dtype);
    const reals = (isComplex ? packed.data.filter((_, i) => i % 2 === 0) : packed.data) as Float64Array;
    const rows = Array.from({ length: 4 }, (_, i) => [...reals.slice(5 * i, 5 * i + 3)]);
    expect(rows).toEqual([
      [1, 0, 5],
      [0, 0, 4],
      [0, 0, 6],
      [0, 0, expect.closeTo(1 / 3, 6)],
    ]);
    expect(() => panel(a, true)).toThrow("solve: singular matrix: pivot 101 is 0");
  });

  if (isComplex) {
    test("luPanel takes a pivot without a real part for a number other than 0", () => {
      const i = array([1, 1], [0], () => 1);
      expect(panel(i, true).toArray()).toEqual([[{ re: 0, im: 1 }, ...listed([0, 1])]]);
    });
  }

  test("takeRows puts rows into an order", () => {
    const half = (x: number): number => x / 2;
    const rows = array([3, 2], [1, 2, 3, 4, 5, 6], half);
    const take = (order: readonly number[]): unknown =>
      callRoutine(
        backend,
        "takeRows",
        [array([order.length, 1], order), rows],
        [[dtype, [order.length, 2]]],
      )[0]!.toArray();
    expect(take([2, 0, 1])).toEqual([listed([5, 6], half), listed([1, 2], half), listed([3, 4], half)]);
    expect(take([1])).toEqual([listed([3, 4], half)]);
    expect(take([])).toEqual([]);
  });
});
