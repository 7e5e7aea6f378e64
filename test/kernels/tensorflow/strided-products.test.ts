/**
 * Detects parts of matrices that are read or written in a wrong place, products that add with a wrong sign, tensors
 * that stay.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { implementations, TensorFlowBackend } from "#src/kernels/tensorflow/backend";
import { load } from "#src/kernels/tensorflow/library";
import { stridedProducts } from "#src/kernels/tensorflow/strided-products";
import { WasmBackend } from "#src/kernels/wasm/backend";
import { type Matrix, type Multiply, turned } from "#src/routines/matrix";
import { plainKernels } from "#src/routines/plain-kernels";
import { randomOf } from "../../conformance/backend/values.js";
import { checkInverse } from "../../support/inverse.js";
import { native } from "../../support/platform.js";

beforeAll(() => {
  if (native) load(2);
});

const [m, k, n] = [150, 140, 130];
const untouched: Multiply = () => expect.unreachable("a product of this size is TensorFlow's");

const random = new Map<number, Float64Array>();

/** The random numbers of a seed, as many as a memory has. */
function numbersOf(seed: number): Float64Array {
  const known = random.get(seed);
  if (known !== undefined) return known;
  const next = randomOf(seed);
  const made = new Float64Array(2 ** 16).map(() => next() * 2 - 1);
  random.set(seed, made);
  return made;
}

/** The largest difference between the numbers of two matrices, and all that is in their memories. */
function distance(a: Matrix, b: Matrix): number {
  let most = 0;
  for (let i = 0; i < a.data.length; i++) most = Math.max(most, Math.abs(a.data[i]! - b.data[i]!));
  return most;
}

/**
 * A matrix by rows in a memory of its own, which begins at a page: its first number, and how much wider its rows are.
 */
function matrixOf(rows: number, columns: number, first: number, wider: number, seed: number): Matrix {
  const { buffer } = new WebAssembly.Memory({ initial: 8, maximum: 8, shared: true });
  const data = new Float64Array(buffer);
  data.set(numbersOf(seed));
  return { data, first, rows, columns, rowStride: columns + wider, columnStride: 1, imaginary: 0, sign: 1 };
}

/** The ways in which a matrix of so many rows and columns may lie. */
const layouts: Readonly<Record<string, (rows: number, columns: number, seed: number) => Matrix>> = {
  dense: (rows, columns, seed) => matrixOf(rows, columns, 0, 0, seed),
  "dense, not aligned": (rows, columns, seed) => matrixOf(rows, columns, 3, 0, seed),
  "a part of wider rows": (rows, columns, seed) => matrixOf(rows, columns, 17, 40, seed),
  "by columns": (rows, columns, seed) => turned(matrixOf(columns, rows, 8, 0, seed)),
  "a part of longer columns": (rows, columns, seed) => turned(matrixOf(columns, rows, 5, 9, seed)),
};
const cases = Object.keys(layouts).flatMap((c) =>
  Object.keys(layouts).flatMap((a) => Object.keys(layouts).map((b) => [c, a, b] as const)),
);

describe.runIf(native)("products on TensorFlow", () => {
  test.each(cases)(
    "a product of TensorFlow is added to the right part: %s, of %s · %s",
    (cLayout, aLayout, bLayout) => {
      const before = load().binding.getNumOfTensors();
      const multiply = stridedProducts(load, true)(untouched);
      for (const sign of [1, -1] as const) {
        const [a, b] = [layouts[aLayout]!(m, k, 1), layouts[bLayout]!(k, n, 2)];
        const [c, expected] = [layouts[cLayout]!(m, n, 3), layouts[cLayout]!(m, n, 3)];
        multiply(c, a, b, sign);
        plainKernels.multiply(expected, a, b, sign);
        expect(distance(c, expected)).toBeLessThan(k * 2 ** -50);
      }
      expect(load().binding.getNumOfTensors()).toBe(before);
    },
  );

  test("products are right in memory that begins at any address", () => {
    const multiply = stridedProducts(load, false)(untouched);
    const [a, b] = [layouts.dense!(m, k, 1), layouts.dense!(k, n, 2)];
    const [c, expected] = [layouts.dense!(m, n, 3), layouts.dense!(m, n, 3)];
    multiply(c, a, b, -1);
    plainKernels.multiply(expected, a, b, -1);
    expect(distance(c, expected)).toBeLessThan(k * 2 ** -50);
  });

  test("small and thin products are left to the backend", () => {
    const asked: number[][] = [];
    const multiply = stridedProducts(load, true)((c, a) => void asked.push([c.rows, a.columns, c.columns]));
    for (const [rows, inner, columns] of [
      [100, 100, 100],
      [300, 16, 300],
      [3000, 300, 8],
    ] as const)
      multiply(layouts.dense!(rows, columns, 1), layouts.dense!(rows, inner, 2), layouts.dense!(inner, columns, 3), 1);
    expect(asked).toEqual([[100, 100, 100], [300, 16, 300], [3000, 300, 8]]); // biome-ignore format: a table
  });
});

test.runIf(native)("a large inverse is embedded where there are threads, and is one", () => {
  const backend = new TensorFlowBackend(new WasmBackend());
  checkInverse(backend, 2500, [0, 1234, 2499], (call) => {
    expect(implementations.get("inv")!.takes(call)).toBe(false);
  });
});
