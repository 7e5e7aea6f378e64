/** Detects calls that are taken for another one's repetition although they move through memory in another way. */
import { expect, test } from "vitest";
import type { LoopCall } from "#src/kernels/backend";
import { Walk } from "#src/kernels/walk";
import { WasmBackend } from "#src/kernels/wasm/backend";
import { compileMap } from "#src/program/compile";
import * as s from "#src/program/scalar";

const plusOne = compileMap([s.binary("add", s.input(0, "float64"), s.constant(1, "float64"))]);

function callOf(counts: readonly number[], input: number, strides: readonly number[], result: number): LoopCall {
  return {
    loop: plusOne,
    counts,
    inputs: [{ offset: input, strides }],
    results: [{ offset: result, strides: counts.length === 1 ? [1] : [counts[1] ?? 1, 1] }],
  };
}

test("a call elsewhere in memory has the same walk; one with other counts, strides or dimensions has not", () => {
  const walk = new Walk(callOf([2, 3], 0, [3, 1], 800));
  expect(walk.isOf(callOf([2, 3], 64, [3, 1], 1600))).toBe(true);
  expect(walk.isOf(callOf([3, 3], 0, [3, 1], 800))).toBe(false);
  expect(walk.isOf(callOf([2, 3], 0, [4, 1], 800))).toBe(false);
  expect(walk.isOf(callOf([2, 3], 0, [3, 0], 800))).toBe(false);
  expect(walk.isOf(callOf([6], 0, [1], 800))).toBe(false);
});

test("a walk does not follow the lists of the call that it was made from", () => {
  const counts = [2, 3];
  const walk = new Walk(callOf(counts, 0, [3, 1], 800));
  counts[0] = 1;
  expect(walk.isOf(callOf([2, 3], 0, [3, 1], 800))).toBe(true);
});

test("calls with the same walk, with another one between them, each compute their own points", () => {
  const backend = new WasmBackend();
  const memory = new Float64Array(backend.buffer, 0, 300);
  for (let i = 0; i < 100; i++) memory[i] = i;
  const results = (): number[] => Array.from(memory.subarray(100, 106));
  backend.run(callOf([2, 3], 0, [3, 1], 800));
  expect(results()).toEqual([1, 2, 3, 4, 5, 6]);
  backend.run(callOf([2, 3], 80, [3, 1], 800));
  expect(results()).toEqual([11, 12, 13, 14, 15, 16]);
  backend.run(callOf([2, 3], 0, [10, 2], 800));
  expect(results()).toEqual([1, 3, 5, 11, 13, 15]);
  backend.run(callOf([2, 3], 160, [3, 1], 1600));
  expect(results()).toEqual([1, 3, 5, 11, 13, 15]);
  expect(Array.from(memory.subarray(200, 206))).toEqual([21, 22, 23, 24, 25, 26]);
  backend.run(callOf([0, 3], 0, [3, 1], 800));
  expect(results()).toEqual([1, 3, 5, 11, 13, 15]);
});

test("backends that share kernels run each call in their own memory", () => {
  const backend = new WasmBackend();
  const other = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  new Float64Array(other.buffer)[0] = 5;
  backend.run(callOf([1], 0, [1], 800));
  backend.within(other).run(callOf([1], 0, [1], 800));
  expect([new Float64Array(backend.buffer)[100], new Float64Array(other.buffer)[100]]).toEqual([1, 6]);
});
