/**
 * Detects factorizations over chunks that are no factorizations, take the wrong blocks, or hold more than they may.
 * Judged by residuals: what factors are must multiply to the matrix, and be at right angles, up to rounding.
 */
import { type ChunkedArray, compute, eye, fromArray, linalg, type NDArray, ones, random, zeros } from "chunkwise";
import { describe, expect, test } from "vitest";
import { rejectionOf } from "../../api/helpers.js";
import { numpy } from "../../support/numpy.js";
import { refuses } from "../refused.js";

const eps = 2 ** -52;

/** The largest element of a difference, in float64. */
async function distance(a: ChunkedArray, b: ChunkedArray): Promise<number> {
  expect(a.shape).toEqual(b.shape);
  if (a.size === 0) return 0;
  return Number((await a.subtract(b).abs().max().compute()).item());
}

const isUpper = async (r: ChunkedArray): Promise<boolean> => {
  const { data, shape } = await r.compute();
  const [m, n] = shape.slice(-2) as [number, number];
  return Array.from(data as Float64Array).every((value, at) => value === 0 || Math.floor(at / n) % m <= at % n);
};

/** Symmetric and positive definite, with a condition number of about n. */
function definite(n: number, seed: number, chunks: number | readonly number[] = -1): ChunkedArray {
  const x = random.normal([n, n], { seed });
  return x.T.matmul(x)
    .divide(n)
    .add(eye(n))
    .rechunk(chunks as never);
}

describe("the QR factorization", () => {
  const shapes: [string, number[], number[] | number][] = [
    ["tall, in many blocks", [1000, 7], [64, 3]],
    ["tall, in blocks of too few rows", [50, 12], [5, 12]],
    ["tall, the last block small", [100, 30], [45, -1]],
    ["tall, in one block", [60, 20], -1],
    ["square", [40, 40], [11, 13]],
    ["wide", [12, 50], [5, 20]],
    ["a column", [300, 1], [17, 1]],
    ["a row", [1, 9], -1],
    ["one element", [1, 1], -1],
    ["a stack", [3, 8, 5], [2, 3, 5]],
    ["a stack of wide ones", [2, 4, 9], -1],
    ["nothing", [0, 4], -1],
  ];
  test.each(shapes)("is right for a matrix that is %s", async (_, shape, chunks) => {
    const x = random.normal(shape, { seed: 1, chunks: chunks as never });
    const { q, r } = linalg.qr(x);
    const k = Math.min(...shape.slice(-2));
    expect([q.shape.at(-1), r.shape.at(-2)]).toEqual([k, k]);
    expect(await distance(q.matmul(r), x)).toBeLessThan(100 * eps * Math.max(...shape));
    const turned = q.transpose([...shape.slice(0, -2).keys(), shape.length - 1, shape.length - 2]);
    const identity = eye(k).broadcastTo([...shape.slice(0, -2), k, k]);
    expect(await distance(turned.matmul(q), identity)).toBeLessThan(100 * eps * Math.max(...shape));
    expect(await isUpper(r)).toBe(true);
    expect(await distance(linalg.qr(x, { mode: "r" }).r, r)).toBeLessThan(100 * eps * Math.max(...shape));
  });

  test("works in levels where the small factors are many", async () => {
    const n = 256; // 64 factors of this size go together
    const x = random.normal([70 * n, n], { seed: 2, chunks: [n, n] });
    const { q, r } = linalg.qr(x);
    expect(r.explain().match(/ qr from/g)!.length).toBeGreaterThan(2);
    const part = q.slice([[60 * n, 70 * n]]);
    expect(await distance(part.matmul(r), x.slice([[60 * n, 70 * n]]))).toBeLessThan(1e-11);
  });

  test("keeps float32 and makes integers float64", () => {
    expect(linalg.qr(zeros([4, 2], { dtype: "float32" })).q.dtype).toBe("float32");
    expect(linalg.qr(zeros([4, 2], { dtype: "int32" })).r.dtype).toBe("float64");
  });

  test("keeps only a block of rows in memory", async () => {
    let peak = 0;
    const onProgress = ({ peakMemory }: { peakMemory: number }): void => {
      peak = peakMemory;
    };
    const x = random.normal([400_000, 10], { seed: 3, chunks: [10_000, 10] }); // 32 MB
    await linalg.qr(x, { mode: "r" }).r.compute({ workers: 1, memoryLimit: "12MB", onProgress });
    expect(peak).toBeGreaterThan(1e6);
    expect(peak).toBeLessThan(12e6);
  });
});

describe("the Cholesky factorization", () => {
  test.each([
    [1, -1],
    [50, 13],
    [2300, 700],
  ])("is right for a matrix of %i rows", async (n, chunks) => {
    const a = await definite(n, 4, chunks).persist();
    const factor = linalg.cholesky(a);
    expect(await distance(factor.matmul(factor.T), a)).toBeLessThan(20 * eps * n);
    expect(await isUpper(factor.T)).toBe(true);
    expect(await distance(linalg.cholesky(a, { upper: true }), factor.T)).toBe(0);
  });

  test("factors each matrix of a stack", async () => {
    const a = await definite(6, 5).persist();
    const factors = linalg.cholesky(a.multiply(fromArray([1, 4, 9]).expandDims([1, 2])));
    expect(await distance(factors.slice([2]), linalg.cholesky(a).multiply(3))).toBeLessThan(1e-14);
  });

  test.each([100, 2300])("rejects a matrix of %i rows that is not positive definite", async (n) => {
    const bad = definite(n, 6, 512).subtract(eye(n).multiply(1e6));
    const error = await rejectionOf(linalg.cholesky(bad).compute());
    expect(error).toMatchObject({
      name: "ComputeError",
      cause: { name: "LinAlgError", reason: "not positive definite" },
    });
  });
});

describe("solving a triangular system", () => {
  test.each([
    ["lower", true, 60, 7],
    ["upper", false, 60, 7],
    ["large and lower", true, 2200, 900],
    ["large and upper", false, 2200, 900],
  ])("is right for a matrix that is %s", async (_, lower, n, chunk) => {
    const whole = random.uniform([n, n], { seed: 7, chunks: chunk }).divide(n).add(eye(n));
    const [i, j] = [
      fromArray(Float64Array.from({ length: n }, (_, k) => k)).expandDims(1),
      fromArray(Float64Array.from({ length: n }, (_, k) => k)),
    ];
    const t = whole.multiply(lower ? i.greaterEqual(j) : i.lessEqual(j));
    const b = random.normal([n, 5], { seed: 8, chunks: [chunk, 2] });
    const x = linalg.solveTriangular(whole, b, { lower }); // the other triangle is not read
    expect(await distance(t.matmul(x), b)).toBeLessThan(20 * eps * n);
    expect(await distance(linalg.solveTriangular(t, b.slice([null, 1]), { lower }), x.slice([null, 1]))).toBeLessThan(
      1e-12,
    );
  });

  test("takes the diagonal as ones on request", async () => {
    const t = fromArray([
      [9, 0],
      [2, 9],
    ]);
    const { data } = await linalg.solveTriangular(t, fromArray([1, 5]), { lower: true, unitDiagonal: true }).compute();
    expect([...(data as Float64Array)]).toEqual([1, 3]);
  });

  test("rejects a 0 on the diagonal", async () => {
    const error = await rejectionOf(linalg.solveTriangular(zeros([3, 3]), ones([3])).compute());
    expect(error).toMatchObject({ cause: { name: "LinAlgError", reason: "singular", order: 0 } });
  });
});

describe("solving linear systems", () => {
  const a = random.normal([40, 40], { seed: 9, chunks: [11, 40] });

  test("solves for a matrix and for a vector", async () => {
    const b = random.normal([40, 9], { seed: 10, chunks: [7, 4] });
    const x = linalg.solve(a, b);
    expect(x.chunks).toEqual([[40], [4, 4, 1]]);
    expect(await distance(a.matmul(x), b)).toBeLessThan(1e-11);
    const vector = b.slice([null, 0]);
    expect(await distance(a.matmul(linalg.solve(a, vector)), vector)).toBeLessThan(1e-11);
  });

  test("gives inverses and determinants", async () => {
    expect(await distance(linalg.inv(a).matmul(a), eye(40))).toBeLessThan(1e-11);
    const { sign, logabsdet } = linalg.slogdet(a);
    const [det, s, log] = (await compute([linalg.det(a), sign, logabsdet])).map((result) => Number(result.item()));
    expect(det! / (s! * Math.exp(log!))).toBeCloseTo(1, 10);
    const stack = random.normal([5, 3, 3], { seed: 11, chunks: [2, 3, 3] });
    expect(linalg.det(stack).shape).toEqual([5]);
    expect(await distance(linalg.inv(stack).matmul(stack), eye(3).broadcastTo([5, 3, 3]))).toBeLessThan(1e-10);
    expect(await distance(linalg.det(stack).multiply(linalg.det(linalg.inv(stack))), ones([5]))).toBeLessThan(1e-10);
    expect((await linalg.det(zeros([0, 0])).compute()).item()).toBe(1);
  });

  test("rejects a singular matrix", async () => {
    for (const made of [linalg.inv(ones([3, 3])), linalg.solve(ones([3, 3]), ones([3]))]) {
      expect(await rejectionOf(made.compute())).toMatchObject({ cause: { name: "LinAlgError", reason: "singular" } });
    }
    expect((await linalg.det(ones([3, 3])).compute()).item()).toBe(0);
  });

  test("solves least squares on a tall matrix block by block", async () => {
    const x = random.normal([5000, 4], { seed: 12, chunks: [700, 4] });
    const wanted = fromArray([1, -2, 3, 0.5]);
    const found = linalg.lstsq(x, x.matmul(wanted));
    expect(await distance(found, wanted)).toBeLessThan(1e-12);
  });

  test("gives powers of a matrix", async () => {
    const b = a.divide(10);
    expect(await distance(linalg.matrixPower(b, 5), b.matmul(b).matmul(b).matmul(b).matmul(b))).toBeLessThan(1e-11);
    expect(await distance(linalg.matrixPower(b, 0), eye(40))).toBe(0);
    expect(await distance(linalg.matrixPower(b, -2).matmul(b).matmul(b), eye(40))).toBeLessThan(1e-9);
  });
});

describe("the singular value decomposition", () => {
  const shapes: [string, number[], number[] | number][] = [
    ["tall and in blocks", [500, 8], [60, 8]],
    ["nearly square", [30, 25], [7, 9]],
    ["wide and in blocks", [8, 500], [8, 70]],
    ["one element", [1, 1], -1],
    ["a stack", [3, 6, 4], [2, 6, 4]],
    ["a stack of wide ones", [2, 4, 9], -1],
  ];
  test.each(shapes)("is right for a matrix that is %s", async (_, shape, chunks) => {
    const x = random.normal(shape, { seed: 20, chunks: chunks as never });
    const { u, s, vh } = linalg.svd(x);
    expect(await distance(u.multiply(s.expandDims(-2)).matmul(vh), x)).toBeLessThan(100 * eps * Math.max(...shape));
    const values = await s.compute();
    expect(Number(await distance(linalg.svdvals(x), s))).toBeLessThan(1e-12);
    const { data } = values;
    for (let i = 1; i < data.length; i++)
      if (i % s.shape.at(-1)! > 0) expect(data[i]!).toBeLessThanOrEqual(data[i - 1]!);
  });

  test("finds the largest few of a large matrix by a sketch", async () => {
    const [left, right] = [
      linalg.qr(random.normal([800, 12], { seed: 21 })).q,
      linalg.qr(random.normal([300, 12], { seed: 22 })).q,
    ];
    const values = fromArray(Float64Array.from({ length: 12 }, (_, i) => 2 ** -i));
    const x = await left.multiply(values).matmul(right.T).rechunk([100, 77]).persist();
    const { u, s, vh } = linalg.svdCompressed(x, 4, { powerIterations: 2, seed: 3 });
    expect([u.shape, s.shape, vh.shape]).toEqual([[800, 4], [4], [4, 300]]);
    expect(await distance(s, values.slice([[0, 4]]))).toBeLessThan(1e-12);
    expect(await distance(u.T.matmul(u), eye(4))).toBeLessThan(1e-12);
    const again = linalg.svdCompressed(x, 4, { powerIterations: 2, seed: 3 });
    expect((await again.s.compute()).data).toEqual((await s.compute()).data);
  });

  test("gives the rank, the condition, norms and the pseudo-inverse", async () => {
    const thin = random.normal([30, 3], { seed: 23, chunks: [8, 3] });
    const x = thin.matmul(random.normal([3, 20], { seed: 24 }));
    expect((await linalg.matrixRank(x).compute()).item()).toBe(3n);
    const inverse = linalg.pinv(x);
    expect(await distance(x.matmul(inverse).matmul(x), x)).toBeLessThan(1e-11);
    const d = fromArray([
      [3, 0],
      [0, -4],
    ]);
    const [two, least, nuclear, frobenius, one, infinity, condition] = (
      await compute([
        linalg.matrixNorm(d, { ord: 2 }),
        linalg.matrixNorm(d, { ord: -2 }),
        linalg.matrixNorm(d, { ord: "nuc" }),
        linalg.matrixNorm(d),
        linalg.matrixNorm(d, { ord: 1 }),
        linalg.matrixNorm(d, { ord: Number.POSITIVE_INFINITY }),
        linalg.cond(d),
      ])
    ).map((result) => Number(result.item()));
    expect([two, least, nuclear, frobenius, one, infinity]).toEqual(
      [4, 3, 7, 5, 4, 4].map((v) => expect.closeTo(v, 12)),
    );
    expect(condition).toBeCloseTo(4 / 3, 12);
    expect(linalg.matrixNorm(d, { ord: 2, keepdims: true }).shape).toEqual([1, 1]);
  });
});

describe("the eigenvalue decomposition", () => {
  test("is right for a symmetric matrix and for a stack", async () => {
    const a = definite(30, 25, 8);
    const { eigenvalues: w, eigenvectors: v } = linalg.eigh(a);
    expect(await distance(v.multiply(w).matmul(v.T), a)).toBeLessThan(1e-12);
    expect(await distance(linalg.eigvalsh(a), w)).toBeLessThan(1e-12);
    const stack = linalg.eigh(a.broadcastTo([3, 30, 30]).multiply(fromArray([1, 2, 3]).expandDims([1, 2])));
    expect(await distance(stack.eigenvalues.slice([2]), w.multiply(3))).toBeLessThan(1e-11);
  });

  test("is complex for a general matrix", async () => {
    const a = random.normal([12, 12], { seed: 26, chunks: 5 });
    const { eigenvalues: w, eigenvectors: v } = linalg.eig(a);
    expect(w.dtype).toBe("complex128");
    expect(await distance(a.astype("complex128").matmul(v).abs(), v.multiply(w).abs())).toBeLessThan(1e-11);
    expect(await distance(linalg.eigvals(a).abs().sum(), w.abs().sum())).toBeLessThan(1e-11);
    expect((await w.sum().real().compute()).item()).toBeCloseTo(Number((await a.trace().compute()).item()), 10);
  });
});

describe("the matrix exponential", () => {
  test("is right for a stack and for matrices whose powers vanish", async () => {
    const shift = eye(4, 4, { k: 1 });
    const stack = shift
      .broadcastTo([3, 4, 4])
      .multiply(fromArray([0, 1, 6]).expandDims([1, 2]))
      .rechunk([2, 3, 4]);
    const found = await linalg.expm(stack).persist();
    expect(await distance(found.slice([0]), eye(4))).toBe(0);
    const wanted = [1, 6, 18, 36].map((x, k) => eye(4, 4, { k }).multiply(x)).reduce((a, b) => a.add(b));
    expect(await distance(found.slice([2]), wanted)).toBeLessThan(100 * eps);
    expect(linalg.expm(zeros([2, 2], { dtype: "int32" })).dtype).toBe("float64");
  });
});

describe("norms of vectors and matrices equal NumPy's", () => {
  const x = fromArray(Float64Array.from({ length: 24 }, (_, i) => Math.sin(i * i) * i))
    .reshape([2, 3, 4])
    .rechunk([1, 2, 3]);
  const matrix = x.slice([1]);
  const inf = Number.POSITIVE_INFINITY;
  const cases: [string, ChunkedArray, Parameters<typeof linalg.norm>[1], string][] = [
    ["of everything", x, {}, ""],
    ["of everything, keeping axes", x, { keepdims: true }, "keepdims=True"],
    ["of a vector", matrix.slice([0]), { ord: 3 }, "ord=3"],
    ["along an axis", x, { axis: -2 }, "axis=-2"],
    ["along an axis, of an order", x, { axis: 0, ord: 1, keepdims: true }, "axis=0, ord=1, keepdims=True"],
    ["of a matrix", matrix, { ord: "nuc" }, "ord='nuc'"],
    ["of a matrix, of order 2", matrix, { ord: 2, keepdims: true }, "ord=2, keepdims=True"],
    ["of matrices", x, { axis: [0, 2] }, "axis=(0, 2)"],
    ["of matrices that are turned", x, { axis: [2, 0], ord: 1 }, "axis=(2, 0), ord=1"],
    [
      "of matrices, keeping axes",
      x,
      { axis: [-1, 0], ord: inf, keepdims: true },
      "axis=(-1, 0), ord=np.inf, keepdims=True",
    ],
  ];
  test.each(cases)("for %s", async (_, array, options, inNumPy) => {
    const [wanted] = await numpy([
      { code: `np.linalg.norm(x${inNumPy && ", "}${inNumPy})`, arrays: { x: await array.compute() } },
    ]);
    const found = await linalg.norm(array, options).compute();
    expect(found.shape).toEqual((wanted as NDArray).shape);
    for (const [i, value] of ((wanted as NDArray).data as Float64Array).entries()) {
      expect(Math.abs((found.data[i] as number) - value)).toBeLessThan(20 * eps * value);
    }
  });
});

describe("the LU factorization", () => {
  test.each([[[6, 6]], [[9, 4]], [[4, 9]], [[2, 5, 5]]])("is right for the shape %j", async (shape) => {
    const x = random.normal(shape, { seed: 27, chunks: 3 });
    const { p, l, u } = linalg.lu(x);
    expect(await distance(p.matmul(l).matmul(u), x)).toBeLessThan(1e-13);
    expect(await isUpper(u)).toBe(true);
    expect(await distance(l.diagonal(), ones(l.diagonal().shape))).toBe(0);
  });
});

describe("vectors with three elements", () => {
  test("have a cross product", async () => {
    const { data } = await linalg
      .cross(
        fromArray([1, 2, 3]),
        fromArray([
          [4, 5, 6],
          [0, 0, 1],
        ]),
      )
      .compute();
    expect([...(data as Float64Array)]).toEqual([-3, 6, -3, 2, -1, 0]);
    const columns = linalg.cross(
      fromArray([[1], [2], [3]]),
      fromArray([
        [4, 0],
        [5, 0],
        [6, 1],
      ]),
      { axis: 0 },
    );
    expect([...((await columns.compute()).data as Float64Array)]).toEqual([-3, 2, 6, -1, -3, 0]);
  });
});

describe("linear algebra", () => {
  const x = zeros([3, 4]);
  const vector = zeros([3]);
  const cube = zeros([2, 2, 2]);
  refuses([
    [
      "qr of a vector",
      () => linalg.qr(vector),
      "ShapeError",
      "qr: takes matrices, an array of at least two axes; got shape [3]",
    ],
    [
      "qr of another mode",
      () => linalg.qr(x, { mode: "full" as never }),
      "ArgumentError",
      'qr: mode must be "reduced", "complete" or "r"; got "full"',
    ],
    [
      "cholesky of no square",
      () => linalg.cholesky(x),
      "ShapeError",
      "cholesky: expected square matrices; got shape [3, 4]",
    ],
    [
      "another right side",
      () => linalg.solve(zeros([4, 4]), vector),
      "ShapeError",
      "solve: [4, 4] and [3] do not fit; expected a side of n rows for each n × n matrix",
    ],
    [
      "half a power",
      () => linalg.matrixPower(zeros([2, 2]), 0.5),
      "ArgumentError",
      "matrixPower: n must be a whole number; got 0.5",
    ],
    [
      "the norm of an order over three axes",
      () => linalg.norm(cube, { ord: 2 }),
      "ArgumentError",
      "norm: an order asks for a vector or a matrix, or for an axis; this array has 3 axes",
    ],
    [
      "the nuclear norm of a vector",
      () => linalg.norm(vector, { ord: "nuc" }),
      "ArgumentError",
      'norm: ord must be a number for vectors; got "nuc"',
    ],
    [
      "norms along three axes",
      () => linalg.norm(cube, { axis: [0, 1, 2] as never }),
      "ArgumentError",
      "norm: axis must be one axis or two; got [0, 1, 2]",
    ],
    [
      "norms along one axis twice",
      () => linalg.norm(cube, { axis: [1, -2] }),
      "ArgumentError",
      "norm: rows and columns are the same axis, 1; expected two axes",
    ],
    [
      "full matrices by another word",
      () => linalg.svd(x, { fullMatrices: "yes" as never }),
      "ArgumentError",
      'svd: fullMatrices must be true or false; got "yes"',
    ],
    [
      "the transpose of a vector",
      () => linalg.matrixTranspose(vector),
      "ShapeError",
      "matrixTranspose: expected matrices; got an array of 1 axis",
    ],
    [
      "cross products in the plane",
      () => linalg.cross(zeros([2]), zeros([2])),
      "ShapeError",
      "cross: vectors have 3 elements; axis -1 of [2] has 2",
    ],
  ]);
});
