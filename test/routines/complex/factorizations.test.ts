/**
 * Factorizations of complex matrices on every backend, judged by NumPy: residuals in units of ε · n, on random, badly
 * conditioned, empty and 1 × 1 matrices, on sizes around the edges of panels. Detects conjugates that are missing,
 * signs that are not LAPACK's, orders of pivots that are made up, and errors that come as NaN instead of as an error.
 */

import type { NDArray } from "chunkwise";
import { describe, expect, test } from "vitest";
import type { RoutineName } from "#src/program/routines/table";
import { backends } from "../../support/backends.js";
import { type Complex, complex, failure, numbers, oblong, type Shapes, sides } from "../../support/factorizations.js";
import { numpy, type Question } from "../../support/numpy.js";
import { expectSmall, type Residual, residuals } from "../../support/residuals.js";
import { callRoutine, type Wanted } from "../../support/routines.js";

const dtypes: readonly Complex[] = ["complex128", "complex64"];
const each = backends.flatMap(([name, backend]) => dtypes.map((dtype) => [name, dtype, backend] as const));

const random = (dtype: Complex, [rows, columns]: readonly [number, number], seed = 1): NDArray =>
  complex(dtype, [rows, columns], numbers(2 * rows * columns, seed * 1000 + rows * 31 + columns));

/** A matrix with singular values from 1 down to 10⁻¹⁰. */
function illConditioned(dtype: Complex, side: number): NDArray {
  const base = random("complex128", [side, side], 7).data as Float64Array;
  return complex(
    dtype,
    [side, side],
    base.map((x, i) => x * 10 ** ((-10 * (Math.floor(i / 2) % side)) / side)),
  );
}

const partOf = { complex64: "float32", complex128: "float64" } as const;

describe.each(each)("linear algebra on the backend %s in %s", (_, dtype, backend) => {
  const call = (
    name: RoutineName,
    inputs: readonly NDArray[],
    shapes: Shapes,
    params?: unknown,
    reals: readonly number[] = [],
  ) =>
    callRoutine(
      backend,
      name,
      inputs,
      shapes.map((shape, i): Wanted => [reals.includes(i) ? partOf[dtype] : dtype, shape]),
      params,
    );
  const ask = (arrays: Record<string, NDArray>, ...units: readonly Residual[]): Question[] =>
    residuals(partOf[dtype], arrays, units);

  test("cholesky and solveTriangular agree with NumPy", async () => {
    const questions: Question[] = [];
    const made = await numpy(
      sides.map((n) => ({
        code: "(r @ r.conj().T + 0.1 * np.eye(len(r))).astype(r.dtype)",
        arrays: { r: random(dtype, [n, n]) },
      })),
    );
    for (const a of made as NDArray[]) {
      const n = a.shape[0]!;
      const [l] = call("cholesky", [a], [[n, n]], { upper: false });
      const [u] = call("cholesky", [a], [[n, n]], { upper: true });
      questions.push(
        ...ask(
          { a, l: l!, u: u! },
          ["l @ l.conj().T - a", "a", "len(a)"],
          ["l.conj().T - u", "a", "1e-300"],
          ["np.triu(l, 1)", "a", "1e-300"],
        ),
      );
      const b = random(dtype, [n, 3], 2);
      for (const lower of [true, false]) {
        for (const transposed of [true, false]) {
          for (const isUnit of [true, false]) {
            const t = isUnit
              ? complex(
                  dtype,
                  [n, n],
                  Array.from(a.data as Float64Array, (x) => x / Math.max(1, 4 * n)),
                )
              : lower
                ? l!
                : u!;
            const [x] = call("solveTriangular", [t, b], [[n, 3]], { lower, unit: isUnit, transposed });
            let matrix = lower ? "np.tril(t)" : "np.triu(t)";
            if (isUnit) matrix = `(${matrix} - np.diag(np.diag(t)) + np.eye(len(t)))`;
            if (transposed) matrix += ".T";
            questions.push(
              ...ask({ t, b, x: x! }, [
                `${matrix} @ x - b`,
                "np.array([[np.linalg.norm(t) * np.linalg.norm(x) + np.linalg.norm(b)]])",
                "len(t)",
              ]),
            );
          }
        }
      }
    }
    await expectSmall(questions);
  });

  test("solve, inv, det and slogdet agree with NumPy", async () => {
    const questions: Question[] = [];
    const matrices = sides.flatMap((n) => [random(dtype, [n, n]), illConditioned(dtype, n)]);
    for (const a of matrices) {
      const n = a.shape[0]!;
      const b = random(dtype, [n, 2], 3);
      const [x] = call("solve", [a, b], [[n, 2]]);
      const [inverse] = call("inv", [a], [[n, n]]);
      const [determinant] = call("det", [a], [[1]]);
      const [sign, log] = call("slogdet", [a], [[1], [1]], null, [1]); // biome-ignore format: a list
      const arrays = { a, b, x: x!, inverse: inverse!, determinant: determinant!, sign: sign!, log: log! };
      questions.push(
        ...ask(
          arrays,
          ["a @ x - b", "np.array([[np.linalg.norm(a) * np.linalg.norm(x)]])", "len(a)"],
          ["a @ inverse - np.eye(len(a))", "np.array([[np.linalg.norm(a) * np.linalg.norm(inverse)]])", "len(a)"],
        ),
      );
      // determinants of larger ones leave the range of float32
      if (n > 33) continue;
      const length = `max(1, len(a) * ${n === 0 ? "1" : "np.linalg.cond(a)"})`;
      questions.push(
        ...ask(
          arrays,
          ["determinant - np.linalg.det(a)", "np.linalg.det(a) * np.ones(1)", length],
          ["sign - np.linalg.slogdet(a)[0]", "np.ones(1)", length],
          ["log - np.linalg.slogdet(a)[1]", "np.ones(1)", length],
        ),
      );
    }
    await expectSmall(questions);
  });

  test("lu and qr agree with NumPy, with LAPACK's signs", async () => {
    const questions: Question[] = [];
    for (const [m, n] of oblong) {
      const a = random(dtype, [m, n]);
      const k = Math.min(m, n);
      const [p, l, u] = call("lu", [a], [[m, m], [m, k], [k, n]], null, [0]); // biome-ignore format: a list
      const [order] = callRoutine(
        backend,
        "lu",
        [a],
        [
          ["int64", [m]],
          [dtype, [m, k]],
          [dtype, [k, n]],
        ],
      );
      const [q, r] = call("qr", [a], [[m, k], [k, n]], { mode: "reduced" }); // biome-ignore format: a list
      const [complete, tall] = call("qr", [a], [[m, m], [m, n]], { mode: "complete" }); // biome-ignore format: a list
      const [alone] = call("qr", [a], [[k, n]], { mode: "r" });
      const [side, one] = ["max(a.shape)", "np.ones((1, 1))"];
      questions.push(
        ...ask(
          { a, p: p!, l: l!, u: u!, order: order!, q: q!, r: r!, complete: complete!, tall: tall!, alone: alone! },
          ["p @ l @ u - a", "a", side],
          ["l @ u - a[order]", "a", side],
          ["np.tril(l, -1) + np.eye(*l.shape) - l", one, "1e-300"],
          ["np.triu(u) - u", one, "1e-300"],
          ["q @ r - a", "a", side],
          ["q.conj().T @ q - np.eye(q.shape[1])", one, side],
          ["complete @ tall - a", "a", side],
          ["complete.conj().T @ complete - np.eye(len(a))", one, side],
          ["alone - r", "r", `${side} * (np.linalg.cond(a) if a.size else 1)`],
          ["np.tril(r, -1)", one, "1e-300"],
          ["r - np.linalg.qr(a)[1]", "r", `${side} * (np.linalg.cond(a) if a.size else 1)`],
        ),
      );
    }
    await expectSmall(questions);
  });

  test("svd gives singular values and vectors that NumPy accepts", async () => {
    const questions: Question[] = [];
    const one = "np.ones((1, 1))";
    const flat = complex(dtype, [6, 6], Array<number>(72).fill(1));
    const nilpotent = complex(
      dtype,
      [4, 4],
      Array.from({ length: 32 }, (_, i) => (i % 10 === 2 ? i : i % 10 === 3 ? 1 : 0)),
    );
    const zero = complex(dtype, [5, 3], Array<number>(30).fill(0));
    const matrices = oblong.map((shape) => random(dtype, shape));
    for (const a of [...matrices, illConditioned(dtype, 50), flat, nilpotent, zero]) {
      const [m, n] = a.shape as [number, number];
      const k = Math.min(m, n);
      const [u, s, v] = call("svd", [a], [[m, k], [k], [k, n]], { mode: "reduced" }, [1]);
      const [left, , right] = call("svd", [a], [[m, m], [k], [n, n]], { mode: "complete" }, [1]);
      const [alone] = call("svd", [a], [[k]], { mode: "values" }, [0]);
      // as the last row of a block of one dtype, which is how the operation asks for them
      const [, wide] = call("svd", [a], [[m, k], [k], [k, n]], { mode: "reduced" }); // biome-ignore format: a list
      questions.push(
        ...ask(
          { a, u: u!, s: s!, v: v!, left: left!, right: right!, alone: alone!, wide: wide! },
          ["u @ np.diag(s) @ v - a", "a", "max(a.shape)"],
          ["left[:, :len(s)] @ np.diag(s) @ right[:len(s)] - a", "a", "max(a.shape)"],
          ["u.conj().T @ u - np.eye(len(s))", one, "len(a)"],
          ["left.conj().T @ left - np.eye(len(a))", one, "len(a)"],
          ["right.conj().T @ right - np.eye(a.shape[1])", one, "a.shape[1]"],
          ["s - np.linalg.svd(a, compute_uv=False)", "a", "max(a.shape)"],
          ["s - alone", "s", "len(s)"],
          ["s - wide", "s", "1e-300"],
          ["np.minimum(s[:-1] - s[1:], 0)", "s", "1e-300"],
        ),
      );
    }
    await expectSmall(questions);
  });

  test("eigh gives eigenvalues and eigenvectors that NumPy accepts", async () => {
    const questions: Question[] = [];
    const one = "np.ones((1, 1))";
    const special = [
      complex(dtype, [6, 6], Array<number>(72).fill(1)),
      complex(dtype, [3, 3], [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
      complex(dtype, [3, 3], [1e10, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1e-5, 3, 1e-10, 1e-10, 1e-10, 0]),
      complex(dtype, [4, 4], Array<number>(32).fill(0)),
    ];
    for (const a of [...sides.map((n) => random(dtype, [n, n])), illConditioned(dtype, 50), ...special]) {
      const n = a.shape[0]!;
      const [w, v] = call("eigh", [a], [[n], [n, n]], { vectors: true }, [0]); // biome-ignore format: a list
      const [wide] = call("eigh", [a], [[n], [n, n]], { vectors: true }); // biome-ignore format: a list
      const [alone] = call("eigh", [a], [[n]], { vectors: false }, [0]);
      // only the lower triangle is read, and of the diagonal the real part
      const hermitian = "(np.tril(a, -1) + np.tril(a, -1).conj().T + np.diag(np.diag(a).real))";
      questions.push(
        ...ask(
          { a, w: w!, v: v!, alone: alone!, wide: wide! },
          [`${hermitian} @ v - v * w`, hermitian, "len(a)"],
          ["v.conj().T @ v - np.eye(len(a))", one, "len(a)"],
          ["w - np.linalg.eigvalsh(a)", hermitian, "len(a)"],
          ["w - alone", hermitian, "len(a)"],
          ["w - wide", hermitian, "1e-300"],
          ["np.minimum(w[1:] - w[:-1], 0)", "w", "1e-300"],
        ),
      );
    }
    await expectSmall(questions);
  });

  test("eig gives eigenvalues and eigenvectors that NumPy accepts", async () => {
    const questions: Question[] = [];
    const one = "np.ones((1, 1))";
    const entries = (n: number, f: (i: number, j: number) => readonly [number, number]): NDArray =>
      complex(dtype, [n, n], Array.from({ length: n * n }, (_, k) => f(Math.floor(k / n), k % n)).flat());
    const special = [
      entries(4, (i, j) => [0, Number((j + 1) % 4 === i)]), // a cycle: QR steps without shift stand still
      entries(5, (i, j) => [Number(j === i + 1), 2 * Number(i === j)]), // one vector only
      entries(3, () => [0, 0]),
      entries(6, (i, j) => (i <= j ? [i + j, i - j] : [0, 0])), // triangular
      entries(4, (i, j) => [Number(i === j), 1e-12 * (i - j)]), // nearly the identity
    ];
    for (const a of [...sides.map((n) => random(dtype, [n, n])), illConditioned(dtype, 50), ...special]) {
      const n = a.shape[0]!;
      const [values, vectors] = call("eig", [a], [[n], [n, n]], { vectors: true }); // biome-ignore format: a list
      const [only] = call("eig", [a], [[n]], { vectors: false });
      questions.push(
        ...ask(
          { a, w: values!, v: vectors!, only: only! },
          ["a @ v - v * w", "a", "len(a)"],
          ["np.linalg.norm(v, axis=0) - 1", one, "len(a)"],
          ["w.sum() - np.trace(a)", "a", "len(a)"],
          ["w - only", "a", "10 * len(a)"],
        ),
      );
      // of special ones, several components are as large
      if (n === 0 || special.includes(a)) continue;
      questions.push(...ask({ v: vectors! }, ["np.take_along_axis(v, np.abs(v).argmax(0)[None], 0).imag", one, "1"]));
      const near = "np.abs(w[:, None] - np.linalg.eigvals(a)).min(axis=0)";
      questions.push(...ask({ a, w: values! }, [near, "a", "10 * len(a)"]));
    }
    await expectSmall(questions);
  });

  test.each(dtype === "complex128" ? [1e-200, 1e200] : [1e-30, 1e30])(
    "svd, eigh and eig of numbers around %s",
    (size) => {
      const plain = complex(dtype, [3, 3], [2, 0, 1, 1, 0, 0, 1, -1, 3, 0, 1, 0, 0, 0, 1, 0, 4, 0]);
      const scaled = complex(
        dtype,
        [3, 3],
        Array.from(plain.data as Float64Array, (x) => x * size),
      );
      const valuesOf = (a: NDArray): number[] => [
        ...(call("svd", [a], [[3]], { mode: "values" }, [0])[0]!.data as Float64Array),
        ...(call("eigh", [a], [[3]], { vectors: false }, [0])[0]!.data as Float64Array),
        ...(call("eig", [a], [[3]], { vectors: false })[0]!.data as Float64Array),
      ];
      const expected = valuesOf(plain);
      const digits = dtype === "complex128" ? 12 : 5;
      for (const [i, value] of valuesOf(scaled).entries()) expect(value / size).toBeCloseTo(expected[i]!, digits);
    },
  );

  test("an error names the pivot or the minor that is at fault", () => {
    const n = 120; // large enough for TensorFlow
    const values = numbers(2 * n * n, 5);
    // column 12 is twice column 3
    for (let i = 0; i < n; i++) for (const part of [0, 1]) values[2 * (i * n + 12) + part] = 0;
    const singular = complex(dtype, [n, n], values);
    for (const name of ["inv", "solve"] as const) {
      const error = failure(() => call(name, name === "inv" ? [singular] : [singular, singular], [[n, n]]));
      expect(error).toMatchObject({
        reason: "singular",
        order: 12,
        message: `${name}: singular matrix: pivot 12 is 0`,
      });
    }
    expect([...(call("det", [singular], [[1]])[0]!.data as Float64Array)]).toEqual([0, 0]);
    const [sign, log] = call("slogdet", [singular], [[1], [1]], null, [1]); // biome-ignore format: a list
    expect([...(sign!.data as Float64Array), log!.data[0]]).toEqual([0, 0, Number.NEGATIVE_INFINITY]);
    const indefinite = Float64Array.from({ length: 2 * n * n }, (_, i) => Number(i % (2 * (n + 1)) === 0));
    indefinite[2 * 7 * (n + 1)] = -1;
    indefinite[2 * 9 * (n + 1)] = -1;
    const error = failure(() => call("cholesky", [complex(dtype, [n, n], indefinite)], [[n, n]], { upper: false }));
    expect(error).toMatchObject({ reason: "not positive definite", order: 8 });
    const flat = complex(dtype, [2, 2], [1, 0, 1, 0, 0, 0, 0, 0]);
    const upper = { lower: false, unit: false, transposed: false };
    expect(failure(() => call("solveTriangular", [flat, flat], [[2, 2]], upper))).toMatchObject({ order: 1 });
    const wild = complex(dtype, [2, 2], [1, 0, 1, 0, 0, Number.NaN, 0, 0]);
    expect(failure(() => call("svd", [wild], [[2]], { mode: "values" }, [0]))).toMatchObject({
      reason: "not converged",
      order: 1,
    });
    expect([...(call("inv", [wild], [[2, 2]])[0]!.data as Float64Array)].every(Number.isNaN)).toBe(true);
  });
});
