import { describe, expect, test } from "vitest";
import { ReferenceBackend } from "#src/kernels/reference";
import { compileFold, compileMap } from "#src/program/compile";
import { add, cast, constant, input, mul } from "#src/program/scalar";

describe("the reference backend", () => {
  test("works at addresses that are not aligned to the element", () => {
    const backend = new ReferenceBackend();
    backend.reserve(200);
    const view = new DataView(backend.buffer);
    for (let k = 0; k < 5; k++) view.setFloat64(3 + 8 * k, k + 0.5, true);
    const x = input(0, "float64");
    const run = { counts: [5], inputs: [{ offset: 3, strides: [1] }] };
    backend.run({ ...run, loop: compileMap([mul(x, x)]), results: [{ offset: 101, strides: [-1] }] });
    backend.run({
      ...run,
      loop: compileFold([x], ([a], [b]) => [add(a!, b!)]),
      results: [{ offset: 50, strides: [0] }],
    });
    expect([0, 1, 2, 3, 4].map((k) => view.getFloat64(101 - 8 * k, true))).toEqual([0.25, 2.25, 6.25, 12.25, 20.25]);
    expect(view.getFloat64(50, true)).toBe(12.5);
  });

  test("counts instead of loading a counted input, from the offset on", () => {
    const backend = new ReferenceBackend();
    backend.reserve(64);
    const loop = compileMap([cast(input(0, "float64"), "int32")], { counted: new Set([0]) });
    const inputs = [{ offset: 100, strides: [10, -1] }];
    backend.run({ loop, counts: [2, 3], inputs, results: [{ offset: 0, strides: [3, 1] }] });
    expect([...new Int32Array(backend.buffer, 0, 6)]).toEqual([100, 99, 98, 110, 109, 108]);
  });

  test("merges with the present content of the results", () => {
    const backend = new ReferenceBackend();
    backend.reserve(64);
    const memory = new Float64Array(backend.buffer);
    memory.set([1, 2, 3, 100]);
    const loop = compileFold([add(input(0, "float64"), constant(1, "float64"))], ([a], [b]) => [add(a!, b!)]);
    const call = { loop, inputs: [{ offset: 0, strides: [1] }], results: [{ offset: 24, strides: [0] }] };
    backend.run({ ...call, counts: [3] });
    expect(memory[3]).toBe(109);
    backend.run({ ...call, counts: [0] });
    expect(memory[3]).toBe(109);
  });
});

describe("routines of the reference backend", () => {
  test("refuse an unknown name, and blocks that do not fit", () => {
    const backend = new ReferenceBackend();
    backend.reserve(1024);
    const block = (shape: number[], dtype: "float64" | "int32" = "float64") => ({ dtype, shape, offset: 0 });
    const call = {
      routine: "matmul" as const,
      params: null,
      inputs: [block([2, 3]), block([4, 5])],
      outputs: [block([2, 5])],
      first: true,
      workspace: 0,
    };
    expect(() => backend.call({ ...call, routine: "matmull" as "matmul" })).toThrow(
      'routine: there is none with the name "matmull"',
    );
    expect(() => backend.call(call)).toThrow("matmul: blocks do not fit: [2, 3] · [4, 5] → [2, 5]");
    const mixed = { ...call, inputs: [block([2, 3]), block([3, 5], "int32")] };
    expect(() => backend.call(mixed)).toThrow("matmul: float64 · int32 → float64 is not of one dtype");
  });
});
