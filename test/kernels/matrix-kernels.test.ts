/**
 * The kernels of small triangles and of single columns of LU, beside those in JavaScript. Detects rows and columns at
 * the edges of what goes together, a triangle read where it must not be, a pivot other than the first, and what is
 * written elsewhere.
 */
import { describe, expect, test } from "vitest";
import { WasmBackend } from "#src/kernels/wasm/backend";
import { Products } from "#src/kernels/wasm/gemm";
import { relaxedSimd } from "#src/kernels/wasm/kernel";
import { Matrices } from "#src/kernels/wasm/matrices";
import { productBytes } from "#src/program/routines/products";
import { type Matrix, type MatrixKernels, turned } from "#src/routines/matrix";
import { plainKernels as plain } from "#src/routines/plain-kernels";
import { solveTriangle } from "#src/routines/triangular";
import { randomOf } from "../conformance/backend/values.js";
import { checkInverse } from "../support/inverse.js";

const memory = new WebAssembly.Memory({ initial: 3, maximum: 3, shared: true });
const numbers = new Float64Array(memory.buffer);
/** Where panels are packed: not at the beginning, so that what is written before it shows. */
const workspace = 64;
/** The first number that matrices may take. */
const free = 10_000;

/** A matrix in the memory, all of which is NaN around it, and how much wider its rows are. */
function matrixAt(
  first: number,
  rows: number,
  columns: number,
  wider: number,
  value: (i: number, j: number) => number,
) {
  const rowStride = columns + wider;
  const matrix: Matrix = { data: numbers, first, rows, columns, rowStride, columnStride: 1, imaginary: 0, sign: 1 };
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) numbers[first + i * rowStride + j] = value(i, j);
  return matrix;
}

/** The same matrix by columns. */
const byColumns: typeof matrixAt = (first, rows, columns, wider, value) =>
  turned(matrixAt(first, columns, rows, wider, (i, j) => value(j, i)));

/**
 * Does the same in the memory twice, by both kernels, and gives all numbers; what is in the room for panels does not
 * count.
 */
function bothOf(ours: MatrixKernels, side: number, run: (kernels: MatrixKernels) => unknown) {
  return [ours, plain].map((kernels) => {
    numbers.fill(Number.NaN);
    const result = run(kernels);
    numbers.fill(Number.NaN, workspace / 8, (workspace + productBytes("float64", side, side, side)) / 8);
    return { result, numbers: numbers.slice() };
  });
}

/** The largest difference, where both are not the same: infinite where only one is a number. */
function difference(a: Float64Array, b: Float64Array): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    if (Object.is(a[i], b[i])) continue;
    const here = Math.abs(a[i]! - b[i]!);
    most = Math.max(most, Number.isNaN(here) ? Number.POSITIVE_INFINITY : here);
  }
  return most;
}

const sizes = [...Array.from({ length: 41 }, (_, n) => n), 63, 64];

describe.each(relaxedSimd ? [true, false] : [false])("matrix kernels with fused %s", (fused) => {
  const ours = new Matrices(new Products(fused), fused).in(memory, workspace);

  describe.each([true, false])("a small triangle with lower %s", (lower) => {
    test.each([
      [true, matrixAt, matrixAt],
      [false, matrixAt, matrixAt],
      [false, byColumns, matrixAt],
      [true, matrixAt, byColumns],
      [false, byColumns, byColumns],
    ] as const)("has the solution of JavaScript with unit %s, by rows and by columns", (unit, triangleAt, rightAt) => {
      for (const n of sizes) {
        for (const columns of [0, 1, 2, 3, 4, 5, 9, 64, 67]) {
          const [mine, expected] = bothOf(ours, Math.max(n, columns), (kernels) => {
            const random = randomOf(n * 100 + columns);
            // what must not be read is NaN
            const t = triangleAt(free, n, n, 3, (i, j) => {
              if (i === j) return unit ? Number.NaN : 2 + random();
              return i > j === lower ? (2 * random() - 1) / n : Number.NaN;
            });
            const b = rightAt(free + 4600, n, columns, 5, () => 2 * random() - 1);
            solveTriangle(t, b, { lower, unit }, kernels);
          });
          expect(difference(mine!.numbers, expected!.numbers), `${n} ${columns}`).toBeLessThan(1e-14);
        }
      }
    });

    test("a column with NaN, and a 0 on the diagonal, leave the same numbers finite as in JavaScript", () => {
      for (const n of [1, 4, 6, 13]) {
        const [mine, expected] = bothOf(ours, n, (kernels) => {
          const random = randomOf(n);
          const t = matrixAt(free, n, n, 0, (i, j) => (i === j ? Number(i > 0) : Math.floor(3 * random()) - 1));
          const b = matrixAt(free + 4600, n, 6, 1, (_, j) => (j === 1 ? Number.NaN : 1 + j));
          solveTriangle(t, b, { lower, unit: false }, kernels);
          const again = matrixAt(free + 5600, n, 6, 1, (i, j) => (j === 1 && i === 0 ? Number.NaN : 1 + j));
          solveTriangle(t, again, { lower, unit: true }, kernels);
        });
        // the order of sums may differ, so that an infinity meets its opposite or not: but numbers are the same
        const finite = ({ numbers: all }: { readonly numbers: Float64Array }): boolean[] =>
          Array.from(all.subarray(free + 5600), Number.isFinite);
        expect(finite(mine!)).toEqual(finite(expected!));
        const first = lower ? 0 : n - 1;
        const row = free + 4600 + 7 * first;
        expect(mine!.numbers.subarray(row, row + 6)).toEqual(expected!.numbers.subarray(row, row + 6));
      }
    });
  });

  test("a large triangle is refused, and nothing is written", () => {
    const [mine, expected] = bothOf(ours, 65, (kernels) => {
      const t = matrixAt(free, 65, 65, 0, () => 1);
      return kernels.solveSmall(t, t, { lower: true, unit: true });
    });
    expect(mine!.result).toBe(false);
    expect(difference(mine!.numbers, expected!.numbers)).toBe(0);
  });

  /** Runs `eliminate` on whole numbers, of which all sums are exact; some are changed. */
  const columnOf = (rows: number, j: number, change: (i: number, q: number) => number | undefined = () => undefined) =>
    bothOf(ours, rows, (kernels) => {
      const random = randomOf(rows * 50 + j);
      const value = (i: number, q: number): number => change(i, q) ?? Math.floor(9 * random()) - 4;
      return kernels.eliminate(byColumns(free, rows, j + 2, 1, value), j);
    });

  test("columns of LU have the same pivot as in JavaScript, also in a tie", () => {
    for (let rows = 1; rows <= 40; rows++) {
      for (let j = 0; j < Math.min(rows, 12); j++) {
        const [mine, expected] = columnOf(rows, j);
        expect(mine!.result, `${rows} ${j}`).toBe(expected!.result);
        expect(difference(mine!.numbers, expected!.numbers), `${rows} ${j}`).toBe(0);
      }
    }
  });

  test("columns of zeros, with NaN and with infinities above have the same pivot as in JavaScript", () => {
    for (const [rows, j] of [
      [1, 0],
      [9, 0],
      [9, 3],
      [17, 1],
      [17, 16],
      [40, 5],
    ] as const) {
      const changes: readonly Parameters<typeof columnOf>[2][] = [
        () => 0,
        (_, q) => (q === j ? -0 : undefined),
        (i, q) => (q === j && i >= rows - 2 ? Number.NaN : undefined),
        (i, q) => (q === j && i % 5 === 0 ? Number.NaN : undefined),
        (i, q) => (q === j && i === j - 1 ? Number.POSITIVE_INFINITY : undefined),
        (i, q) => (q === j && i === rows - 1 ? Number.NEGATIVE_INFINITY : undefined),
      ]; // biome-ignore format: a table
      for (const change of changes) {
        const [mine, expected] = columnOf(rows, j, change);
        expect(mine!.result).toBe(expected!.result);
        expect(difference(mine!.numbers, expected!.numbers)).toBe(0);
      }
    }
  });
});

test("an exchange of rows changes nothing beside them", () => {
  const ours = new Matrices(new Products(false), false).in(memory, workspace);
  for (let columns = 0; columns < 40; columns++) {
    const [mine, expected] = bothOf(ours, 40, (kernels) => {
      const matrix = matrixAt(free + columns, 7, columns, 3, (i, j) => 100 * i + j);
      kernels.exchange(matrix, 5, 2);
      kernels.exchange(matrix, 0, 6);
    });
    expect(difference(mine!.numbers, expected!.numbers)).toBe(0);
    if (columns > 0) expect(mine!.numbers[free + columns + 2 * (columns + 3)]).toBe(500);
  }
});

test("an inverse multiplies triangles without their zeros", () => {
  checkInverse(new WasmBackend(), 1100, [0, 567, 1099]);
});
