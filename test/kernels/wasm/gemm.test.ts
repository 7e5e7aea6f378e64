/**
 * Matrix products in packed blocks: sizes around every edge of a block and of a panel, beside the plain product.
 * Detects a panel packed wrongly at an edge, sums that are stored where the output has no element, and scratch memory
 * that is too small.
 */
import { describe, expect, test } from "vitest";
import { type DType, factsOf, viewOf } from "#src/data/dtype";
import { ReferenceBackend } from "#src/kernels/reference";
import { WasmBackend } from "#src/kernels/wasm/backend";
import { relaxedSimd } from "#src/kernels/wasm/kernel";
import { workspaceBytes } from "#src/program/routines/table";
import { randomOf } from "../../conformance/backend/values.js";

const dtypes: readonly DType[] = ["float32", "float64", "complex64", "complex128"];
const shapes = [
  [1, 1, 1], [4, 4, 4], [4, 8, 8], [5, 3, 9], [3, 0, 4], [0, 2, 3], [2, 3, 0], [127, 5, 3],
  [128, 256, 16], [129, 257, 17],
  [7, 513, 5], [2, 3, 513], [9, 129, 257], [260, 3, 2], [1, 300, 520], [300, 130, 1],
] as const; // biome-ignore format: a table

/** A number of guard bytes behind everything that a routine may write. */
const guard = 256;

/** Runs a product on both backends; NaN surrounds the output and in the workspace. */
function productsOf(backend: WasmBackend, dtype: DType, [m, k, n]: readonly [number, number, number], first: boolean) {
  const { bytes, kind, part } = factsOf(dtype);
  const shapesOf = [[m, k], [k, n], [m, n]]; // biome-ignore format: a list
  const starts = [0, m * k, m * k + k * n].map((count, i) => count * bytes + (i + 1) * guard);
  const blocks = shapesOf.map((shape, i) => ({ dtype, shape, offset: starts[i]! }));
  const workspace = Math.ceil((starts[2]! + m * n * bytes + guard) / 64) * 64;
  const room = workspaceBytes("matmul", blocks.slice(0, 2), null);
  const end = workspace + room + guard;
  const width = kind === "complex" ? 2 : 1;
  return [backend, new ReferenceBackend()].map((on) => {
    on.reserve(end);
    const all = viewOf(part, on.buffer, 0, Math.floor(end / factsOf(part).bytes)) as Float64Array;
    all.fill(Number.NaN);
    const random = randomOf(m * 31 + k * 7 + n);
    for (const block of blocks) {
      const data = viewOf(dtype, on.buffer, block.offset, block.shape[0]! * block.shape[1]!) as Float64Array;
      for (let i = 0; i < data.length; i++) data[i] = random() * 2 - 1;
    }
    const [a, b, c] = blocks as [(typeof blocks)[0], (typeof blocks)[0], (typeof blocks)[0]];
    on.call({ routine: "matmul", params: null, inputs: [a, b], outputs: [c], first, workspace });
    const result = (viewOf(dtype, on.buffer, c.offset, m * n) as Float64Array).slice(0, m * n * width);
    const outside = [0, starts[2]! + m * n * bytes, workspace + room].map((at) => all[at / factsOf(part).bytes]);
    expect(outside).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    return result;
  });
}

describe.each(relaxedSimd ? [true, false] : [false])("products with fused %s", (fused) => {
  const backend = new WasmBackend({ fused });
  test.each(dtypes)("are right in %s, at every edge of blocks and panels", (dtype) => {
    const eps = factsOf(dtype).part === "float32" ? 2 ** -23 : 2 ** -52;
    for (const shape of shapes) {
      for (const first of [true, false]) {
        const [ours, plain] = productsOf(backend, dtype, shape, first);
        let most = 0;
        for (let i = 0; i < ours!.length; i++) most = Math.max(most, Math.abs(ours![i]! - plain![i]!));
        // numbers up to 1: a sum of k terms is off by at most k · ε / 2 · Σ|terms|, and far less in practice
        expect(most, String(shape)).toBeLessThanOrEqual(eps * (shape[1] + 4));
        expect([...ours!].some(Number.isNaN)).toBe(false);
      }
    }
  });
});

test("the bits of an element do not depend on where it lies", () => {
  const backend = new WasmBackend();
  const product = (m: number, n: number): Float32Array => {
    const [ours] = productsOf(backend, "float32", [m, 300, n], true);
    return ours as unknown as Float32Array;
  };
  expect(product(37, 21)).toEqual(product(37, 21));
  const at = (m: number, k: number, n: number, from: number): Float32Array => {
    const bytes = 4;
    const offsets = [0, 4096 * bytes * 10, 4096 * bytes * 20];
    const workspace = 4096 * bytes * 30;
    const inputs = [
      { dtype: "float32" as const, shape: [m, k], offset: offsets[0]! + from * k * bytes },
      { dtype: "float32" as const, shape: [k, n], offset: offsets[1]! },
    ];
    backend.reserve(workspace + workspaceBytes("matmul", inputs, null));
    const data = new Float32Array(backend.buffer as ArrayBuffer, 0, 4096 * 20);
    const random = randomOf(5);
    for (let i = 0; i < data.length; i++) data[i] = random();
    const output = { dtype: "float32" as const, shape: [m, n], offset: offsets[2]! };
    backend.call({ routine: "matmul", params: null, inputs, outputs: [output], first: true, workspace });
    return new Float32Array(backend.buffer as ArrayBuffer, offsets[2]!, m * n).slice();
  };
  const whole = at(21, 300, 13, 0);
  for (let row = 0; row < 21; row++) expect(at(1, 300, 13, row)).toEqual(whole.subarray(row * 13, row * 13 + 13));
});

test("blocks that do not fit are refused before anything is written", () => {
  const block = (shape: number[]) => ({ dtype: "float64" as const, shape, offset: 0 });
  const call = {
    routine: "matmul" as const,
    params: null,
    inputs: [block([2, 3]), block([4, 5])],
    first: true,
    workspace: 0,
  };
  expect(() => new WasmBackend().call({ ...call, outputs: [block([2, 5])] })).toThrow(
    "matmul: blocks do not fit: [2, 3] · [4, 5] → [2, 5]",
  );
});
