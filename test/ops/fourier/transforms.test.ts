/**
 * Detects rows taken from a wrong place of a block, wrong lengths and factors, late or unclear refusals, and blocks too
 * large.
 */
import { join } from "node:path";
import { type ChunkedArray, concat, fft, fromArray, NDArray, openNpy, random, zeros } from "chunkwise";
import { describe, expect, test } from "vitest";
import { assertSame, sample } from "../../support/arrays.js";
import { mistakesOf } from "../../support/bounds.js";
import { temporaryFolder } from "../../support/folder.js";
import { numpy } from "../../support/numpy.js";
import { graphOf } from "../../support/run.js";
import { refuses } from "../refused.js";

const folder = temporaryFolder();

describe("a Fourier transform has the same bits for any chunks, backend and number of workers", () => {
  const x = sample("float64", [6, 10, 5], { seed: 3 });
  test.each([0, 1, 2])("along axis %i", async (axis) => {
    const expected = await fft.fft(fromArray(x, { chunks: -1 }), { axis, n: 12 }).compute();
    for (const chunks of [1, 3, [2, [4, 6], 5]]) {
      const spectrum = fft.fft(fromArray(x, { chunks }), { axis, n: 12 });
      expect(spectrum.chunks[axis]).toEqual([12]);
      expect(mistakesOf(graphOf([spectrum.expr], { stored: "all" }).graph)).toEqual([]);
      for (const workers of [0, 2]) assertSame(await spectrum.compute({ workers }), expected);
    }
  });
});

describe("a block that is transformed in parts has the same bits as row by row", () => {
  const n = 2 ** 14; // eight rows of float64 and their spectra are a part
  const x = sample("float64", [61, n], { seed: 5 });
  const rows = (y: ChunkedArray) => fft.rfft(y.rechunk([1, n]), { axis: 1 }).compute({ workers: 2 });
  const changed: Record<string, (y: ChunkedArray) => ChunkedArray> = {
    unchanged: (y) => y,
    "chunks that end inside parts": (y) => y.rechunk([13, 3000]),
    "every third row, backwards": (y) => y.slice([[null, null, -3]]),
    "the same row again and again": (y) => y.slice([[7, 8], null]).broadcastTo([40, n]),
    "rows of two arrays": (y) => concat([y, y.multiply(2)], { axis: 0 }),
    "what was computed": (y) => y.add(1),
  };
  test.each(Object.entries(changed))("rows of a transform are right where its input is %s", async (_, change) => {
    for (const chunks of [-1, [20, n]]) {
      const y = change(fromArray(x, { chunks }));
      assertSame(await fft.rfft(y, { axis: 1 }).compute({ workers: 2 }), await rows(y));
    }
  });

  test("when it goes from a file to a file", async () => {
    const [from, to] = [join(folder, "x.npy"), join(folder, "spectrum.npy")];
    await fromArray(x).saveNpy(from);
    const y = openNpy(from, { chunks: -1 });
    for (const z of [y, y.slice([[4, 50], null]), y.slice([null, [null, null, -1]])]) {
      await fft.rfft(z, { axis: 1 }).saveNpy(to);
      assertSame(await openNpy(to).compute(), await rows(z));
    }
  });

  test("when it holds a stack of matrices", async () => {
    const stack = fromArray(x).reshape([61, 128, 128]).rechunk(-1);
    const expected = await fft.fft(stack.rechunk([1, 128, 128]), { axis: 1 }).compute();
    assertSame(await fft.fft(stack, { axis: 1 }).compute(), expected);
  });
});

test("a Fourier transform pads an empty axis with zeros, and transforms no rows to no rows", async () => {
  assertSame(await fft.fft(zeros([2, 0]), { n: 3 }).compute(), await zeros([2, 3], { dtype: "complex128" }).compute());
  expect((await fft.rfft(zeros([0, 8])).compute()).shape).toEqual([0, 5]);
  expect((await fft.irfft(zeros([3, 0, 5]), { axis: 0, n: 9 }).compute()).shape).toEqual([9, 0, 5]);
});

test("an inverse transform ignores imaginary parts that a Hermitian spectrum cannot have", async () => {
  const half = sample("complex128", [3, 5], { seed: 4 });
  const [even, odd] = [8, 9];
  for (const n of [even, odd]) {
    const [answer] = await numpy([{ code: `np.fft.irfft(x, ${n})`, arrays: { x: half } }]);
    if (!(answer instanceof NDArray)) throw answer;
    assertSame(await fft.irfft(fromArray(half), { n }).compute(), answer, { ulps: 256 });
  }
});

test("a transform that is followed by its inverse returns the array", async () => {
  const x = random.normal([20, 30, 14], { seed: 1, chunks: [7, 11, 5] });
  const pairs = [
    fft.ifft(fft.fft(x)).real(),
    fft.irfft(fft.rfft(x, { axis: 0, norm: "ortho" }), { axis: 0, norm: "ortho" }),
    fft.irfftn(fft.rfftn(x, { norm: "forward" }), { norm: "forward" }),
    fft.ifft2(fft.fft2(x, { axes: [0, 1] }), { axes: [0, 1] }).real(),
    fft.hfft(fft.ihfft(x), { n: 14 }),
    fft.ifftshift(fft.fftshift(x)),
  ];
  for (const back of pairs) expect((await back.subtract(x).abs().max().compute()).item()).toBeLessThan(1e-13);
});

test("a transform makes a cut axis one chunk, which explain() shows", () => {
  const x = zeros([1000, 4096], { chunks: [100, 512] });
  const spectrum = fft.rfft(x, { axis: 1 });
  expect(spectrum.chunks[1]).toEqual([2049]);
  expect(spectrum.explain()).toMatch(
    /fft\.rfft\(.*axis: 1.*\n.*rechunk .*→ float64 \[1000, 4096\] in \[\d+×\d+, 4096\]/,
  );
  const fits = fft.rfft(zeros([100, 64], { chunks: [30, 64] }));
  expect(fits.chunks).toEqual([[30, 30, 30, 10], [33]]);
  expect(fits.explain()).not.toContain("rechunk");
});

test("a transform keeps blocks small where whole rows would make them large", () => {
  const x = zeros([100_000, 3000], { chunks: [1000, 3000] });
  const spectrum = fft.fft(x, { axis: 0 });
  expect(spectrum.chunks[0]).toEqual([100_000]);
  expect(Math.max(...spectrum.chunks[1]!) * 100_000 * 24).toBeLessThanOrEqual(2 ** 25);
  const cube = fft.fft(zeros([64, 1024, 256], { chunks: -1 }), { axis: 1 });
  expect(cube.chunks.map((sizes) => sizes.reduce((sum, size) => sum + size))).toEqual([64, 1024, 256]);
  expect(cube.chunks[1]).toEqual([1024]);
  expect(cube.chunks[0]![0]! * cube.chunks[2]![0]! * 1024 * 24).toBeLessThanOrEqual(2 ** 25);
});

test("the memory of long transforms is counted before anything runs", async () => {
  const x = zeros([2 ** 22], { dtype: "complex128" });
  await expect(fft.fft(x).abs().sum().compute({ memoryLimit: "128MB" })).rejects.toMatchObject({
    name: "MemoryLimitError",
  });
});

test.each([1, 2, 5, 8, 1001])("the frequencies of %i samples are NumPy's", async (n) => {
  for (const d of [1, 0.1, -3]) {
    const answers = await numpy(
      ["fftfreq", "rfftfreq"].map((name) => ({ code: `np.fft.${name}(${n}, ${d})`, arrays: {} })),
    );
    const ours = [fft.fftfreq(n, { d, chunks: 100 }), fft.rfftfreq(n, { d })];
    for (const [i, answer] of answers.entries()) {
      if (answer instanceof Error) throw answer;
      assertSame(await ours[i]!.compute(), answer, { anyZero: true });
    }
  }
  expect(fft.fftfreq(n, { dtype: "float32" }).dtype).toBe("float32");
});

const expected = "expected a chunked array, an NDArray, a typed array or nested lists";

describe("a Fourier transform", () => {
  const x = zeros([3, 4]);
  const wrong = (value: unknown): never => value as never;
  refuses([
    [
      "no such axis",
      () => fft.fft(x, { axis: 2 }),
      "AxisError",
      "fft.fft: axis 2 is out of range for an array of 2 axes; expected -2 to 1",
    ],
    [
      "no axis",
      () => fft.ifft(zeros([])),
      "AxisError",
      "fft.ifft: axis -1 is out of range for an array of 0 axes; an array of no axes takes none",
    ],
    [
      "an empty axis",
      () => fft.rfft(zeros([3, 0])),
      "ShapeError",
      "fft.rfft: axis 1 has no elements; give the length of the transform as n, at least 1",
    ],
    [
      "half of nothing",
      () => fft.irfft(zeros([3, 1])),
      "ShapeError",
      "fft.irfft: axis 1 is half of a spectrum of 0 numbers; give the length of the transform as n, at least 1",
    ],
    ["n of 0", () => fft.fft(x, { n: 0 }), "ArgumentError", "fft.fft: n must be a whole number of at least 1; got 0"],
    [
      "n of a half",
      () => fft.hfft(x, { n: 2.5 }),
      "ArgumentError",
      "fft.hfft: n must be a whole number of at least 1; got 2.5",
    ],
    [
      "a norm",
      () => fft.fft2(x, { norm: wrong("unitary") }),
      "ArgumentError",
      'fft.fft2: norm must be "backward", "ortho" or "forward"; got "unitary"',
    ],
    [
      "complex numbers",
      () => fft.rfft(x.astype("complex64")),
      "DTypeError",
      "fft.rfft: takes real numbers; got complex64; fft.fft() and fft.ifft() take complex ones",
    ],
    [
      "complex numbers in a plane",
      () => fft.rfftn(x.astype("complex128")),
      "DTypeError",
      "fft.rfftn: takes real numbers; got complex128; fft.fft() and fft.ifft() take complex ones",
    ],
    [
      "an unknown option",
      () => fft.fft(x, wrong({ axes: [0] })),
      "ArgumentError",
      'fft.fft: unknown option "axes"; expected n, axis, norm',
    ],
    [
      "lengths that do not fit",
      () => fft.fftn(x, { s: [4, 4, 4], axes: [0, 1] }),
      "ArgumentError",
      "fft.fftn: s has 3 lengths for 2 axes; expected one for each axis",
    ],
    [
      "a length in place of lengths",
      () => fft.fftn(x, { s: wrong(4) }),
      "ArgumentError",
      "fft.fftn: s must be a list of lengths such as [64, 64]; got 4",
    ],
    [
      "no axes",
      () => fft.fftn(x, { axes: [] }),
      "ArgumentError",
      "fft.fftn: axes must be a list of at least one axis; got []",
    ],
    ["no array", () => fft.fft(wrong("x")), "ArgumentError", `fft.fft: x cannot be "x"; ${expected}`],
    ["no array to shift", () => fft.fftshift(wrong(1)), "ArgumentError", `fft.fftshift: x cannot be 1; ${expected}`],
    [
      "no frequencies",
      () => fft.fftfreq(0),
      "ArgumentError",
      "fft.fftfreq: n must be a whole number of at least 1; got 0",
    ],
    [
      "no distance",
      () => fft.rfftfreq(4, { d: 0 }),
      "ArgumentError",
      "fft.rfftfreq: d must be a finite number other than 0; got 0",
    ],
  ]);
});
