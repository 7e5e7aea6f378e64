/**
 * Q · R of matrices much taller than wide, judged by NumPy: what reflections would have given, on matrices that
 * Cholesky QR takes and on those that it must leave. Detects factors that are not orthogonal because columns nearly
 * depend on each other, other signs than LAPACK's, and a matrix that is lost before reflections get it.
 */
import { NDArray } from "chunkwise";
import { describe, expect, test } from "vitest";
import { workspaceBytes } from "#src/program/routines/table";
import { choleskyQr, isMuchTaller } from "#src/routines/cholesky-qr";
import { Workspace } from "#src/routines/matrix";
import { plainKernels as kernels } from "#src/routines/plain-kernels";
import { randomOf } from "../conformance/backend/values.js";
import { backends } from "../support/backends.js";
import type { Question } from "../support/numpy.js";
import { expectSmall, unit, wide } from "../support/residuals.js";
import { callRoutine, type Wanted } from "../support/routines.js";

type Value = (row: number, column: number, random: () => number) => number;

function matrix(rows: number, columns: number, value: Value): NDArray {
  const random = randomOf(rows * 31 + columns);
  const data = Float64Array.from({ length: rows * columns }, (_, i) =>
    value(Math.floor(i / columns), i % columns, random),
  );
  return new NDArray("float64", [rows, columns], data);
}

const plain: Value = (_i, _j, random) => 2 * random() - 1;

/** Matrices of [200, 24], and whether Cholesky QR is for them. */
const kinds: Record<string, { readonly taken: boolean; readonly value: Value }> = {
  random: { taken: true, value: plain },
  "all positive": { taken: true, value: (_i, _j, random) => 1 + random() },
  "columns of all sizes": { taken: true, value: (i, j, random) => plain(i, j, random) * 10 ** (5 * (j - 12)) },
  "condition 1e5": { taken: true, value: (_i, j, random) => 1 + 10 ** (-j / 5) * random() },
  "condition 1e12": { taken: false, value: (_i, j, random) => 1 + 10 ** (-j / 2) * random() },
  "too large for squares": { taken: false, value: (i, j, random) => 1e200 * plain(i, j, random) },
  "too small for squares": { taken: false, value: (i, j, random) => 1e-200 * plain(i, j, random) },
  "two equal columns": { taken: false, value: (i, j, random) => (j === 20 ? i : j === 21 ? i : plain(i, j, random)) },
  "a column of zeros": { taken: false, value: (i, j, random) => (j === 5 ? 0 : plain(i, j, random)) },
  zeros: { taken: false, value: () => 0 },
  // nothing to reflect, and a first number without a sign
  "the identity": { taken: false, value: (i, j) => (i === j ? 3 : 0) },
  "a first row of zeros": { taken: false, value: (i, j, random) => (i === 0 ? 0 : plain(i, j, random)) },
};

test.each(Object.entries(kinds))(
  "Cholesky QR takes a matrix, or leaves it to reflections: %s",
  (_, { taken, value }) => {
    const a = matrix(200, 24, value);
    const numbers = workspaceBytes("qr", [a], { mode: "reduced" }) / 8;
    const space = new Workspace(new Float64Array(numbers).fill(Number.NaN), a);
    expect(choleskyQr(space.load(a), space, kernels) !== null).toBe(taken);
  },
);

test("Cholesky QR leaves a matrix with numbers that are not finite to reflections", () => {
  for (const bad of [Number.NaN, Infinity]) {
    const a = matrix(200, 24, (i, j, random) => (i === 150 && j === 20 ? bad : plain(i, j, random)));
    const space = new Workspace(new Float64Array(2 ** 16), a);
    expect(choleskyQr(space.load(a), space, kernels)).toBeNull();
  }
});

test("Cholesky QR is for real matrices that are much taller than wide, and neither tiny nor wide", () => {
  const taken = (shape: readonly number[], dtype: "float32" | "complex128" = "float32"): boolean =>
    isMuchTaller({ dtype, shape });
  const shapes = [
    [200, 24],
    [32, 8],
    [1024, 256],
    [4096, 512],
    [60, 24],
    [1000, 4],
    [2048, 512],
  ];
  expect(shapes.map((shape) => taken(shape))).toEqual([true, true, true, true, false, false, false]);
  expect(taken([200, 24], "complex128")).toBe(false);
});

describe.each(backends)("Q and R of tall matrices on the backend %s", (_, backend) => {
  const questionsOf = (a: NDArray, dtype: "float32" | "float64"): Question[] => {
    const [m, n] = a.shape as [number, number];
    const input = dtype === "float64" ? a : new NDArray("float32", a.shape, Float32Array.from(a.data as Float64Array));
    const call = (mode: string, ...shapes: readonly (readonly number[])[]): NDArray[] =>
      callRoutine(
        backend,
        "qr",
        [input],
        shapes.map((shape): Wanted => [dtype, shape]),
        { mode },
      );
    const [q, r] = call("reduced", [m, n], [n, n]);
    const [alone] = call("r", [n, n]);
    const [near, turn, factored] = call("factored", [m, n], [n, n], [n, n]);
    const arrays = wide({ a: input, q: q!, r: r!, alone: alone!, near: near!, turn: turn!, factored: factored! });
    const ask = (difference: string, relative: string, count: string): Question => ({
      code: unit(dtype, difference, relative, count),
      arrays,
    });
    const size = "(np.max(np.abs(a)) or 1)"; // norms square, too
    return [
      ask(`q @ (r / ${size}) - a / ${size}`, `a / ${size}`, `${n}`),
      ask("q.T @ q - np.eye(q.shape[1])", "np.ones((1, 1))", `${n}`),
      ask("alone != r", "np.ones((1, 1))", "1e-300"),
      ask("factored != r", "np.ones((1, 1))", "1e-300"),
      ask("near @ turn - q", "q", `${n}`),
      ask("np.tril(r, -1)", "np.ones((1, 1))", "1e-300"),
      ask("np.signbit(np.tril(r, -1))", "np.ones((1, 1))", "1e-300"),
      ask("np.sign(np.diag(r)) - np.sign(np.diag(np.linalg.qr(a)[1]))", "np.ones((1, 1))", "1"),
    ];
  };

  test("Q and R are right for any height and width", async () => {
    const shapes = [[32, 8], [100, 20], [400, 100], [1500, 33], [640, 130]] as const; // biome-ignore format: a table
    await expectSmall(shapes.flatMap(([m, n]) => questionsOf(matrix(m, n, plain), "float64")));
  });

  test.each(["float64", "float32"] as const)("Q and R are right for numbers of any size in %s", async (dtype) => {
    const outside = ["too large for squares", "too small for squares", "columns of all sizes"];
    // what depends on itself may have any sign in the end
    const dependent = ["two equal columns", "condition 1e12", "a column of zeros", "zeros"];
    for (const [name, { value }] of Object.entries(kinds)) {
      if (dtype === "float32" && outside.includes(name)) continue;
      const questions = questionsOf(matrix(200, 24, value), dtype);
      await expectSmall(dependent.includes(name) ? questions.slice(0, -1) : questions);
    }
  });
});
