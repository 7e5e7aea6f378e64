/**
 * Factorizations on TensorFlow: which go there, and the ways from its refusals to typed errors. Detects orders of
 * pivots that are made up, numbers for which Eigen's kernels differ from LAPACK's, tensors that stay.
 */

import { NDArray } from "chunkwise";
import { describe, expect, test } from "vitest";
import { TensorFlowBackend } from "#src/kernels/tensorflow/backend";
import { load } from "#src/kernels/tensorflow/library";
import { WasmBackend } from "#src/kernels/wasm/backend";
import type { RoutineName } from "#src/program/routines/table";
import type { RoutineCall } from "#src/routines/routine";
import { complex, failure, numbers, type Shapes } from "../../support/factorizations.js";
import type { Question } from "../../support/numpy.js";
import { native } from "../../support/platform.js";
import { expectSmall, unit } from "../../support/residuals.js";
import { callRoutine, type Wanted } from "../../support/routines.js";

/** The embedded backend, with the names of the routines that it was asked for. */
class Watched extends WasmBackend {
  readonly asked: string[] = [];

  override call(call: RoutineCall): void {
    this.asked.push(call.routine);
    super.call(call);
  }
}

const inner = new Watched();
const backend = new TensorFlowBackend(inner);
const real = (shape: readonly number[], values: Iterable<number>): NDArray =>
  new NDArray("float64", shape, Float64Array.from(values));

describe.runIf(native)("real matrices", () => {
  const call = (name: RoutineName, inputs: readonly NDArray[], shapes: Shapes, params?: unknown): NDArray[] =>
    callRoutine(
      backend,
      name,
      inputs,
      shapes.map((shape): Wanted => ["float64", shape]),
      params,
    );

  test("large matrices go to TensorFlow, and those that it refuses to the embedded routine", () => {
    const n = 200;
    const matrix = real([n, n], numbers(n * n, 1));
    const symmetric = real(
      [n, n],
      Array.from(numbers(n * n, 2), (x, i) => (i % (n + 1) === 0 ? n : x)),
    );
    const right = real([n, n], numbers(n * n, 3));
    inner.asked.length = 0;
    call("cholesky", [symmetric], [[n, n]], { upper: true });
    call("inv", [matrix], [[n, n]]);
    call("solve", [matrix, right], [[n, n]]);
    call("solveTriangular", [symmetric, right], [[n, n]], { lower: true, unit: false, transposed: false });
    call("qr", [matrix], [[n, n], [n, n]], { mode: "reduced" }); // biome-ignore format: a list
    call("svd", [matrix], [[n]], { mode: "values" });
    call("eigh", [matrix], [[n]], { vectors: false });
    expect(inner.asked).toEqual([]);
    call("qr", [matrix], [[n, n]], { mode: "r" });
    call("det", [matrix], [[1]]);
    expect(inner.asked).toEqual(["qr", "det"]);
    const values = numbers(n * n, 4);
    for (let i = 0; i < n; i++) values[i * n + 150] = 0;
    const singular = real([n, n], values);
    expect(failure(() => call("inv", [singular], [[n, n]]))).toMatchObject({ reason: "singular", order: 150 });
    expect(failure(() => call("solve", [singular, right], [[n, n]]))).toMatchObject({ reason: "singular", order: 150 });
    const indefinite = real(
      [n, n],
      Array.from({ length: n * n }, (_, i) => Number(i % (n + 1) === 0 && i !== 170 * (n + 1))),
    );
    const order = { reason: "not positive definite", order: 171 };
    expect(failure(() => call("cholesky", [indefinite], [[n, n]], { upper: false }))).toMatchObject(order);
    const zero = Float64Array.from(symmetric.data as Float64Array);
    zero[60 * (n + 1)] = 0;
    const lower = { lower: true, unit: false, transposed: false };
    const error = failure(() => call("solveTriangular", [real([n, n], zero), right], [[n, n]], lower));
    expect(error).toMatchObject({ reason: "singular", order: 60 });
    values[0] = Number.NaN;
    expect(call("inv", [real([n, n], values)], [[n, n]])[0]!.data[0]).toBeNaN();
    expect(failure(() => call("svd", [real([n, n], values)], [[n]], { mode: "values" })).reason).toBe("not converged");
    expect(failure(() => call("eigh", [real([n, n], values)], [[n]], { vectors: false })).reason).toBe("not converged");
  });

  test("triangular systems of many right sides have the solutions of the embedded routine", async () => {
    const [n, r] = [100, 70];
    const a = real(
      [n, n],
      Array.from(numbers(n * n, 6), (x, i) => (i % (n + 1) === 0 ? 2 + x : x / n)),
    );
    const b = real([n, r], numbers(n * r, 7));
    const questions: Question[] = [];
    inner.asked.length = 0;
    for (const lower of [true, false]) {
      for (const isUnit of [true, false]) {
        for (const transposed of [true, false]) {
          const [x] = call("solveTriangular", [a, b], [[n, r]], { lower, unit: isUnit, transposed });
          let t = lower ? "np.tril(a)" : "np.triu(a)";
          if (isUnit) t = `(${t} - np.diag(np.diag(a)) + np.eye(len(a)))`;
          if (transposed) t += ".T";
          questions.push({ code: unit("float64", `${t} @ x - b`, "b", "len(a)"), arrays: { a, b, x: x! } });
        }
      }
    }
    expect(inner.asked).toEqual([]);
    await expectSmall(questions);
  });

  test("singular values and eigenvalues are right for 0, and for rank 1, graded, tiny and huge", async () => {
    const n = 130;
    const entry = (f: (i: number, j: number) => number): NDArray =>
      real(
        [n, n],
        Array.from({ length: n * n }, (_, k) => f(Math.floor(k / n), k % n)),
      );
    const noise = numbers(n * n, 13);
    const even = (i: number, j: number): number => noise[Math.min(i, j) * n + Math.max(i, j)]!;
    const matrices = [
      entry(() => 0),
      entry(() => 1),
      entry((i, j) => (i === j ? (i % 2 === 0 ? 1 : -1) * 10 ** (-i / 4) : 0)),
      entry((i, j) => even(i, j) * 10 ** (-(i + j) / 12)),
      entry((i, j) => even(i, j) * 1e-300),
      entry((i, j) => even(i, j) * 1e300),
      entry((i, j) => Number(i === j) + 1e-9 * even(i, j)),
    ];
    const questions: Question[] = [];
    inner.asked.length = 0;
    for (const a of matrices) {
      const [u, s, v] = call("svd", [a], [[n, n], [n], [n, n]], { mode: "reduced" }); // biome-ignore format: a list
      const [alone] = call("svd", [a], [[n]], { mode: "values" });
      const [w, x] = call("eigh", [a], [[n], [n, n]], { vectors: true }); // biome-ignore format: a list
      const arrays = { a, u: u!, s: s!, v: v!, alone: alone!, w: w!, x: x! };
      const size = "max(np.abs(a).max(), 1e-307)";
      for (const difference of ["u @ np.diag(s) @ v - a", "a @ x - x * w", "s - alone"]) {
        questions.push({ code: unit("float64", `(${difference}) / ${size}`, `a / ${size}`, "len(a)"), arrays });
      }
      for (const difference of [
        "u.T @ u - np.eye(len(a))",
        "v @ v.T - np.eye(len(a))",
        "x.T @ x - np.eye(len(a))",
        "np.minimum(s[:-1] - s[1:], 0)",
        "np.minimum(w[1:] - w[:-1], 0)",
      ])
        questions.push({ code: unit("float64", difference, "np.ones(1)", "len(a)"), arrays });
    }
    expect(inner.asked).toEqual([]);
    await expectSmall(questions);
  });

  test("reflections are right for numbers whose squares overflow or vanish, and for −0", async () => {
    const n = 40;
    const matrices = [1e-200, 1e200].map((scale) =>
      real(
        [n, n],
        numbers(n * n, 8).map((x) => x * scale),
      ),
    );
    matrices.push(real([n, n], numbers(n * n, 9).map((x, i) => (i === 0 ? -0 : x)))); // biome-ignore format: one line
    const questions = matrices.flatMap((a) => {
      const [q, r] = call("qr", [a], [[n, n], [n, n]], { mode: "reduced" }); // biome-ignore format: a list
      const arrays = { a, q: q!, r: r! };
      const size = "np.abs(a).max()";
      return [
        { code: unit("float64", `(q @ r - a) / ${size}`, `a / ${size}`, "len(a)"), arrays },
        {
          code: unit("float64", "np.sign(np.diag(r)) - np.sign(np.diag(np.linalg.qr(a)[1]))", "np.ones(1)", "1"),
          arrays,
        },
      ];
    });
    await expectSmall(questions);
  });

  test("calls leave no tensor, even those that fail", () => {
    const { binding } = load();
    const before = binding.getNumOfTensors();
    const n = 48;
    const matrix = real([n, n], numbers(n * n, 10));
    const [bad, hermitian] = [numbers(2 * n * n, 11).fill(0), numbers(2 * n * n, 12)];
    const [singular, other] = [complex("complex128", [n, n], bad), complex("complex128", [n, n], hermitian)];
    // tensors are counted exactly: one that stays shows at once
    for (let i = 0; i < 10; i++) {
      call("inv", [matrix], [[n, n]]);
      call("solve", [matrix, matrix], [[n, n]]);
      call("qr", [matrix], [[n, n], [n, n]], { mode: "reduced" }); // biome-ignore format: a list
      call("eigh", [matrix], [[n]], { vectors: false });
      const wanted = [["complex128", [n, n]] as const];
      callRoutine(backend, "inv", [other], wanted);
      failure(() => callRoutine(backend, "inv", [singular], wanted));
      failure(() => callRoutine(backend, "cholesky", [other], wanted, { upper: false }));
      call("svd", [matrix], [[n, n], [n], [n, n]], { mode: "reduced" }); // biome-ignore format: a list
    }
    expect(binding.getNumOfTensors()).toBe(before);
  });
});
