/**
 * What the JavaScript backend does beyond the conformance suite: places that are not aligned, and standing in for
 * WebAssembly.
 */
import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { JavaScriptBackend } from "#src/kernels/javascript/backend";
import { expressionOf } from "#src/kernels/javascript/expressions";
import { compileFold, compileMap } from "#src/program/compile";
import { add, input, mul } from "#src/program/scalar";

describe("the JavaScript backend", () => {
  test("works at addresses that are not aligned to the element", () => {
    const backend = new JavaScriptBackend();
    backend.reserve(200);
    const view = new DataView(backend.buffer);
    for (let k = 0; k < 5; k++) view.setFloat64(3 + 8 * k, k + 0.5, true);
    const x = input(0, "float64");
    const squares = compileMap([mul(x, x)]);
    const run = { counts: [5], inputs: [{ offset: 3, strides: [1] }] };
    backend.run({ ...run, loop: squares, results: [{ offset: 101, strides: [-1] }] });
    backend.run({
      ...run,
      loop: compileFold([x], ([a], [b]) => [add(a!, b!)]),
      results: [{ offset: 50, strides: [0] }],
    });
    expect([0, 1, 2, 3, 4].map((k) => view.getFloat64(101 - 8 * k, true))).toEqual([0.25, 2.25, 6.25, 12.25, 20.25]);
    expect(view.getFloat64(50, true)).toBe(12.5);
    // the same loop over aligned places needs a function of its own
    backend.run({
      ...run,
      loop: squares,
      inputs: [{ offset: 0, strides: [0] }],
      results: [{ offset: 8, strides: [1] }],
    });
    expect(view.getFloat64(8 + 4 * 8, true)).toBe(view.getFloat64(0, true) ** 2);
  });

  test("writes arithmetic as text, and calls functions for all else", () => {
    const outside = (): string => "f0";
    expect(expressionOf("add", "float64", "float64", ["a", "b"], outside)).toBe("a + b");
    expect(expressionOf("sqrt", "float32", "float32", ["a"], outside)).toBe("Math.fround(Math.sqrt(a))");
    expect(expressionOf("sub", "int8", "int8", ["a", "b"], outside)).toBe("(a - b) << 24 >> 24");
    expect(expressionOf("mod", "int64", "int64", ["a", "b"], outside)).toBe("f0(a, b)");
  });
});

/** Computes in a process of its own, and gives what it prints. */
function printed(...flags: readonly string[]): string {
  const program = `
    import { arange, compute } from "chunkwise";
    const x = arange(1000, { dtype: "float64", chunks: 300 });
    const results = [];
    for (const workers of [0, 2]) {
      const arrays = [x.multiply(2).sum(), x.reshape([10, 100]).max(0), x.sqrt(), x.sin().astype("int64")];
      results.push(...await compute(arrays, { workers }));
    }
    console.log(typeof WebAssembly, results.map(({ data }) => data.join()).join(" "));
  `;
  return execFileSync(process.execPath, [...flags, "--input-type=module", "--eval", program], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
}

test("a computation without WebAssembly has the same result", () => {
  const [without, withIt] = [printed("--jitless"), printed()];
  expect(without).toMatch(/^undefined 999000 900,/);
  expect(withIt.replace(/^object/, "undefined")).toBe(without);
});
