/**
 * Factorizations on TensorFlow beyond what the embedded routines have: complex matrices, judged by NumPy, and the ways from
 * TensorFlow's refusals to typed errors. Detects conjugates that are missing, orders of pivots that are made up, numbers for
 * which Eigen's kernels differ from LAPACK's, tensors that stay.
 */
import { LinAlgError, NDArray } from "chunkwise";
import { describe, expect, test } from "vitest";
import type { RoutineCall } from "#src/kernels/backend";
import { TensorFlowBackend } from "#src/kernels/tensorflow/backend";
import { load } from "#src/kernels/tensorflow/library";
import { WasmBackend } from "#src/kernels/wasm/backend";
import { randomOf } from "../../conformance/backend/values.js";
import { native } from "../../support/native.js";
import { numpy, type Question } from "../../support/numpy.js";
import { expectSmall, unit, wide } from "../../support/residuals.js";
import { callRoutine, type Wanted } from "../../support/routines.js";

type Complex = "complex64" | "complex128";
type Shapes = readonly (readonly number[])[];

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
const sides = [0, 1, 2, 3, 17, 65];
const oblong = [[0, 3], [3, 0], [1, 4], [4, 1], [5, 3], [3, 5], [40, 33], [33, 40], [65, 65]] as const; // biome-ignore format: a table

function numbers(count: number, seed: number): Float64Array {
  const next = randomOf(seed);
  return Float64Array.from({ length: count }, () => 2 * next() - 1);
}

function complex(dtype: Complex, shape: readonly number[], values: Iterable<number>): NDArray {
  return new NDArray(dtype, shape, (dtype === "complex64" ? Float32Array : Float64Array).from(values));
}

const real = (shape: readonly number[], values: Iterable<number>): NDArray =>
  new NDArray("float64", shape, Float64Array.from(values));

const random = (dtype: Complex, [rows, columns]: readonly [number, number], seed = 1): NDArray =>
  complex(dtype, [rows, columns], numbers(2 * rows * columns, seed * 1000 + rows * 31 + columns));

const partOf = { complex64: "float32", complex128: "float64" } as const;

/** The error that a call throws. */
function failure(run: () => unknown): LinAlgError {
  try {
    run();
  } catch (error) {
    if (error instanceof LinAlgError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe.runIf(native).each(["complex128", "complex64"] as const)("%s", (dtype) => {
  const call = (
    name: string,
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
  const ask = (arrays: Record<string, NDArray>, ...units: readonly (readonly [string, string, string])[]): Question[] =>
    units.map(([difference, relative, n]) => ({
      code: unit(partOf[dtype], difference, relative, n),
      arrays: wide(arrays),
    }));

  test("cholesky and triangular systems", async () => {
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
      questions.push(...ask({ a, l: l!, u: u! }, ["l @ l.conj().T - a", "a", "len(a)"], ["l.conj().T - u", "a", "1e-300"], ["np.triu(l, 1)", "a", "1e-300"])); // biome-ignore format: a list
      const b = random(dtype, [n, 3], 2);
      for (const lower of [true, false]) {
        for (const transposed of [true, false]) {
          for (const isUnit of [true, false]) {
            const t = isUnit ? complex(dtype, [n, n], Array.from(a.data as Float64Array, (x) => x / Math.max(1, 4 * n))) : lower ? l! : u!; // biome-ignore format: a choice
            const [x] = call("solveTriangular", [t, b], [[n, 3]], { lower, unit: isUnit, transposed });
            let matrix = lower ? "np.tril(t)" : "np.triu(t)";
            if (isUnit) matrix = `(${matrix} - np.diag(np.diag(t)) + np.eye(len(t)))`;
            if (transposed) matrix += ".T";
            questions.push(...ask({ t, b, x: x! }, [`${matrix} @ x - b`, "np.array([[np.linalg.norm(t) * np.linalg.norm(x) + np.linalg.norm(b)]])", "len(t)"])); // biome-ignore format: a list
          }
        }
      }
    }
    await expectSmall(questions);
  });

  test("solve, inv, det and slogdet", async () => {
    const questions: Question[] = [];
    for (const n of [...sides.slice(0, -1), 33]) {
      const a = random(dtype, [n, n]);
      const b = random(dtype, [n, 2], 3);
      const [x] = call("solve", [a, b], [[n, 2]]);
      const [inverse] = call("inv", [a], [[n, n]]);
      const [determinant] = call("det", [a], [[1]]);
      const [sign, log] = call("slogdet", [a], [[1], [1]], null, [1]); // biome-ignore format: a list
      const length = `max(1, len(a) * ${n === 0 ? "1" : "np.linalg.cond(a)"})`;
      questions.push(
        ...ask(
          { a, b, x: x!, inverse: inverse!, determinant: determinant!, sign: sign!, log: log! },
          ["a @ x - b", "np.array([[np.linalg.norm(a) * np.linalg.norm(x)]])", "len(a)"],
          ["a @ inverse - np.eye(len(a))", "np.array([[np.linalg.norm(a) * np.linalg.norm(inverse)]])", "len(a)"],
          ["determinant - np.linalg.det(a)", "np.linalg.det(a) * np.ones(1)", length],
          ["sign - np.linalg.slogdet(a)[0]", "np.ones(1)", length],
          ["log - np.linalg.slogdet(a)[1]", "np.ones(1)", length],
        ),
      );
    }
    await expectSmall(questions);
  });

  test("lu and qr, with LAPACK's signs", async () => {
    const questions: Question[] = [];
    for (const [m, n] of oblong) {
      const a = random(dtype, [m, n]);
      const k = Math.min(m, n);
      const [p, l, u] = call("lu", [a], [[m, m], [m, k], [k, n]], null, [0]); // biome-ignore format: a list
      const [order] = callRoutine(backend, "lu", [a], [["int64", [m]], [dtype, [m, k]], [dtype, [k, n]]]); // biome-ignore format: a list
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
          ["alone - r", one, "1e-300"],
          ["np.tril(r, -1)", one, "1e-300"],
          ["r - np.linalg.qr(a)[1]", "r", `${side} * (np.linalg.cond(a) if a.size else 1)`],
        ),
      );
    }
    await expectSmall(questions);
  });

  test("svd, eigh and eig", async () => {
    const questions: Question[] = [];
    const one = "np.ones((1, 1))";
    for (const [m, n] of oblong) {
      const a = random(dtype, [m, n]);
      const k = Math.min(m, n);
      const [u, s, v] = call("svd", [a], [[m, k], [k], [k, n]], { mode: "reduced" }, [1]); // biome-ignore format: a list
      const [left, , right] = call("svd", [a], [[m, m], [k], [n, n]], { mode: "complete" }, [1]); // biome-ignore format: a list
      const [alone] = call("svd", [a], [[k]], { mode: "values" }, [0]);
      questions.push(
        ...ask(
          { a, u: u!, s: s!, v: v!, left: left!, right: right!, alone: alone! },
          ["u @ np.diag(s) @ v - a", "a", "max(a.shape)"],
          ["left[:, :len(s)] @ np.diag(s) @ right[:len(s)] - a", "a", "max(a.shape)"],
          ["left.conj().T @ left - np.eye(len(a))", one, "len(a)"],
          ["right.conj().T @ right - np.eye(a.shape[1])", one, "a.shape[1]"],
          ["s - np.linalg.svd(a, compute_uv=False)", "a", "max(a.shape)"],
          ["s - alone", "s", "len(s)"],
        ),
      );
    }
    for (const n of sides) {
      const a = random(dtype, [n, n]);
      const [w, v] = call("eigh", [a], [[n], [n, n]], { vectors: true }, [0]); // biome-ignore format: a list
      const [alone] = call("eigh", [a], [[n]], { vectors: false }, [0]);
      const [values, vectors] = call("eig", [a], [[n], [n, n]], { vectors: true }); // biome-ignore format: a list
      const [only] = call("eig", [a], [[n]], { vectors: false });
      const hermitian = "(np.tril(a, -1) + np.tril(a, -1).conj().T + np.diag(np.diag(a).real))";
      questions.push(
        ...ask(
          { a, w: w!, v: v!, alone: alone!, values: values!, vectors: vectors!, only: only! },
          [`${hermitian} @ v - v * w`, hermitian, "len(a)"],
          ["v.conj().T @ v - np.eye(len(a))", one, "len(a)"],
          [`w - np.linalg.eigvalsh(a)`, hermitian, "len(a)"],
          ["w - alone", hermitian, "len(a)"],
          ["a @ vectors - vectors * values", "a", "10 * len(a)"],
          ["np.linalg.norm(vectors, axis=0) - 1", one, "len(a)"],
          ["values.sum() - np.trace(a)", "a", "10 * len(a)"],
          ["np.sort_complex(values) - np.sort_complex(only)", "a", "10 * len(a)"],
        ),
      );
      if (n > 0) questions.push(...ask({ v: vectors! }, ["np.take_along_axis(v, np.abs(v).argmax(0)[None], 0).imag", one, "1"])); // biome-ignore format: a list
    }
    await expectSmall(questions);
  });

  test("errors say where", () => {
    const n = 20;
    const values = numbers(2 * n * n, 5);
    // column 12 is twice column 3
    for (let i = 0; i < n; i++) for (const part of [0, 1]) values[2 * (i * n + 12) + part] = 0;
    const singular = complex(dtype, [n, n], values);
    for (const name of ["inv", "solve"]) {
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

describe.runIf(native)("real matrices", () => {
  const call = (name: string, inputs: readonly NDArray[], shapes: Shapes, params?: unknown): NDArray[] =>
    callRoutine(backend, name, inputs, shapes.map((shape): Wanted => ["float64", shape]), params); // biome-ignore format: one line

  test("large enough ones go to TensorFlow, and those that it refuses to the embedded routine", () => {
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
    const indefinite = real([n, n], Array.from({ length: n * n }, (_, i) => Number(i % (n + 1) === 0 && i !== 170 * (n + 1)))); // biome-ignore format: one line
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

  test("triangular systems of many right sides", async () => {
    const [n, r] = [100, 70];
    const a = real([n, n], Array.from(numbers(n * n, 6), (x, i) => (i % (n + 1) === 0 ? 2 + x : x / n))); // biome-ignore format: one line
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

  test("singular values and eigenvalues of matrices that are 0, of rank 1, graded, tiny and huge", async () => {
    const n = 130;
    const entry = (f: (i: number, j: number) => number): NDArray =>
      real([n, n], Array.from({ length: n * n }, (_, k) => f(Math.floor(k / n), k % n))); // biome-ignore format: one line
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
      for (const difference of ["u.T @ u - np.eye(len(a))", "v @ v.T - np.eye(len(a))", "x.T @ x - np.eye(len(a))", "np.minimum(s[:-1] - s[1:], 0)", "np.minimum(w[1:] - w[:-1], 0)"]) questions.push({ code: unit("float64", difference, "np.ones(1)", "len(a)"), arrays }); // biome-ignore format: one line
    }
    expect(inner.asked).toEqual([]);
    await expectSmall(questions);
  });

  test("reflections of numbers whose squares overflow or vanish, and of −0", async () => {
    const n = 40;
    const matrices = [1e-200, 1e200].map((scale) => real([n, n], numbers(n * n, 8).map((x) => x * scale))); // biome-ignore format: one line
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

  test("2,000 calls leave no tensor, also those that fail", () => {
    const { binding } = load();
    const before = binding.getNumOfTensors();
    const n = 48;
    const matrix = real([n, n], numbers(n * n, 10));
    const [bad, hermitian] = [numbers(2 * n * n, 11).fill(0), numbers(2 * n * n, 12)];
    const [singular, other] = [complex("complex128", [n, n], bad), complex("complex128", [n, n], hermitian)];
    for (let i = 0; i < 250; i++) {
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
