/**
 * Factorizations as routines on one block, judged by NumPy: residuals in units of ε · n, on random, badly conditioned,
 * empty and 1 × 1 matrices, on sizes around the edges of panels. Detects a factor that is wrong in a corner which only
 * some sizes have, and errors that come as NaN instead of as an error.
 */

import { NDArray } from "chunkwise";
import { describe, expect, test } from "vitest";
import { type DType, factsOf } from "#src/data/dtype";
import { deserializeError, LinAlgError, serializeError } from "#src/data/errors";
import { sizeOf } from "#src/data/region";
import { WasmBackend } from "#src/kernels/wasm/backend";
import type { RoutineName } from "#src/program/routines/table";
import { backends } from "../support/backends.js";
import { numbers, oblong, sides } from "../support/factorizations.js";
import { numpy, type Question } from "../support/numpy.js";
import { expectSmall, type Residual, residuals } from "../support/residuals.js";
import { callRoutine, type Wanted } from "../support/routines.js";

type Real = "float32" | "float64";

const dtypes: readonly Real[] = ["float64", "float32"];
const each = backends.flatMap(([name, backend]) => dtypes.map((dtype) => [name, dtype, backend] as const));

/** Numbers between -1 and 1. */
function random(dtype: Real, rows: number, columns: number, seed = 1): NDArray {
  return array(dtype, [rows, columns], numbers(rows * columns, seed * 1000 + rows * 31 + columns));
}

function array(dtype: Real, shape: readonly number[], values: Iterable<number>): NDArray {
  const data = dtype === "float64" ? Float64Array.from(values) : Float32Array.from(values);
  return new NDArray(dtype, shape, data);
}

/** A matrix with singular values from 1 down to 10⁻¹⁰. */
function illConditioned(dtype: Real, side: number): NDArray {
  const base = random("float64", side, side, 7).data as Float64Array;
  return array(
    dtype,
    [side, side],
    base.map((x, i) => x * 10 ** ((-10 * (i % side)) / side)),
  );
}

describe.each(each)("linear algebra on the backend %s in %s", (_, dtype, backend) => {
  const call = (
    name: RoutineName,
    inputs: readonly NDArray[],
    wanted: readonly (readonly number[])[],
    params?: unknown,
  ) =>
    callRoutine(
      backend,
      name,
      inputs,
      wanted.map((shape): Wanted => [dtype, shape]),
      params,
    );
  const ask = (arrays: Record<string, NDArray>, ...units: readonly Residual[]): Question[] =>
    residuals(dtype, arrays, units);

  test("solveTriangular solves lower, upper, unit and transposed systems", async () => {
    const questions: Question[] = [];
    for (const n of sides) {
      for (const [lower, isUnit, transposed] of [
        [true, false, false],
        [false, false, false],
        [true, true, false],
        [false, true, true],
        [true, false, true],
      ] as const) {
        // biome-ignore format: a table
        const full = random(dtype, n, n);
        // a diagonal that keeps the solution tame, and noise in the triangle that must not be read
        const values = Float64Array.from(full.data as Float64Array, (x, i) =>
          i % (n + 1) === 0 ? 2 + x : x / Math.max(1, n),
        );
        const a = array(dtype, [n, n], values);
        const b = random(dtype, n, 3, 2);
        const [x] = call("solveTriangular", [a, b], [[n, 3]], { lower, unit: isUnit, transposed });
        let t = lower ? "np.tril(a)" : "np.triu(a)";
        if (isUnit) t = `(${t} - np.diag(np.diag(a)) + np.eye(len(a)))`;
        if (transposed) t += ".T";
        questions.push(...ask({ a, b, x: x! }, [`${t} @ x - b`, "b", "len(a)"]));
      }
    }
    await expectSmall(questions);
    const singular = array(dtype, [2, 2], [1, 5, 0, 0]);
    const params = { lower: false, unit: false, transposed: false };
    expect(() => call("solveTriangular", [singular, random(dtype, 2, 1)], [[2, 1]], params)).toThrow(
      "solveTriangular: singular matrix: the diagonal is 0 at 1",
    );
  });

  test("cholesky gives the factor, or the order of the minor that is not positive definite", async () => {
    const questions: Question[] = [];
    for (const n of [...sides, 300]) {
      const [m] = await numpy([
        { code: "(r @ r.T + 0.1 * np.eye(len(r))).astype(r.dtype)", arrays: { r: random(dtype, n, n) } },
      ]);
      const a = m as NDArray;
      for (const upper of [false, true]) {
        const [l] = call("cholesky", [a], [[n, n]], { upper });
        const product = upper ? "l.T @ l" : "l @ l.T";
        questions.push(
          ...ask(
            { a, l: l! },
            [`${product} - a`, "a", "len(a)"],
            [upper ? "np.tril(l, -1)" : "np.triu(l, 1)", "a", "1"],
          ),
        );
      }
    }
    await expectSmall(questions);
    const bad = array(dtype, [3, 3], [4, 0, 0, 2, 1, 0, 0, 0, 1]);
    expect(() => call("cholesky", [bad], [[3, 3]], { upper: false })).toThrow(
      "cholesky: the leading minor of order 2 is not positive definite",
    );
  });

  test("lu gives P, L and U, or the order of the rows", async () => {
    const questions: Question[] = [];
    for (const [m, n] of oblong) {
      const a = random(dtype, m, n);
      const k = Math.min(m, n);
      const [p, l, u] = call("lu", [a], [[m, m], [m, k], [k, n]]); // biome-ignore format: a list
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
      questions.push(
        ...ask(
          { a, p: p!, l: l!, u: u!, order: order! },
          ["p @ l @ u - a", "a", "max(a.shape)"],
          ["(l @ u) - a[order]", "a", "max(a.shape)"],
          ["np.tril(l, -1) + np.eye(*l.shape) - l", "l", "1e-300"],
          ["np.maximum(np.abs(l) - 1, 0)", "np.ones((1, 1))", "1e-300"],
          ["np.triu(u) - u", "l", "1e-300"],
        ),
      );
    }
    await expectSmall(questions);
  });

  test("qr agrees with NumPy, with LAPACK's signs", async () => {
    const questions: Question[] = [];
    for (const [m, n] of oblong) {
      const a = random(dtype, m, n);
      const [k, side] = [Math.min(m, n), "max(a.shape)"];
      const [q, r] = call("qr", [a], [[m, k], [k, n]], { mode: "reduced" }); // biome-ignore format: a list
      const [complete, tall] = call("qr", [a], [[m, m], [m, n]], { mode: "complete" }); // biome-ignore format: a list
      const [alone] = call("qr", [a], [[k, n]], { mode: "r" });
      questions.push(
        ...ask(
          { a, q: q!, r: r!, complete: complete!, tall: tall!, alone: alone! },
          ["q @ r - a", "a", side],
          ["q.T @ q - np.eye(q.shape[1])", "np.ones((1, 1))", side],
          ["complete @ tall - a", "a", side],
          ["complete.T @ complete - np.eye(len(a))", "np.ones((1, 1))", side],
          ["alone - r", "r", "1e-300"],
          ["np.tril(r, -1)", "np.ones((1, 1))", "1e-300"],
          ["np.sign(np.diag(r)) - np.sign(np.diag(np.linalg.qr(a)[1]))", "np.ones((1, 1))", "1"],
        ),
      );
    }
    await expectSmall(questions);
  });

  test("svd gives singular values and vectors that NumPy accepts", async () => {
    const questions: Question[] = [];
    const matrices = oblong.map(([m, n]) => random(dtype, m, n));
    const flat = array(dtype, [6, 6], Array<number>(36).fill(1));
    const graded = array(dtype, [4, 4], [0, 1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0]);
    matrices.push(illConditioned(dtype, 50), flat, graded, array(dtype, [5, 3], Array<number>(15).fill(0)));
    for (const a of matrices) {
      const [m, n] = a.shape as [number, number];
      const k = Math.min(m, n);
      const [u, s, v] = call("svd", [a], [[m, k], [k], [k, n]], { mode: "reduced" }); // biome-ignore format: a list
      const [left, , right] = call("svd", [a], [[m, m], [k], [n, n]], { mode: "complete" });
      const [alone] = call("svd", [a], [[k]], { mode: "values" });
      const side = "max(a.shape)";
      questions.push(
        ...ask(
          { a, u: u!, s: s!, v: v!, left: left!, right: right!, alone: alone! },
          ["u @ np.diag(s) @ v - a", "a", side],
          ["u.T @ u - np.eye(len(s))", "np.ones((1, 1))", side],
          ["v @ v.T - np.eye(len(s))", "np.ones((1, 1))", side],
          ["left.T @ left - np.eye(len(a))", "np.ones((1, 1))", side],
          ["right.T @ right - np.eye(a.shape[1])", "np.ones((1, 1))", side],
          ["left[:, :len(s)] @ np.diag(s) @ right[:len(s)] - a", "a", side],
          ["s - np.linalg.svd(a, compute_uv=False)", "a", side],
          ["s - alone", "s", side],
          ["np.minimum(s[:-1] - s[1:], 0)", "s", "1e-300"],
        ),
      );
    }
    await expectSmall(questions);
    const bad = array(dtype, [2, 2], [1, Number.NaN, 0, 1]);
    expect(() => call("svd", [bad], [[2]], { mode: "values" })).toThrow("svd: did not converge: row 0 holds a number");
  });

  test("eigh gives eigenvalues and eigenvectors that NumPy accepts", async () => {
    const questions: Question[] = [];
    const made = await numpy(
      sides.map((n) => ({ code: "(r + r.T).astype(r.dtype)", arrays: { r: random(dtype, n, n) } })),
    );
    const special = [
      array(dtype, [6, 6], Array<number>(36).fill(1)),
      array(dtype, [3, 3], [0, 1, 0, 1, 0, 0, 0, 0, 0]),
      array(dtype, [4, 4], [1e10, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1e-10, 0, 0, 0, 0, 0]),
    ];
    for (const a of [...(made as NDArray[]), ...special]) {
      const n = a.shape[0]!;
      const [w, v] = call("eigh", [a], [[n], [n, n]], { vectors: true }); // biome-ignore format: a list
      const [alone] = call("eigh", [a], [[n]], { vectors: false });
      const whole = "(np.tril(a) + np.tril(a, -1).T)";
      questions.push(
        ...ask(
          { a, w: w!, v: v!, alone: alone! },
          [`${whole} @ v - v * w`, whole, "len(a)"],
          ["v.T @ v - np.eye(len(a))", "np.ones((1, 1))", "len(a)"],
          ["w - np.linalg.eigvalsh(a)", whole, "len(a)"],
          ["w - alone", whole, "1"],
          ["np.minimum(w[1:] - w[:-1], 0)", "w", "1e-300"],
        ),
      );
    }
    await expectSmall(questions);
  });

  test("eig gives eigenvalues and eigenvectors that NumPy accepts", async () => {
    const complex: DType = dtype === "float64" ? "complex128" : "complex64";
    const questions: Question[] = [];
    const special = [
      // a cycle, on which QR steps without shifts make no progress
      array(dtype, [4, 4], [0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]),
      array(dtype, [3, 3], [2, 1, 0, 0, 2, 1, 0, 0, 2]), // one vector only
      array(dtype, [3, 3], Array<number>(9).fill(0)),
      array(dtype, [4, 4], [0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 0, 1, 0, 0, -1, 0]),
    ];
    for (const a of [...sides.map((n) => random(dtype, n, n)), ...special]) {
      const n = a.shape[0]!;
      const [w, v] = callRoutine(
        backend,
        "eig",
        [a],
        [
          [complex, [n]],
          [complex, [n, n]],
        ],
        { vectors: true },
      );
      const [alone] = callRoutine(backend, "eig", [a], [[complex, [n]]], { vectors: false });
      const isSpecial = special.includes(a);
      questions.push(
        ...ask(
          { a, w: w!, v: v!, alone: alone! },
          ["a @ v - v * w", "a", "len(a)"],
          ["np.linalg.norm(v, axis=0) - 1", "np.ones(1)", "len(a)"],
          ["np.sort_complex(w) - np.sort_complex(alone)", "a", "10 * len(a)"],
          ["w.sum() - np.trace(a)", "a", "len(a)"],
        ),
      );
      const near = "np.abs(w[:, None] - np.linalg.eigvals(a)).min(axis=0)";
      if (n > 0 && !isSpecial) questions.push(...ask({ a, w: w! }, [near, "a", "10 * len(a)"]));
    }
    await expectSmall(questions);
  });

  const extremes = dtype === "float64" ? [1e-200, 1e200] : [1e-30, 1e30];
  test.each(extremes)("svd, eigh and eig stay exact for numbers around %s", (size) => {
    const plain = array(dtype, [3, 3], [2, 1, 0, 1, 3, 1, 0, 1, 4]);
    const scaled = array(
      dtype,
      [3, 3],
      (plain.data as Float64Array).map((x) => x * size),
    );
    const valuesOf = (a: NDArray): number[] => [
      ...(call("svd", [a], [[3]], { mode: "values" })[0]!.data as Float64Array),
      ...(call("eigh", [a], [[3]], { vectors: false })[0]!.data as Float64Array),
      ...(callRoutine(backend, "eig", [a], [["complex128", [3]]], { vectors: false })[0]!.data as Float64Array),
    ];
    const expected = valuesOf(plain);
    const digits = dtype === "float64" ? 12 : 5;
    for (const [i, value] of valuesOf(scaled).entries()) expect(value / size).toBeCloseTo(expected[i]!, digits);
  });

  test("solve, inv, det and slogdet agree with NumPy, and det of a singular matrix is 0", async () => {
    const questions: Question[] = [];
    for (const n of sides) {
      for (const a of [random(dtype, n, n), illConditioned(dtype, n)]) {
        const b = random(dtype, n, 2, 3);
        const [x] = call("solve", [a, b], [[n, 2]]);
        const [inverse] = call("inv", [a], [[n, n]]);
        const [determinant] = call("det", [a], [[1]]);
        const [sign, log] = call("slogdet", [a], [[1], [1]]); // biome-ignore format: a list
        const arrays = { a, b, x: x!, inverse: inverse!, determinant: determinant!, sign: sign!, log: log! };
        const condition = "np.linalg.cond(a)";
        questions.push(
          ...ask(
            arrays,
            ["a @ x - b", "np.array([[np.linalg.norm(a) * np.linalg.norm(x)]])", "len(a)"],
            ["a @ inverse - np.eye(len(a))", "np.array([[np.linalg.norm(a) * np.linalg.norm(inverse)]])", "len(a)"],
          ),
        );
        if (n > 33) continue;
        questions.push(
          ...ask(
            arrays,
            [
              "determinant - np.linalg.det(a)",
              "np.linalg.det(a) * np.ones(1)",
              n === 0 ? "1" : `len(a) * ${condition}`,
            ],
            ["sign - np.linalg.slogdet(a)[0]", "np.ones(1)", "1e-300"],
            ["log - np.linalg.slogdet(a)[1]", "np.ones(1)", n === 0 ? "1" : `len(a) * ${condition}`],
          ),
        );
      }
    }
    await expectSmall(questions);
    const singular = array(dtype, [2, 2], [1, 2, 2, 4]);
    for (const name of ["solve", "inv"] as const) {
      const inputs = name === "solve" ? [singular, singular] : [singular];
      expect(() => call(name, inputs, [[2, 2]])).toThrow(`${name}: singular matrix: pivot 1 is 0`);
    }
    expect(call("det", [singular], [[1]])[0]!.data[0]).toBe(0);
    const [sign, log] = call("slogdet", [singular], [[1], [1]]); // biome-ignore format: a list
    expect([sign!.data[0], log!.data[0]]).toEqual([0, Number.NEGATIVE_INFINITY]);
  });
});

describe("what routines refuse", () => {
  const backend = new WasmBackend();
  const zeros = (dtype: DType, shape: readonly number[]): NDArray => {
    const { array, bytes, part } = factsOf(dtype);
    const length = (sizeOf(shape) * bytes) / factsOf(part).bytes;
    return new NDArray(dtype, shape, new array(new ArrayBuffer(sizeOf(shape) * bytes), 0, length));
  };
  test("routines refuse a matrix that is not square, a dtype that is not floating, and outputs that do not fit", () => {
    expect(() => callRoutine(backend, "inv", [zeros("float64", [2, 3])], [["float64", [2, 3]]])).toThrow(
      "inv: the matrix is not square: [2, 3]",
    );
    expect(() => callRoutine(backend, "inv", [zeros("int32", [2, 2])], [["int32", [2, 2]]])).toThrow(
      "inv: cannot work on int32; convert it by astype('float64')",
    );
    const mixed = [zeros("float64", [2, 2]), zeros("complex128", [2, 2])];
    expect(() => callRoutine(backend, "solve", mixed, [["complex128", [2, 2]]])).toThrow(
      "solve: float64 and complex128 are not of one dtype",
    );
    expect(() => callRoutine(backend, "inv", [zeros("float64", [2, 2])], [["float64", [2, 3]]])).toThrow(
      "inv: blocks do not fit: [2, 2] → [2, 3]",
    );
  });

  test("a LinAlgError keeps its class and fields on its way from a worker", () => {
    const error = new LinAlgError("cholesky: …", { reason: "not positive definite", order: 2 });
    const copy = deserializeError(structuredClone(serializeError(error)));
    expect(copy).toBeInstanceOf(LinAlgError);
    expect(copy).toMatchObject({ code: "LIN_ALG", reason: "not positive definite", order: 2, message: "cholesky: …" });
  });
});
