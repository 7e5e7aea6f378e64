/**
 * The exponential of matrices against Taylor's series in extended precision, of small and large norms, real and
 * complex. Detects a wrong coefficient, a missing squaring, and numbers that are lost by scaling.
 */
import { NDArray } from "chunkwise";
import { describe, expect, test } from "vitest";
import { factsOf } from "#src/data/dtype";
import type { Backend } from "#src/kernels/backend";
import { JavaScriptBackend } from "#src/kernels/javascript/backend";
import { WasmBackend } from "#src/kernels/wasm/backend";
import { randomOf } from "../conformance/backend/values.js";
import type { Question } from "../support/numpy.js";
import { expectSmall, unit, wide } from "../support/residuals.js";
import { callRoutine } from "../support/routines.js";

const backends: readonly (readonly [string, Backend])[] = [
  ["wasm", new WasmBackend()],
  ["javascript", new JavaScriptBackend()],
];
const dtypes = ["float64", "float32", "complex128", "complex64"] as const;
const each = backends.flatMap(([name, backend]) => dtypes.map((dtype) => [name, dtype, backend] as const));

type Floating = (typeof dtypes)[number];

function matrix(dtype: Floating, n: number, value: (place: number) => number): NDArray {
  const { part, kind } = factsOf(dtype);
  const values = Array.from({ length: (kind === "complex" ? 2 : 1) * n * n }, (_, place) => value(place));
  return new NDArray(dtype, [n, n], (part === "float32" ? Float32Array : Float64Array).from(values));
}

describe.each(each)("expm on the backend %s in %s", (_, dtype, backend) => {
  const { part, kind } = factsOf(dtype);
  const width = kind === "complex" ? 2 : 1;
  const expm = (a: NDArray): NDArray => callRoutine(backend, "expm", [a], [[dtype, a.shape]])[0]!;

  test("the exponential of random matrices agrees with NumPy", async () => {
    const questions: Question[] = [];
    for (const n of [0, 1, 2, 5, 17, 33]) {
      for (const size of [1e-200, 1e-3, 1, 20]) {
        if (part === "float32" && size < 1e-30) continue;
        const next = randomOf(n + 1);
        const a = matrix(dtype, n, () => (size * (2 * next() - 1)) / Math.max(1, Math.sqrt(n)));
        const length = "len(a) * max(1, np.linalg.norm(a, 1) if a.size else 0)";
        questions.push({ code: unit(part, "x - expm(a)", "expm(a)", length), arrays: wide({ a, x: expm(a) }) });
      }
    }
    await expectSmall(questions);
  });

  test("the exponential is right for numbers far apart, and NaN where a number is not finite", () => {
    const far = matrix(dtype, 2, (place) => (place === 0 ? -1e30 : 0));
    expect(Array.from(expm(far).data as Float64Array)).toEqual(
      Array.from(matrix(dtype, 2, (place) => Number(place === 3 * width)).data as Float64Array),
    );
    const none = matrix(dtype, 2, (place) => (place === 1 ? Number.NaN : 1));
    expect(Array.from(expm(none).data as Float64Array).every(Number.isNaN)).toBe(true);
  });
});
