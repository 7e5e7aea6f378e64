/**
 * Detects factorizations of complex matrices over chunks that transpose where they must take adjoints, give complex
 * numbers where the results are real, or mix dtypes. Judged by residuals, in units of ε · n.
 */
import { type ChunkedArray, compute, concat, eye, fromArray, linalg, random } from "chunkwise";
import { describe, expect, test } from "vitest";
import { rejectionOf } from "../../api/helpers.js";
import { native } from "../../support/platform.js";

type Complex = "complex64" | "complex128";

const eps = { complex64: 2 ** -23, complex128: 2 ** -52 } as const;
const partOf = { complex64: "float32", complex128: "float64" } as const;
const i = { re: 0, im: 1 };

function normal(dtype: Complex, shape: readonly number[], seed: number, chunks: number | readonly number[] = -1) {
  const made = (more: number): ChunkedArray => random.normal(shape, { seed: seed + more, chunks: chunks as never });
  return made(0).add(made(1000).multiply(i)).astype(dtype);
}

/** Rows and columns exchanged, and the conjugates. */
function adjoint(x: ChunkedArray): ChunkedArray {
  const { ndim } = x;
  return x.conj().transpose([...Array.from({ length: ndim - 2 }, (_, axis) => axis), ndim - 1, ndim - 2]);
}

/** The largest number below the diagonal. */
async function lowerPart(x: ChunkedArray): Promise<number> {
  const { data, shape } = await x.abs().compute();
  const [m, n] = shape.slice(-2) as [number, number];
  return (data as Float64Array).reduce(
    (most, value, at) => (Math.floor(at / n) % m > at % n ? Math.max(most, value) : most),
    0,
  );
}

/** Expects that matrices are the same, up to 10 · ε · n in the scale of the second. */
async function expectNear(a: ChunkedArray, b: ChunkedArray, dtype: Complex, n: number, scale = 1): Promise<void> {
  expect(a.shape).toEqual(b.shape);
  const [found, wanted] = [a.astype("complex128"), b.astype("complex128")];
  const [distance, size] = (await compute([found.subtract(wanted).vectorNorm(), wanted.vectorNorm()])).map((x) =>
    Number(x.item()),
  );
  expect(distance).toBeLessThanOrEqual(10 * eps[dtype] * Math.max(1, n) * scale * Math.max(size!, 1e-300));
}

describe.each(["complex128", "complex64"] as const)("linear algebra of %s", (dtype) => {
  const identity = (n: number): ChunkedArray => eye(n, n, { dtype });

  test.each([
    ["tall, in many blocks", [200, 7], [32, 3]],
    ["tall, in blocks of too few rows", [50, 12], [5, 12]],
    ["square", [40, 40], [11, 13]],
    ["wide", [12, 50], [5, 20]],
    ["one element", [1, 1], -1],
    ["a stack", [3, 8, 5], [2, 3, 5]],
    ["a stack of wide ones", [2, 4, 9], -1],
    ["nothing", [0, 4], -1],
  ] as const)("gives qr, svd and the pseudo-inverse of a matrix that is %s", async (_, shape, chunks) => {
    const x = await normal(dtype, shape, 1, chunks).persist();
    const n = Math.max(...shape);
    const k = Math.min(...shape.slice(-2));
    const { q, r } = linalg.qr(x);
    expect([q.dtype, r.dtype]).toEqual([dtype, dtype]);
    await expectNear(q.matmul(r), x, dtype, n);
    const ones = identity(k).broadcastTo([...shape.slice(0, -2), k, k]);
    await expectNear(adjoint(q).matmul(q), ones, dtype, n);
    await expectNear(linalg.qr(x, { mode: "r" }).r, r, dtype, n);
    expect(await lowerPart(r)).toBe(0);
    const { u, s, vh } = linalg.svd(x);
    expect([u.dtype, s.dtype, vh.dtype]).toEqual([dtype, partOf[dtype], dtype]);
    await expectNear(u.multiply(s.expandDims(-2)).matmul(vh), x, dtype, n);
    await expectNear(adjoint(u).matmul(u), ones, dtype, n);
    await expectNear(vh.matmul(adjoint(vh)), ones, dtype, n);
    const [m, columns] = shape.slice(-2) as [number, number];
    const basis = (side: number) => identity(side).broadcastTo([...shape.slice(0, -2), side, side]);
    const complete = linalg.qr(x, { mode: "complete" });
    expect([complete.q.shape.at(-1), complete.r.shape.at(-2)]).toEqual([m, m]);
    await expectNear(complete.q.matmul(complete.r), x, dtype, n);
    await expectNear(adjoint(complete.q).matmul(complete.q), basis(m), dtype, n);
    expect(await lowerPart(complete.r)).toBe(0);
    const full = linalg.svd(x, { fullMatrices: true });
    expect([full.u.shape.at(-1), full.vh.shape.at(-2)]).toEqual([m, columns]);
    await expectNear(adjoint(full.u).matmul(full.u), basis(m), dtype, n);
    await expectNear(full.vh.matmul(adjoint(full.vh)), basis(columns), dtype, n);
    await expectNear(full.s, s, dtype, n);
    const values = linalg.svdvals(x);
    expect(values.dtype).toBe(partOf[dtype]);
    await expectNear(values, s, dtype, n);
    if (x.size > 0) await expectNear(x.matmul(linalg.pinv(x)).matmul(x), x, dtype, n, 20);
  });

  test.each([
    [0, -1],
    [1, -1],
    [50, 13],
  ] as const)(
    "gives the factor, the eigenvalues and triangular solutions of a matrix of %i rows",
    async (n, chunks) => {
      const x = normal(dtype, [n, n], 2);
      const a = await adjoint(x).matmul(x).divide(Math.max(1, n)).add(identity(n)).rechunk(chunks).persist();
      const factor = linalg.cholesky(a);
      await expectNear(factor.matmul(adjoint(factor)), a, dtype, n);
      await expectNear(linalg.cholesky(a, { upper: true }), adjoint(factor), dtype, 0);
      const { eigenvalues: w, eigenvectors: v } = linalg.eigh(a);
      expect([w.dtype, v.dtype]).toEqual([partOf[dtype], dtype]);
      await expectNear(v.multiply(w).matmul(adjoint(v)), a, dtype, n);
      const alone = linalg.eigvalsh(a);
      expect(alone.dtype).toBe(partOf[dtype]);
      await expectNear(alone, w, dtype, n);
      const b = normal(dtype, [n, 3], 3, [chunks, 2]);
      await expectNear(factor.matmul(linalg.solveTriangular(factor, b, { lower: true })), b, dtype, n, 10);
    },
  );

  test("gives the solutions, inverses, determinants and factors of one matrix and of a stack", async () => {
    const n = 30;
    const a = await normal(dtype, [n, n], 4, [11, n]).add(identity(n).multiply(4)).persist();
    const b = normal(dtype, [n, 9], 5, [7, 4]);
    const condition = Number((await linalg.cond(a).compute()).item());
    await expectNear(a.matmul(linalg.solve(a, b)), b, dtype, n, condition);
    await expectNear(a.matmul(linalg.inv(a)), identity(n), dtype, n, condition);
    await expectNear(linalg.matrixPower(a.divide(8), 3), a.divide(8).matmul(a.divide(8)).matmul(a.divide(8)), dtype, n);
    const { sign, logabsdet } = linalg.slogdet(a);
    expect([sign.dtype, logabsdet.dtype]).toEqual([dtype, partOf[dtype]]);
    await expectNear(sign.multiply(logabsdet.exp()), linalg.det(a), dtype, n, condition);
    const { p, l, u } = linalg.lu(a.slice([null, [0, 12]]));
    expect([p.dtype, l.dtype]).toEqual([partOf[dtype], dtype]);
    await expectNear(p.matmul(l).matmul(u), a.slice([null, [0, 12]]), dtype, n);
    const stack = await normal(dtype, [5, 3, 3], 6, [2, 3, 3]).persist();
    await expectNear(stack.matmul(linalg.inv(stack)), identity(3).broadcastTo([5, 3, 3]), dtype, 3, 30);
    await expectNear(
      linalg.det(stack).multiply(linalg.det(linalg.inv(stack))),
      fromArray([1, 1, 1, 1, 1]),
      dtype,
      3,
      30,
    );
  });

  test("gives eigenvalues and eigenvectors that satisfy their equation", async () => {
    const n = 25;
    const a = await normal(dtype, [n, n], 7, 8).persist();
    const { eigenvalues: w, eigenvectors: v } = linalg.eig(a);
    expect([w.dtype, v.dtype]).toEqual([dtype, dtype]);
    await expectNear(v.multiply(w), a.matmul(v), dtype, n);
    await expectNear(linalg.eigvals(a), w, dtype, n);
  });

  test("gives least squares, ranks, norms and a sketch of singular values", async () => {
    const x = await normal(dtype, [900, 4], 8, [120, 4]).persist();
    const wanted = fromArray([1, -2, 3, 0.5])
      .add(fromArray([0, 1, 2, 3]).multiply(i))
      .astype(dtype);
    await expectNear(linalg.lstsq(x, x.matmul(wanted)), wanted, dtype, 900);
    const flat = await x
      .matmul(normal(dtype, [4, 30], 9))
      .rechunk([100, 30])
      .persist();
    expect((await linalg.matrixRank(flat, { rtol: 1e-4 }).compute()).item()).toBe(4n);
    const { u, s, vh } = linalg.svdCompressed(flat, 4, { powerIterations: 1 });
    expect(s.dtype).toBe(partOf[dtype]);
    await expectNear(u.multiply(s).matmul(vh), flat, dtype, 900);
    const [two, frobenius] = [linalg.matrixNorm(flat, { ord: 2 }), linalg.matrixNorm(flat)];
    expect([two.dtype, frobenius.dtype]).toEqual([partOf[dtype], partOf[dtype]]);
    await expectNear(two, s.slice([0]), dtype, 900);
    await expectNear(frobenius, s.vectorNorm(), dtype, 900);
  });
});

test.each(["reference", "javascript", "wasm", ...(native ? ["tensorflow" as const] : [])] as const)(
  "the backend %s factors and inverts complex matrices",
  async (backend) => {
    const n = 40; // large enough for TensorFlow
    const x = await normal("complex128", [n, n], 20, 16).persist();
    const { u, s, vh } = linalg.svd(x);
    const { eigenvalues: w, eigenvectors: v } = linalg.eigh(x.add(adjoint(x)));
    const { q, r } = linalg.qr(x);
    const asked = [u.multiply(s).matmul(vh), v.multiply(w).matmul(adjoint(v)), q.matmul(r), linalg.inv(linalg.inv(x))];
    const [bySvd, byEigh, byQr, byInv] = (await compute(asked, { backend })).map((found) => fromArray(found));
    await expectNear(bySvd!, x, "complex128", n);
    await expectNear(byEigh!, x.add(adjoint(x)), "complex128", n);
    await expectNear(byQr!, x, "complex128", n);
    await expectNear(byInv!, x, "complex128", n, Number((await linalg.cond(x).compute()).item()));
  },
);

test("real and complex sides of a system have one dtype", async () => {
  const a = random.normal([6, 6], { seed: 1, dtype: "float32" });
  const b = normal("complex128", [6, 2], 2);
  for (const solve of [linalg.solve, linalg.lstsq]) {
    const x = solve(a, b);
    expect(x.dtype).toBe("complex128");
    await expectNear(a.matmul(x), b, "complex128", 6, 100);
  }
});

test("large Hermitian matrices are factored in blocks", async () => {
  const n = 2100;
  const x = normal("complex128", [n, 20], 10, [600, 20]);
  const a = await x
    .matmul(adjoint(x))
    .add(eye(n, n, { dtype: "complex128" }))
    .rechunk(700)
    .persist();
  const factor = await linalg.cholesky(a).persist();
  const b = await normal("complex128", [n, 3], 11).persist();
  // seen through three random columns: the product of the factors takes longer than factoring
  await expectNear(factor.matmul(adjoint(factor).matmul(b)), a.matmul(b), "complex128", n);
  await expectNear(factor.matmul(linalg.solveTriangular(factor, b, { lower: true })), b, "complex128", n);
  await expectNear(adjoint(factor).matmul(linalg.solveTriangular(adjoint(factor), b)), b, "complex128", n);
});

test("an error names its operation once", async () => {
  const bad = concat([eye(3), eye(3).multiply(-1)], { axis: 0 })
    .slice([[1, 4]])
    .astype("complex128");
  const error = await rejectionOf(linalg.cholesky(bad).compute());
  expect(error).toMatchObject({ name: "ComputeError", operation: "cholesky" });
  expect((error as Error).message).toMatch(
    /^cholesky: the leading minor of order \d is not positive definite \(block \[0, 0\], made at /,
  );
});
