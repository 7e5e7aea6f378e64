/** Detects pictures and explanations that say something else than what would be done. Reviewed as text. */

import { join } from "node:path";
import { inspect } from "node:util";
import {
  arange,
  type ChunkedArray,
  concat,
  explain,
  fft,
  fromArray,
  linalg,
  ones,
  openNpy,
  openZarr,
  random,
} from "chunkwise";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../support/folder.js";
import { native } from "../support/platform.js";
import { countingCalls, rejectionOf } from "./helpers.js";

const options = { workers: 2, memoryLimit: "100MB" };

describe("console.log shows", () => {
  test("an array of many chunks", () => {
    expect(inspect(random.normal([100_000, 1024], { seed: 1, chunks: [4096, -1] }).mean(0))).toMatchInlineSnapshot(`
      "ChunkedArray float64 [1024]
        chunks  [1024]: 1 of up to 8.19 KB
        bytes   8.19 KB
        from    mean(axes: [0])
        tasks   1 for its own chunks; explain() shows the rest"
    `);
  });
  test("uneven chunks", () => {
    expect(
      inspect(
        ones([10, 6], {
          chunks: [
            [3, 7],
            [1, 2, 3],
          ] as never,
        }).T,
      ),
    ).toMatchInlineSnapshot(`
      "ChunkedArray float64 [6, 10]
        chunks  [(1+2+3), (3+7)]: 6 of up to 168 B
        bytes   480 B
        from    transpose(axes: [1, 0])
        tasks   6 for its own chunks; explain() shows the rest"
    `);
  });
  test("no axes, no elements", () => {
    expect(inspect(ones([]))).toMatchInlineSnapshot(`
      "ChunkedArray float64 []
        chunks  []: 1 of up to 8 B
        bytes   8 B
        from    full(1)
        tasks   1 for its own chunks; explain() shows the rest"
    `);
    expect(inspect(ones([0, 3], { dtype: "complex64" }))).toMatchInlineSnapshot(`
      "ChunkedArray complex64 [0, 3]
        chunks  [0, 3]: 1 of up to 0 B
        bytes   0 B
        from    full({re: 1, im: 0})
        tasks   1 for its own chunks; explain() shows the rest"
    `);
  });
});

test("console.log shows the file of an array, and the parameters of an operation", async () => {
  const folder = temporaryFolder();
  await ones([4]).saveNpy(join(folder, "x.npy"));
  await ones([4]).saveZarr(join(folder, "x.zarr"));
  const from = (array: ChunkedArray): string | undefined => /^ {2}from {4}(.*)$/m.exec(inspect(array))?.[1];
  expect(from(openNpy(join(folder, "x.npy")))).toBe(`file(${JSON.stringify(join(folder, "x.npy"))})`);
  expect(from(await openZarr(join(folder, "x.zarr")))).toBe(`file(${JSON.stringify(join(folder, "x.zarr"))})`);
  const x = ones([4, 6], { dtype: "int64" });
  expect(from(x.add(2n))).toBe("add(·, 2n)");
  expect(from(x.add(x))).toBe("add");
  expect(from(x.astype("float32"))).toBe("astype(float32)");
  expect(from(x.sum(0, { keepdims: true }))).toBe("sum(axes: [0], keepdims: true)");
  expect(from(x.sum(1, { dtype: "float32" }))).toBe("sum(axes: [1], options: {dtype: float32})");
  expect(
    from(
      x.slice([
        [0, 3],
        [null, null, -2],
      ]),
    ),
  ).toBe("slice(0:3, 3 from 5 by -2)");
  expect(from(x.mapBlocks((block) => block.data))).toBe("mapBlocks((block) => block.data)");
  expect(from(x.mapBlocks({ module: "m", name: "f" }))).toBe("mapBlocks(f of m)");
});

test("explain numbers a node once, also a leaf that is used twice", () => {
  const x = fromArray([[1, 2]]);
  const lines = x
    .subtract(x.mean(0))
    .add(x)
    .add(fromArray([5, 6]))
    .explain(options)
    .split("\n");
  const nodes = lines.slice(1, lines.indexOf("optimized")).map((line) => line.trim().replace(/ {2}→.*/, ""));
  expect(nodes).toEqual([
    "#1 add",
    "#2 add",
    "#3 subtract",
    "#4 memory",
    "#5 mean(axes: [0])",
    "#4 (above)",
    "#4 (above)",
    "#6 memory",
  ]);
});

test("explain uses the names of operations that users know, and no empty parameters", () => {
  const x = random.normal([40, 40], { seed: 1, chunks: 10 });
  for (const array of [x.std(0), x.argmax(), x.subtract(x.mean(0)), linalg.qr(x).r, fft.fft(x), x.matmul(x)]) {
    expect(text(array)).not.toMatch(/undefined|null|\.fold|counted|spread|more:|slots/);
  }
});

const text = (array: ChunkedArray): string => array.explain(options);

describe("explain() describes", () => {
  test("a reduction: its tree", () => {
    expect(
      text(
        ones([1000, 20], { chunks: [100, -1] })
          .multiply(2)
          .mean(0),
      ),
    ).toMatchInlineSnapshot(`
      "expression
        #1 mean(axes: [0])  → float64 [20] in [20], 160 B
          #2 multiply(·, 2)  → float64 [1000, 20] in [10×100, 20], 160 KB
            #3 full(1)  → float64 [1000, 20] in [10×100, 20], 160 KB
      optimized
        #1 squeeze(axes: [0])  → float64 [20] in [20], 160 B
          #2 mean  → float64 [1, 20] in [1, 20], 160 B
            #3 partial mean  → float64 [10, 20] in [10×1, 20], 1.60 KB
              #4 multiply(·, 2)  → float64 [1000, 20] in [10×100, 20], 160 KB
                #5 full(1)  → float64 [1000, 20] in [10×100, 20], 160 KB
      tasks: 12
              10 × partial mean
               1 × mean from partial mean
               1 × squeeze from mean
      bytes to read: 0 B
      memory: 34.1 KB with one worker, about 66.6 KB with 2, of 100 MB"
    `);
  });
  test("an elementwise chain: one task a chunk", () => {
    expect(
      text(arange(12, { dtype: "float64" }).reshape([3, 4]).rechunk([2, 2]).subtract(1).multiply(2)),
    ).toMatchInlineSnapshot(`
      "expression
        #1 multiply(·, 2)  → float64 [3, 4] in [2×2, 2×2], 96 B
          #2 subtract(·, 1)  → float64 [3, 4] in [2×2, 2×2], 96 B
            #3 rechunk  → float64 [3, 4] in [2×2, 2×2], 96 B
              #4 reshape  → float64 [3, 4] in [3, 4], 96 B
                #5 astype(float64)  → float64 [12] in [12], 96 B
                  #6 add(·, 0)  → float64 [12] in [12], 96 B
                    #7 multiply(·, 1)  → float64 [12] in [12], 96 B
                      #8 indices  → float64 [12] in [12], 96 B
      optimized
        #1 multiply(·, 2)  → float64 [3, 4] in [2×2, 2×2], 96 B
          #2 subtract(·, 1)  → float64 [3, 4] in [2×2, 2×2], 96 B
            #3 rechunk  → float64 [3, 4] in [2×2, 2×2], 96 B
              #4 reshape  → float64 [3, 4] in [3, 4], 96 B
                #5 astype(float64)  → float64 [12] in [12], 96 B
                  #6 add(·, 0)  → float64 [12] in [12], 96 B
                    #7 multiply(·, 1)  → float64 [12] in [12], 96 B
                      #8 indices  → float64 [12] in [12], 96 B
      tasks: 5
               1 × reshape from indices
               4 × multiply from reshape
      bytes to read: 0 B
      memory: 480 B with one worker, about 864 B with 2, of 100 MB"
    `);
  });
  test("a user's function through a scratch file", () => {
    const array = random.uniform([4000, 1000], { seed: 1, chunks: [100, -1] }).mapBlocks(({ data }) => data);
    expect(
      array
        .rechunk([-1, 50])
        .sum()
        .explain({ ...options, memoryLimit: "10MB" }),
    ).toMatchInlineSnapshot(`
      "expression
        #1 sum(axes: [0, 1])  → float64 [] in [], 8 B
          #2 rechunk  → float64 [4000, 1000] in [4000, 20×50], 32.0 MB
            #3 mapBlocks(({ data }) => data)  → float64 [4000, 1000] in [40×100, 1000], 32.0 MB
              #4 random.uniform(seed: 1n, from: 0, scale: 1)  → float64 [4000, 1000] in [40×100, 1000], 32.0 MB
                #5 indices  → float64 [4000, 1000] in [40×100, 1000], 32.0 MB
      optimized
        #1 squeeze(axes: [0, 1])  → float64 [] in [], 8 B
          #2 sum  → float64 [1, 1] in [1, 1], 8 B
            #3 partial sum  → float64 [1, 2] in [1, 2×1], 16 B
              #4 partial sum  → float64 [1, 20] in [1, 20×1], 160 B
                #5 rechunk  → float64 [4000, 1000] in [4000, 20×50], 32.0 MB
                  #6 mapBlocks(({ data }) => data)  → float64 [4000, 1000] in [40×100, 1000], 32.0 MB
                    #7 random.uniform(seed: 1n, from: 0, scale: 1)  → float64 [4000, 1000] in [40×100, 1000], 32.0 MB
                      #8 indices  → float64 [4000, 1000] in [40×100, 1000], 32.0 MB
      tasks: 64
              40 × mapBlocks from indices
              20 × partial sum from mapBlocks
               2 × partial sum from partial sum
               1 × sum from partial sum
               1 × squeeze from sum
      bytes to read: 0 B
      memory: 3.45 MB with one worker, about 6.90 MB with 2, of 10.0 MB
      scratch files: 32.0 MB"
    `);
  });
});

test("explain computes nothing, and counts the tasks that are run", async () => {
  const { array, calls } = countingCalls(ones([6], { chunks: 1 }));
  const sum = array.sum();
  const explained = sum.explain(options);
  expect(calls()).toBe(0);
  let tasks = 0;
  await sum.compute({
    ...options,
    onProgress: (told) => {
      tasks = told.tasks;
    },
  });
  expect(explained).toMatch(new RegExp(`^tasks: ${tasks}$`, "m"));
});

test("explain says what cannot fit, as compute would", async () => {
  const large = ones([10_000], { chunks: 10_000 })
    .mapBlocks(({ data }) => data)
    .sum();
  const little = { memoryLimit: 1000 };
  expect(() => large.explain(little)).toThrow(
    ((await rejectionOf(large.compute(little))) as Error).message.replace(/, and .*/, ""),
  );
});

test.runIf(native)("explain says who uses the threads of the native library", () => {
  const line = (chunks: number, nativeThreads: number): string => {
    const x = ones([100, 100], { chunks });
    const text = x.matmul(x).explain({ ...options, backend: "tensorflow", nativeThreads });
    return /^native: (.*)$/m.exec(text)![1]!;
  };
  expect(line(100, 4)).toBe("1 task on TensorFlow, one at a time, with 4 native threads");
  expect(line(50, 4)).toBe("4 tasks on TensorFlow, up to 2 at a time, which share 4 native threads");
  expect(line(50, 1)).toBe("4 tasks on TensorFlow, up to 2 at a time, one native thread each");
  // the library makes its result, 8 MB here, in memory of its own first
  const large = ones([1000, 1000], { chunks: -1 });
  const atWork = (backend: string): number =>
    Number(/^memory: ([\d.]+) MB with one/m.exec(large.matmul(large).explain({ ...options, backend }))![1]);
  expect(atWork("tensorflow") - atWork("wasm")).toBeCloseTo(8, 0);
  // loops are those of the backend that it contains
  const kernels = ones([9, 9])
    .add(1)
    .sum(0)
    .explain({ ...options, backend: "tensorflow", kernels: true });
  expect(kernels).toMatch(/: kernel: SIMD/);
  expect(ones([9, 9]).explain({ ...options, backend: "tensorflow" })).not.toContain("native:");
  expect(
    ones([9, 9])
      .matmul(ones([9, 9]))
      .explain(options),
  ).not.toContain("native:");
});

describe("explain({ kernels: true }) shows", () => {
  const kernels = (array: ChunkedArray, extra = {}): string[] =>
    array
      .explain({ ...options, ...extra, kernels: true })
      .split("\n")
      .filter((line) => line.includes(": kernel: "));

  test("what each loop is compiled to", () => {
    const x = fromArray(new Float64Array(20_000), { shape: [1000, 20], chunks: [500, -1] });
    expect(kernels(x.sum(0))[0]).toMatch(
      /^partial sum: kernel: SIMD, 2 lanes; rows in 2 dimensions; strides unit unit; 2 parts of 4 rows an iteration; /,
    );
    expect(kernels(x.std(0)).length).toBeGreaterThan(3);
    expect(x.sum(0).explain({ ...options, kernels: true })).toContain("v128.load");
  });

  test("the way through a file, and a counted input", async () => {
    const path = join(temporaryFolder(), "x.npy");
    await random.normal([300, 20], { seed: 1 }).saveNpy(path);
    const x = openNpy(path);
    expect(kernels(x.slice([null, [null, null, 2]]).add(1))[0]).toContain("; each in 1 dimension; strides any ");
    expect(kernels(x.argmax(0))[0]).toContain("rows in 2 dimensions");
    expect(kernels(x.mean(), { backend: "reference" })).toEqual([]);
  });

  test("kernels, which explain() without it does not", () => {
    expect(ones([10]).sum().explain(options)).not.toContain("kernel");
  });
});

test("what is shown of ten thousand arrays can be read", () => {
  const arrays = Array.from({ length: 10_000 }, (_, k) => ones([8]).multiply(k));
  const joined = concat(arrays).explain().split("\n");
  expect(joined.length).toBeLessThan(200);
  expect(joined.filter((line) => line.trim() === "… and 9961 more inputs")).toHaveLength(2);
  const apart = explain(arrays.map((x) => x.sum())).split("\n");
  expect(apart.length).toBeLessThan(600);
  expect(apart.filter((line) => line.trim() === "… and 9961 more arrays")).toHaveLength(2);
  expect(apart).toContain("tasks: 20000");
  expect(apart).toContain("  … and 19961 more kinds of tasks");
});

test("forty inputs are shown, each on a line", () => {
  const lines = concat(Array.from({ length: 40 }, (_, k) => ones([8]).multiply(k)))
    .explain()
    .split("\n");
  expect(lines.filter((line) => /^ +#\d+ multiply/.test(line))).toHaveLength(80);
  expect(lines.join("\n")).not.toContain("…");
});

test("a product of many small blocks is explained in seconds of processor time", () => {
  const x = ones([6000, 6000], { chunks: 10 });
  const before = process.cpuUsage();
  expect(x.matmul(x).explain()).toContain("tasks: 360000");
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1e6).toBeLessThan(10);
});
