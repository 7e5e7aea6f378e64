/**
 * Detects transforms that lose digits or are wrong at some length, compiled steps that differ from plain ones, a cache
 * without end.
 */
import { NDArray } from "chunkwise";
import { describe, expect, test } from "vitest";
import { allocate, type DType, factsOf, type TypedArray } from "#src/data/dtype";
import { PAGE_BYTES } from "#src/data/memory";
import type { Backend } from "#src/kernels/backend";
import { ReferenceBackend } from "#src/kernels/reference";
import { WasmBackend } from "#src/kernels/wasm/backend";
import { wasmBuffersIn } from "#src/kernels/wasm/fourier";
import { type FourierForm, fourierLengths } from "#src/program/routines/fourier";
import { type FourierBuffers, plainBuffers } from "#src/routines/fft/buffers";
import { Roots } from "#src/routines/fft/roots";
import { type Transform, type TransformKind, Transforms } from "#src/routines/fft/transform";
import { randomOf } from "../../conformance/backend/values.js";
import { numpy } from "../../support/numpy.js";
import { callRoutine } from "../../support/routines.js";

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

const transforms = new Transforms();

/** Where a transform lies behind its row, with room between them: at a place that is aligned to 32 bytes only. */
const baseOf = ({ length }: Float64Array): number => Math.ceil((length + 16) / 8) * 8 + 4;

/** Memory for a transform at `base`, behind a row and in front of its result, and what stays untouched around them. */
function memoryOf({ layout }: Transform, base: number, output: number): WebAssembly.Memory {
  const pages = Math.ceil((8 * (base + layout.floats + output + 64)) / PAGE_BYTES);
  return new WebAssembly.Memory({ initial: pages, maximum: 2 ** 16, shared: true });
}

const buffersBy = {
  JavaScript: (memory: WebAssembly.Memory): FourierBuffers => plainBuffers(new Float64Array(memory.buffer, 0, 8)),
  WebAssembly: (memory: WebAssembly.Memory): FourierBuffers =>
    wasmBuffersIn(memory)(new Float64Array(memory.buffer, 0, 8)),
};

/** Transforms a row that lies at a position; NaN all around must neither be read nor written over. */
function transformed(
  makeRoom: (memory: WebAssembly.Memory) => FourierBuffers,
  sort: TransformKind,
  row: Float64Array,
  scale = 1,
  at = 1,
) {
  const { output } = fourierLengths(sort);
  const transform = transforms.of(sort);
  const { floats } = transform.layout;
  const base = baseOf(row);
  const buffers = makeRoom(memoryOf(transform, base, output));
  const { data } = buffers;
  const to = base + floats + 1;
  data.fill(Number.NaN, 0, to + output + 1);
  data.set(row, at);
  const there = transform.in({ buffers, base, scale });
  there.run(at, to);
  expect(bits(data.subarray(at, at + row.length)) === bits(row)).toBe(true);
  for (const free of [at + row.length, base - 1, base + floats, to + output]) expect(data[free]).toBeNaN();
  const result = data.slice(to, to + output);
  // a row that was put into the workspace, and a result that stays there
  data.set(row, there.input);
  const kept = there.run(there.input);
  expect(bits(data.subarray(kept, kept + output)) === bits(result)).toBe(true);
  return result;
}

const bits = ({ buffer, byteOffset, byteLength }: Float64Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString("latin1");

/** ‖a − b‖ / ‖b‖. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [difference, size] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    size += b[i]! ** 2;
  }
  return Math.sqrt(difference / size);
}

describe.each(["JavaScript", "WebAssembly"] as const)("transforms in %s are exact to half of eps · log2 n", (name) => {
  const buffers = buffersBy[name];
  test.each(Object.keys(exact))("the transform is exact to half of eps · log2 n: %s", async (key) => {
    const [form, sign] = key.split(" ") as [FourierForm, string];
    const random = randomOf(5);
    const cases = lengths.map((n) => {
      const { input } = fourierLengths({ n, form });
      const data = Float64Array.from({ length: input }, () => random() - 0.5);
      const x = form === "toHalf" ? new NDArray("float64", [n], data) : new NDArray("complex128", [input / 2], data);
      const sort = { n, form, sign: Number(sign) as 1 | -1 };
      const ours = transformed(buffers, sort, data);
      expect(
        distance(
          transformed(buffers, sort, data, 0.25),
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

test.each(Object.keys(exact))("compiled steps give the same bits as plain ones, wherever a row lies: %s", (key) => {
  const [form, sign] = key.split(" ") as [FourierForm, string];
  const random = randomOf(6);
  for (const n of [...lengths, 48, 60, 90, 144, 286, 350, 2002, 4000, 4290]) {
    const sort = { n, form, sign: Number(sign) as 1 | -1 };
    const row = Float64Array.from({ length: fourierLengths(sort).input }, () => random() - 0.5);
    for (const scale of [1, 1 / 3]) {
      const expected = bits(transformed(buffersBy.JavaScript, sort, row, scale));
      for (const at of [0, 1]) {
        expect(bits(transformed(buffersBy.WebAssembly, sort, row, scale, at)) === expected, `${n}`).toBe(true);
      }
    }
  }
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

test("the transforms that were used last are kept, up to a number of bytes", () => {
  const kept = new Transforms(50_000);
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

describe("the routine fft: a row gives the same bits alone, beside others, and on another backend", () => {
  const kinds = [
    ["toHalf", "float64", "complex128"],
    ["toHalf", "float32", "complex64"],
    ["complex", "complex128", "complex128"],
    ["complex", "complex64", "complex64"],
    ["complex", "float64", "complex128"],
    ["fromHalf", "complex128", "float64"],
    ["fromHalf", "complex64", "float32"],
  ] as const;
  const backends = [new WasmBackend(), new ReferenceBackend()];
  const lengthOf = (array: FourierForm, form: FourierForm, n: number): number =>
    array === form ? Math.floor(n / 2) + 1 : n;
  test.each(kinds)(
    "a row gives the same bits alone, beside others and on another backend: %s of %s",
    (form, dtype, result) => {
      const random = randomOf(8);
      for (const n of [1, 2, 5, 12, 53, 90]) {
        const [given, wanted] = [lengthOf("fromHalf", form, n), lengthOf("toHalf", form, n)];
        // rows that are full, and rows that are filled up with zeros
        for (const count of new Set([given, Math.ceil(given / 2)])) {
          const params = { n, axis: 1, form, inverse: form === "fromHalf", scale: 1 / 3 };
          const run = (backend: Backend, shape: readonly number[], data: TypedArray): NDArray =>
            callRoutine(
              backend,
              "fft",
              [new NDArray<DType>(dtype, shape, data)],
              [[result, shape.with(1, wanted)]],
              params,
            )[0]!;
          const width = factsOf(dtype).kind === "complex" ? 2 : 1;
          const outer = factsOf(result).kind === "complex" ? 2 : 1;
          for (const beside of [1, 3, 8, 19]) {
            const data = allocate(dtype, 2 * count * beside) as Float64Array;
            for (let i = 0; i < data.length; i++) data[i] = random() - 0.5;
            const [fast, plain] = backends.map(
              (backend) => run(backend, [2, count, beside], data).data as Float64Array,
            );
            expect(bits(fast!) === bits(plain!), `${n} ${count} ${beside}`).toBe(true);
            for (const row of [0, beside - 1]) {
              const [alone, among] = [allocate(dtype, count), allocate(result, wanted)] as [Float64Array, Float64Array];
              for (let i = 0; i < alone.length; i++) {
                alone[i] = data[(Math.floor(i / width) * beside + row) * width + (i % width)]!;
              }
              for (let i = 0; i < among.length; i++) {
                among[i] = fast![(Math.floor(i / outer) * beside + row) * outer + (i % outer)]!;
              }
              const single = run(backends[0]!, [1, count], alone).data as Float64Array;
              expect(bits(single) === bits(among), `${n} ${count} ${beside} ${row}`).toBe(true);
            }
          }
        }
      }
    },
  );
});
