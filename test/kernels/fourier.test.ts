/** Detects transforms that lose digits or are wrong at some length, steps that differ between memories, a cache without end. */
import { NDArray } from "chunkwise";
import { describe, expect, test } from "vitest";
import { plainRoom } from "#src/kernels/fft/room";
import { Roots } from "#src/kernels/fft/roots";
import { type Form, lengthsOf, Transform, Transforms } from "#src/kernels/fft/transform";
import { makeRoom } from "#src/kernels/wasm/fourier";
import { randomOf } from "../conformance/backend/values.js";
import { numpy } from "../support/numpy.js";

/** Every length up to 40, powers, products, primes small and large, and lengths around them. */
const lengths = [
  ...Array.from({ length: 40 }, (_, i) => i + 1),
  ...[49, 64, 97, 101, 121, 127, 128, 169, 211, 243, 289, 360, 509, 512, 625, 1000, 1001, 1009, 1024, 2003, 2048, 4001],
  ...[4096, 4099, 8192, 10_007, 16_384, 30_030],
];

/** The exact results, rounded once: NumPy's own algorithm in numbers of 64 bits of mantissa. */
const exact: Readonly<Record<string, string>> = {
  "complex -1": "np.fft.fft(x.astype(np.clongdouble)).astype(np.complex128)",
  "complex 1": "np.fft.ifft(x.astype(np.clongdouble), norm='forward').astype(np.complex128)",
  "toHalf -1": "np.fft.rfft(x.astype(np.longdouble)).astype(np.complex128)",
  "fromHalf 1": "np.fft.irfft(x.astype(np.clongdouble), n, norm='forward').astype(np.float64)",
};

function transformed(transform: Transform, row: Float64Array, output: number, scale = 1): Float64Array {
  transform.data.set(row, transform.input);
  const at = transform.run(scale);
  return transform.data.slice(at, at + output);
}

/** ‖a − b‖ / ‖b‖. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [difference, size] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    size += b[i]! ** 2;
  }
  return Math.sqrt(difference / size);
}

describe.each([
  ["JavaScript", plainRoom],
  ["WebAssembly", makeRoom],
] as const)("within half of eps · log2 n, in %s", (_, room) => {
  test.each(Object.keys(exact))("%s", async (key) => {
    const [form, sign] = key.split(" ") as [Form, string];
    const random = randomOf(5);
    const cases = lengths.map((n) => {
      const { input, output } = lengthsOf({ n, form });
      const data = Float64Array.from({ length: input }, () => random() - 0.5);
      const x = form === "toHalf" ? new NDArray("float64", [n], data) : new NDArray("complex128", [input / 2], data);
      const transform = new Transform({ n, form, sign: Number(sign) as 1 | -1 }, room);
      const ours = transformed(transform, data, output);
      expect(transformed(transform, data, output), `${n} again`).toEqual(ours);
      expect(
        distance(
          transformed(transform, data, output, 0.25),
          ours.map((part) => part / 4),
        ),
      ).toBeLessThan(2e-16);
      return { n, ours, question: { code: exact[key]!.replace("n,", `${n},`), arrays: { x } } };
    });
    const answers = await numpy(cases.map(({ question }) => question));
    for (const [i, { n, ours }] of cases.entries()) {
      const answer = answers[i]!;
      if (answer instanceof Error) throw answer;
      const error = distance(ours, answer.data as Float64Array);
      expect(error, `${key} ${n}`).toBeLessThan(0.5 * 2 ** -52 * Math.max(2, Math.log2(n)));
    }
  });
});

test("roots are right to the last bit, and mirror each other", async () => {
  for (const n of [1, 3, 8, 12, 30, 1001, 4096, 10_007]) {
    const roots = new Roots(n);
    const ours = new Float64Array(2 * n);
    for (let k = 0; k < n; k++) roots.put(k, ours, 2 * k);
    const angle = `2 * (4 * np.arctan(np.longdouble(1))) * np.arange(${n}) / ${n}`;
    const [answer] = await numpy([
      { code: `np.stack([np.cos(${angle}), np.sin(${angle})], 1).astype(np.float64)`, arrays: {} },
    ]);
    if (!(answer instanceof NDArray)) throw answer;
    for (let i = 0; i < 2 * n; i++) {
      expect(Math.abs(ours[i]! - Number(answer.data[i])), `${n}: ${i}`).toBeLessThanOrEqual(2 ** -53);
    }
    for (let k = 1; k < n; k++) {
      expect(ours[2 * k]! - ours[2 * (n - k)]!).toBe(0);
      expect(ours[2 * k + 1]! + ours[2 * (n - k) + 1]!).toBe(0);
    }
  }
});

test("transforms are kept, those used last, up to so many bytes", () => {
  const kept = new Transforms(plainRoom, 100_000);
  const first = kept.of({ n: 64, form: "complex", sign: -1 });
  expect(kept.of({ n: 64, form: "complex", sign: -1 })).toBe(first);
  expect(kept.of({ n: 64, form: "complex", sign: 1 })).not.toBe(first);
  for (let n = 100; n < 200; n++) {
    kept.of({ n, form: "complex", sign: -1 });
    expect(kept.of({ n: 64, form: "complex", sign: -1 })).toBe(first);
  }
  expect(kept.size).toBeGreaterThan(3);
  expect(kept.size).toBeLessThan(30);
  const long = kept.of({ n: 20_000, form: "complex", sign: -1 });
  expect(kept.of({ n: 20_000, form: "complex", sign: -1 })).toBe(long);
  expect(kept.size).toBe(1);
  kept.of({ n: 64, form: "complex", sign: -1 });
  expect(kept.size).toBe(1);
});
