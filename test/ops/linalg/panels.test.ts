/**
 * Detects factors in panels that are none, pivots that are sought in one block only, and rows that end in the wrong
 * place: small matrices in panels of a few columns, and large ones as users come to them. Judged by NumPy.
 */
import {
  type ChunkedArray,
  compute,
  concat,
  eye,
  fromArray,
  linalg,
  type NDArray,
  ones,
  random,
  zeros,
} from "chunkwise";
import { describe, expect, test } from "vitest";
import { inColumns } from "#src/ops/linalg/elimination";
import { luInPanels } from "#src/ops/linalg/lu";
import { detInPanels, slogdetInPanels, solveInPanels } from "#src/ops/linalg/panels";
import { rejectionOf } from "../../api/helpers.js";
import type { Question } from "../../support/numpy.js";
import { expectSmall, type Residual, residuals } from "../../support/residuals.js";

type Floating = "float32" | "float64" | "complex64" | "complex128";

const dtypes: Floating[] = ["float64", "float32", "complex128", "complex64"];
const partOf = { float32: "float32", float64: "float64", complex64: "float32", complex128: "float64" } as const;
const isComplex = (dtype: Floating): boolean => dtype !== partOf[dtype];

/** Normally distributed, and the parts of complex numbers independently so. */
function noise(
  dtype: Floating,
  shape: readonly number[],
  options: Parameters<typeof random.normal>[1] & { seed: number },
): ChunkedArray {
  const part = (seed: number): ChunkedArray => random.normal(shape, { ...options, seed });
  const x = part(options.seed);
  return (isComplex(dtype) ? x.add(part(options.seed + 100).multiply({ re: 0, im: 1 })) : x).astype(dtype);
}

function ask(arrays: Record<string, NDArray>, dtype: Floating, ...asked: readonly Residual[]): Question[] {
  return residuals(dtype, arrays, asked);
}

/**
 * Everything that factors must be; L is as large as partial pivoting lets it become. Complex pivots have the largest
 * sum of the sizes of their parts, as LAPACK's have, which is up to √2 of the modulus.
 */
async function factorQuestions(x: ChunkedArray, { p, l, u }: ReturnType<typeof linalg.lu>): Promise<Question[]> {
  const [a, P, L, U] = (await compute([x, p, l, u])) as [NDArray, NDArray, NDArray, NDArray];
  const dtype = x.dtype as Floating;
  expect([P, L, U].map((factor) => factor.dtype)).toEqual([partOf[dtype], dtype, dtype]);
  return ask(
    { a, p: P, l: L, u: U },
    dtype,
    ["p @ l @ u - a", "a", "max(a.shape)"],
    ["p @ p.T - np.eye(len(p))", "np.ones(1)", "1e-300"],
    ["np.tril(l, -1) + np.eye(*l.shape) - l", "np.ones(1)", "1e-300"],
    [`np.maximum(np.abs(l) - ${isComplex(dtype) ? Math.SQRT2 : 1}, 0)`, "np.ones(1)", "1e-300"],
    ["np.triu(u) - u", "np.ones(1)", "1e-300"],
  );
}

/** Rows 1, 2, …, n − 1, 0 of a diagonal matrix: each pivot but the last is in the next block or far below. */
const cycle = (dtype: Floating, n: number): ChunkedArray =>
  concat([eye(n).slice([[1, n]]), eye(n).slice([[0, 1]])]).multiply(noise(dtype, [n], { seed: 9 }));

/** Zeros in all blocks on the diagonal. */
const hollow = (dtype: Floating, n: number, side: number): ChunkedArray => {
  const block = fromArray(Float64Array.from({ length: n }, (_, i) => Math.floor(i / side)));
  return noise(dtype, [n, n], { seed: 5 }).multiply(block.expandDims(1).notEqual(block.expandDims(0)));
};

/** Singular values from 1 down to 10⁻ᵉ. */
const graded = (dtype: Floating, n: number, e: number): ChunkedArray => {
  const [q, w] = [1, 2].map((seed) => linalg.qr(noise(dtype, [n, n], { seed })).q) as [ChunkedArray, ChunkedArray];
  return q.multiply(fromArray(Float64Array.from({ length: n }, (_, i) => 10 ** ((-e * i) / (n - 1))))).matmul(w);
};

type Made = (dtype: Floating) => ChunkedArray;

const matrices: [string, Made, number][] = [
  ["square", (dtype) => noise(dtype, [9, 9], { seed: 1, chunks: 3 }), 3],
  [
    "in uneven chunks",
    (dtype) =>
      noise(dtype, [23, 23], {
        seed: 2,
        chunks: [
          [5, 11, 7],
          [1, 9, 13],
        ],
      }),
    6,
  ],
  ["wider than a panel by one column", (dtype) => noise(dtype, [8, 8], { seed: 3 }), 7],
  ["in panels of one column", (dtype) => noise(dtype, [6, 6], { seed: 4, chunks: 2 }), 1],
  ["in one panel", (dtype) => noise(dtype, [5, 5], { seed: 4 }), 8],
  ["1 × 1", (dtype) => noise(dtype, [1, 1], { seed: 4 }), 1],
  ["a cycle of rows", (dtype) => cycle(dtype, 10).rechunk(3), 3],
  ["without numbers in the diagonal blocks", (dtype) => hollow(dtype, 20, 4).rechunk(4), 4],
  ["badly conditioned", (dtype) => graded(dtype, 30, 5).rechunk(8), 8],
];
const cases = matrices.flatMap(([name, made, width]) => dtypes.map((dtype) => [name, dtype, made, width] as const));
for (const dtype of ["float64", "complex128"] as const)
  cases.push(["very badly conditioned", dtype, (made) => graded(made, 30, 12).rechunk(7), 7]);

describe("elimination in panels is right for a square matrix", () => {
  test.each(cases)("that is %s, of %s", async (_, dtype, made, width) => {
    const x = await made(dtype).astype(dtype).persist();
    const a = inColumns(x, width);
    const n = x.shape[0]!;
    const b = noise(dtype, [n, 4], { seed: 6, chunks: 3 });
    const factors = luInPanels(a, width);
    const questions = await factorQuestions(x, factors);
    const { sign, logabsdet } = slogdetInPanels(a, width);
    const solution = solveInPanels(a, b, width, "solve");
    const asked = [x, b, solution, detInPanels(a, width), sign, logabsdet];
    expect(asked.map((array) => array.dtype)).toEqual([dtype, dtype, dtype, dtype, dtype, partOf[dtype]]);
    const [A, B, X, D, S, L] = (await compute(asked)) as NDArray[];
    questions.push(
      ...ask(
        { a: A!, b: B!, x: X!, d: D!, s: S!, l: L! },
        dtype,
        ["a @ x - b", "np.array([[np.linalg.norm(a) * np.linalg.norm(x)]])", "len(a)"],
        ["s - np.linalg.slogdet(a)[0]", "np.ones(1)", isComplex(dtype) ? "len(a) * np.linalg.cond(a)" : "1e-300"],
        ["l - np.linalg.slogdet(a)[1]", "np.ones(1)", "len(a) * np.linalg.cond(a)"],
        ["d - np.linalg.det(a)", "np.linalg.det(a) * np.ones(1)", "len(a) * np.linalg.cond(a)"],
      ),
    );
    await expectSmall(questions);
  });
});

describe("elimination in panels of a matrix that is not square", () => {
  test.each([
    [[12, 5], 2],
    [[12, 5], 5],
    [[5, 12], 2],
    [[5, 12], 5],
    [[7, 1], 1],
    [[1, 7], 1],
  ] as const)("is right for the shape %j in panels of %i", async (shape, width) => {
    const questions: Question[] = [];
    for (const dtype of dtypes) {
      const x = await noise(dtype, shape, { seed: 7, chunks: 3 }).persist();
      questions.push(...(await factorQuestions(x, luInPanels(inColumns(x, width), width))));
    }
    await expectSmall(questions);
  });

  test.each([[[3, 6, 2]], [[2, 2, 6]], [[2, 0, 3]], [[0, 3, 2]], [[4, 0]], [[0, 4]]])(
    "gives the factors of an array of shape %j",
    async (shape) => {
      const [m, n] = shape.slice(-2) as [number, number];
      const stack = shape.slice(0, -2);
      const k = Math.min(m, n);
      for (const dtype of ["float64", "complex128"] as const) {
        const x = noise(dtype, shape, { seed: 8, chunks: 2 });
        const { p, l, u } = linalg.lu(x);
        expect([p.dtype, l.dtype, u.dtype]).toEqual(["float64", dtype, dtype]);
        expect([p.shape, l.shape, u.shape]).toEqual([
          [...stack, m, m],
          [...stack, m, k],
          [...stack, k, n],
        ]);
        const off = p.matmul(l).matmul(u).subtract(x).abs();
        if (off.size > 0) expect((await off.max().compute()).item()).toBeLessThan(1e-14);
        if (m > 0 && off.size === 0 && stack.length === 0)
          expect((await p.subtract(eye(m)).abs().max().compute()).item()).toBe(0);
      }
    },
  );

  test("keeps the chunks of a wide one behind the panels", async () => {
    const { u } = linalg.lu(random.normal([100, 3000], { seed: 17, chunks: [50, 700] }));
    expect(u.chunks[1]).toEqual([64, 36, 700, 700, 700, 700, 100]);
  });

  test("needs memory for a panel of a tall one", async () => {
    const x = random.normal([20_000, 130], { seed: 9, chunks: [5000, 50] }); // 21 MB
    const { p, l, u } = linalg.lu(x);
    const limits = { workers: 1, memoryLimit: "45MB" };
    const [largest, pivots] = await compute([l.abs().max(), u.diagonal().abs().min()], limits);
    expect(largest!.item()).toBe(1);
    expect(pivots!.item()).toBeGreaterThan(1);
    expect(p.shape).toEqual([20_000, 20_000]);
  });
});

describe("elimination in panels of a singular matrix", () => {
  // column 5 of 9 is 0, so pivot 5 is
  const x = (dtype: Floating): ChunkedArray =>
    noise(dtype, [9, 9], { seed: 10 })
      .multiply(fromArray([1, 1, 1, 1, 1, 0, 1, 1, 1]))
      .astype(dtype);

  test.each(dtypes)("reports the pivot for %s", async (dtype) => {
    const a = inColumns(x(dtype), 2);
    await expectSmall(await factorQuestions(x(dtype), luInPanels(a, 2)));
    const { sign, logabsdet } = slogdetInPanels(a, 2);
    const values = (await compute([detInPanels(a, 2), sign, logabsdet])).map((value) => value.item());
    const nothing = isComplex(dtype) ? { re: 0, im: 0 } : 0;
    expect(values).toEqual([nothing, nothing, Number.NEGATIVE_INFINITY]);
    const error = await rejectionOf(solveInPanels(a, ones([9, 1], { dtype }), 2, "inv").compute());
    expect(error).toMatchObject({
      operation: "inv",
      cause: { name: "LinAlgError", reason: "singular", order: 5, message: "inv: singular matrix: pivot 5 is 0" },
    });
  });

  test("notices a NaN instead of skipping it", async () => {
    const wild = fromArray([0, 0, 0, 0, 0, Number.NaN, 0, 0, 0]);
    const real = x("float64").add(wild);
    expect((await detInPanels(inColumns(real, 4), 4).compute()).item()).toBeNaN();
    const complex = x("complex128").add(wild.multiply({ re: 0, im: 1 }));
    expect((await detInPanels(inColumns(complex, 4), 4).compute()).item()).toEqual({ re: Number.NaN, im: Number.NaN });
  });
});

describe("a large matrix", () => {
  const n = 1030;
  const a = random.normal([n, n], { seed: 11, chunks: [300, 275] });
  const largest = async (x: ChunkedArray): Promise<number> => Number((await x.abs().max().compute()).item());

  test("is factored in panels where both axes are cut or a side exceeds 4096, and in one call as one chunk", () => {
    const blocks = (side: number, chunks: number | [number, number]): number =>
      linalg.inv(random.normal([side, side], { seed: 12, chunks })).chunks[0]!.length;
    expect(blocks(1024, 512)).toBe(1);
    expect(blocks(1025, 512)).toBe(8);
    expect(blocks(1025, 100)).toBe(11);
    expect(blocks(4096, [100, -1])).toBe(1);
    expect(blocks(4097, [100, -1])).toBe(9);
    expect(blocks(8192, 8192)).toBe(1);
  });

  test("has the same factors in panels as in one call", async () => {
    const one = a.rechunk(-1);
    const b = random.normal([n, 3], { seed: 13, chunks: [100, 2] });
    const x = linalg.solve(a, b);
    const first = b.slice([null, 0]);
    const errors = [
      a.matmul(x).subtract(b),
      a.matmul(linalg.solve(a, first)).subtract(first),
      linalg.inv(a).matmul(b).subtract(x),
    ].map((error) => error.abs().max());
    const [whole, parts] = [linalg.slogdet(one), linalg.slogdet(a)];
    const numbers = [whole.sign, parts.sign, whole.logabsdet, parts.logabsdet];
    // in one computation, which factors the matrix once
    const [sign, other, log, same, ...sizes] = await compute([...numbers, ...errors]);
    for (const size of sizes) expect(Number(size.item())).toBeLessThan(1e-9);
    expect(sizes).toHaveLength(3);
    expect(sign!.item()).toBe(other!.item());
    expect(Number(log!.item()) / Number(same!.item())).toBeCloseTo(1, 12);
    const small = a.divide(Math.exp(Number(log!.item()) / n));
    expect(Number((await linalg.det(small).compute()).item()) * Number(sign!.item())).toBeCloseTo(1, 8);
  });

  test("has the same factors in panels as in one call, for complex numbers", async () => {
    const side = 1030;
    const x = await noise("complex128", [side, side], { seed: 18, chunks: [300, 275] }).persist();
    const b = noise("complex128", [side, 2], { seed: 19, chunks: [100, 2] });
    const { p, l, u } = linalg.lu(x);
    expect(u.chunks[1]!.length).toBeGreaterThan(1);
    const [whole, parts] = [linalg.slogdet(x.rechunk(-1)), linalg.slogdet(x)];
    const errors = [
      x.matmul(linalg.solve(x, b)).subtract(b),
      p.matmul(l.matmul(u.matmul(b))).subtract(x.matmul(b)),
      whole.sign.subtract(parts.sign),
      whole.logabsdet.subtract(parts.logabsdet),
    ];
    for (const size of await compute(errors.map((error) => error.abs().max()))) {
      expect(Number(size.item())).toBeLessThan(1e-9);
    }
  });

  test("can be larger than the memory limit", async () => {
    const side = 1500;
    const x = random.normal([side, side], { seed: 14, chunks: 150 }); // 18 MB
    const b = random.normal([side, 1], { seed: 15, chunks: [150, 1] });
    let peak = 0;
    const limits = {
      ...{ workers: 2, memoryLimit: "8MB", backend: "wasm" as const },
      onProgress: ({ peakMemory }: { readonly peakMemory: number }): void => {
        peak = Math.max(peak, peakMemory);
      },
    };
    const [solution] = await compute([linalg.solve(x, b)], limits);
    expect(peak).toBeGreaterThan(4e6);
    expect(peak).toBeLessThan(8e6);
    expect(await largest(x.matmul(fromArray(solution!)).subtract(b))).toBeLessThan(1e-8);
    const { p, l, u } = linalg.lu(x);
    const product = p.matmul(l.matmul(u.matmul(b)));
    const off = await product.subtract(x.matmul(b)).abs().max().compute(limits);
    expect(off.item()).toBeLessThan(1e-9);
    expect(peak).toBeLessThan(8e6);
  });

  test("gives the same bits with any number of workers", async () => {
    const x = linalg.solve(a, random.normal([n, 2], { seed: 16 }));
    const [alone, three] = [await x.compute({ workers: 0 }), await x.compute({ workers: 3 })];
    expect(three.data).toEqual(alone.data);
  });

  test("names the operation, its place and the pivot when it is singular", async () => {
    const columns = fromArray(Float64Array.from({ length: n }, (_, i) => (i === 700 ? 0 : 1)));
    const error = await rejectionOf(linalg.solve(a.multiply(columns), ones([n])).compute());
    expect(error).toMatchObject({
      name: "ComputeError",
      operation: "solve",
      cause: { name: "LinAlgError", reason: "singular", order: 700 },
    });
    expect((await linalg.det(zeros([n, n], { chunks: 500 })).compute()).item()).toBe(0);
  });

  test.each([
    ["float32", "float64"],
    ["complex64", "complex128"],
  ] as const)("%s numbers only as many rows as it can count", (dtype, wider) => {
    const tall = zeros([2 ** 24 + 1, 1], { dtype });
    const error =
      "lu: float32 cannot count more than 16777216 rows, and this matrix has 16777217; " +
      `convert it by astype('${wider}')`;
    expect(() => linalg.lu(tall)).toThrow(error);
    expect(linalg.lu(tall.astype(wider)).u.shape).toEqual([1, 1]);
  });
});
