/** The routine `matmul` beside the definition of a matrix product: integers exactly, floats within a tolerance. */
import { expect } from "vitest";
import { type DType, factsOf, viewOf } from "#src/data/dtype";
import type { Backend } from "#src/kernels/backend";
import type { Value } from "#src/program/evaluate";
import { workspaceBytes } from "#src/program/routines/table";
import { randomOf, randomValue } from "./values.js";

const shapes = [
  [1, 1, 1],
  [3, 5, 4],
  [8, 17, 9],
  [2, 0, 3],
  [0, 4, 2],
  [2, 7, 5],
  [4, 3, 4],
  [33, 6, 1],
  [1, 40, 16],
] as const;

/** A sum of products as it is written on paper. */
interface Cell {
  readonly start: readonly Value[];
  readonly terms: readonly (readonly [Value, Value])[];
}

/** The parts of one output element: one, or two for complex numbers, whose second factors carry the sign. */
function partsOf(start: readonly Value[], left: readonly Value[][], right: readonly Value[][]): Cell[] {
  if (start.length === 1) return [{ start, terms: left.map((a, p) => [a[0]!, right[p]![0]!]) }];
  const [re, im] = [0, 1].map((i) => left.map((z) => Number(z[i])));
  const [x, y] = [0, 1].map((i) => right.map((z) => Number(z[i])));
  return [
    { start: [start[0]!], terms: left.flatMap((_, p) => [[re![p]!, x![p]!] as const, [im![p]!, -y![p]!] as const]) },
    { start: [start[1]!], terms: left.flatMap((_, p) => [[re![p]!, y![p]!] as const, [im![p]!, x![p]!] as const]) },
  ];
}

function checkCell(dtype: DType, actual: Value, { start, terms }: Cell): void {
  const { kind, part, bytes } = factsOf(dtype);
  if (kind === "int" || kind === "uint" || kind === "bool") {
    const sum = terms.reduce((total, [a, b]) => total + BigInt(a) * BigInt(b), BigInt(start[0]!));
    const wrapped = kind === "int" ? BigInt.asIntN(8 * bytes, sum) : BigInt.asUintN(8 * bytes, sum);
    expect(BigInt(actual)).toBe(kind === "bool" ? BigInt(sum !== 0n) : wrapped);
    return;
  }
  const products = [Number(start[0]), ...terms.map(([a, b]) => Number(a) * Number(b))];
  const sum = products.reduce((total, x) => total + x, 0);
  const size = products.reduce((total, x) => total + Math.abs(x), 0);
  expect(Math.abs(Number(actual) - sum)).toBeLessThanOrEqual((part === "float32" ? 1e-5 : 1e-12) * size);
}

/** Checks products of one dtype, of fresh outputs and of outputs that are added to. */
export function checkMatmul(backend: Backend, dtype: DType): void {
  const { kind, part, bytes } = factsOf(dtype);
  const width = kind === "complex" ? 2 : 1;
  for (const [m, k, n] of shapes) {
    for (const first of [true, false]) {
      const random = randomOf(m * 100 + k * 10 + n);
      const sizes = [m * k, k * n, m * n];
      const addresses = [64, 64 + sizes[0]! * bytes, 64 + (sizes[0]! + sizes[1]!) * bytes];
      const block = (at: number, shape: readonly number[]) => ({ dtype, shape, offset: addresses[at]! });
      const inputs = [block(0, [m, k]), block(1, [k, n])];
      const workspace = Math.ceil((addresses[2]! + sizes[2]! * bytes) / 64) * 64;
      backend.reserve(workspace + workspaceBytes("matmul", inputs, null));
      const view = (at: number): Value[] =>
        viewOf(dtype, backend.buffer, addresses[at]!, sizes[at]!) as unknown as Value[];
      for (const at of [0, 1, 2]) {
        for (let index = 0; index < sizes[at]! * width; index++) view(at)[index] = randomValue(part, random, "mild");
      }
      // a routine must not read the noise that lies in a fresh output
      const before = first ? new Array<Value>(sizes[2]! * width).fill(0) : [...view(2)];
      backend.call({ routine: "matmul", params: null, inputs, outputs: [block(2, [m, n])], first, workspace });

      const element = (values: ArrayLike<Value>, index: number): Value[] =>
        Array.from({ length: width }, (_, which) => values[index * width + which]!);
      for (let index = 0; index < m * n; index++) {
        const [i, j] = [Math.floor(index / n), index % n];
        const left = Array.from({ length: k }, (_, p) => element(view(0), i * k + p));
        const right = Array.from({ length: k }, (_, p) => element(view(1), p * n + j));
        const cells = partsOf(element(before, index), left, right);
        for (const [which, cell] of cells.entries()) checkCell(dtype, view(2)[index * width + which]!, cell);
      }
    }
  }
}
