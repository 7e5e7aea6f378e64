/** Detects pictures and explanations that say something else than what would be done. Reviewed as text. */

import { join } from "node:path";
import { inspect } from "node:util";
import { arange, type ChunkedArray, fromArray, ones, openNpy, random } from "chunkwise";
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
        from    mean
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
        from    transpose
        tasks   6 for its own chunks; explain() shows the rest"
    `);
  });
  test("no axes, no elements", () => {
    expect(inspect(ones([]))).toMatchInlineSnapshot(`
      "ChunkedArray float64 []
        chunks  []: 1 of up to 8 B
        bytes   8 B
        from    full
        tasks   1 for its own chunks; explain() shows the rest"
    `);
    expect(inspect(ones([0, 3], { dtype: "complex64" }))).toMatchInlineSnapshot(`
      "ChunkedArray complex64 [0, 3]
        chunks  [0, 3]: 1 of up to 0 B
        bytes   0 B
        from    full
        tasks   1 for its own chunks; explain() shows the rest"
    `);
  });
});

describe("explain() describes", () => {
  const text = (array: ChunkedArray): string => array.explain(options);
  test("a reduction: its tree", () => {
    expect(
      text(
        ones([1000, 20], { chunks: [100, -1] })
          .multiply(2)
          .mean(0),
      ),
    ).toMatchInlineSnapshot(`
      "expression
        #1 mean {axes:[0],keepdims:false,options:{}}  → float64 [20] in [20], 160 B
          #2 multiply {more:null,slots:[null,2]}  → float64 [1000, 20] in [10×100, 20], 160 KB
            #3 full {chunks:[[100,100,100,100,100,100,100,100,100,100],[20]],dtype:float64,shape:…  → float64 [1000, 20] in [10×100, 20], 160 KB
      optimized
        #1 squeeze {axes:[0]}  → float64 [20] in [20], 160 B
          #2 mean.fold {axes:[0],bounds:[[0,10]],dtype:float64,finish:1000,merging:true,options:{}}  → float64 [1, 20] in [1, 20], 160 B
            #3 mean.fold {axes:[0],bounds:[[0,100,200,300,400,500,600,700,800,900,1000]],dtype:float64…  → float64 [10, 20] in [10×1, 20], 1.60 KB
              #4 multiply {more:null,slots:[null,2]}  → float64 [1000, 20] in [10×100, 20], 160 KB
                #5 full {chunks:[[100,100,100,100,100,100,100,100,100,100],[20]],dtype:float64,shape:…  → float64 [1000, 20] in [10×100, 20], 160 KB
      tasks: 12
              10 × mean.fold
               1 × mean.fold from mean.fold
               1 × squeeze from mean.fold
      bytes to read: 0 B
      memory: 34.1 KB with one worker, about 66.6 KB with 2, of 100 MB"
    `);
  });
  test("an elementwise chain: one task a chunk", () => {
    expect(
      text(arange(12, { dtype: "float64" }).reshape([3, 4]).rechunk([2, 2]).subtract(1).multiply(2)),
    ).toMatchInlineSnapshot(`
      "expression
        #1 multiply {more:null,slots:[null,2]}  → float64 [3, 4] in [2×2, 2×2], 96 B
          #2 subtract {more:null,slots:[null,1]}  → float64 [3, 4] in [2×2, 2×2], 96 B
            #3 rechunk {chunks:[[2,1],[2,2]]}  → float64 [3, 4] in [2×2, 2×2], 96 B
              #4 reshape {shape:[3,4]}  → float64 [3, 4] in [3, 4], 96 B
                #5 astype {more:float64,slots:[null]}  → float64 [12] in [12], 96 B
                  #6 add {more:null,slots:[null,0]}  → float64 [12] in [12], 96 B
                    #7 multiply {more:null,slots:[null,1]}  → float64 [12] in [12], 96 B
                      #8 counted {chunks:[[12]],shape:[12]}  → float64 [12] in [12], 96 B
      optimized
        #1 multiply {more:null,slots:[null,2]}  → float64 [3, 4] in [2×2, 2×2], 96 B
          #2 subtract {more:null,slots:[null,1]}  → float64 [3, 4] in [2×2, 2×2], 96 B
            #3 rechunk {chunks:[[2,1],[2,2]]}  → float64 [3, 4] in [2×2, 2×2], 96 B
              #4 reshape {shape:[3,4]}  → float64 [3, 4] in [3, 4], 96 B
                #5 astype {more:float64,slots:[null]}  → float64 [12] in [12], 96 B
                  #6 add {more:null,slots:[null,0]}  → float64 [12] in [12], 96 B
                    #7 multiply {more:null,slots:[null,1]}  → float64 [12] in [12], 96 B
                      #8 counted {chunks:[[12]],shape:[12]}  → float64 [12] in [12], 96 B
      tasks: 5
               1 × reshape from counted
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
        #1 sum {axes:[0,1],keepdims:false,options:{}}  → float64 [] in [], 8 B
          #2 rechunk {chunks:[[4000],[50,50,50,50,50,50,50,50,50,50,50,50,50,50,50,50,50,50,50,50]]}  → float64 [4000, 1000] in [4000, 20×50], 32.0 MB
            #3 mapBlocks {chunks:[[100,100,100,100,100,100,100,100,100,100,100,100,100,100,100,100,100…  → float64 [4000, 1000] in [40×100, 1000], 32.0 MB
              #4 random.uniform {more:{dtype:float64,from:0,scale:1,seed:1n},slots:[null]}  → float64 [4000, 1000] in [40×100, 1000], 32.0 MB
                #5 counted {chunks:[[100,100,100,100,100,100,100,100,100,100,100,100,100,100,100,100,100…  → float64 [4000, 1000] in [40×100, 1000], 32.0 MB
      optimized
        #1 squeeze {axes:[0,1]}  → float64 [] in [], 8 B
          #2 sum.fold {axes:[0,1],bounds:[[0,1],[0,2]],dtype:float64,finish:4000000,merging:true,op…  → float64 [1, 1] in [1, 1], 8 B
            #3 sum.fold {axes:[0,1],bounds:[[0,1],[0,16,20]],dtype:float64,finish:null,merging:true,o…  → float64 [1, 2] in [1, 2×1], 16 B
              #4 sum.fold {axes:[0,1],bounds:[[0,4000],[0,50,100,150,200,250,300,350,400,450,500,550,60…  → float64 [1, 20] in [1, 20×1], 160 B
                #5 rechunk {chunks:[[4000],[50,50,50,50,50,50,50,50,50,50,50,50,50,50,50,50,50,50,50,50]]}  → float64 [4000, 1000] in [4000, 20×50], 32.0 MB
                  #6 mapBlocks {chunks:[[100,100,100,100,100,100,100,100,100,100,100,100,100,100,100,100,100…  → float64 [4000, 1000] in [40×100, 1000], 32.0 MB
                    #7 random.uniform {more:{dtype:float64,from:0,scale:1,seed:1n},slots:[null]}  → float64 [4000, 1000] in [40×100, 1000], 32.0 MB
                      #8 counted {chunks:[[100,100,100,100,100,100,100,100,100,100,100,100,100,100,100,100,100…  → float64 [4000, 1000] in [40×100, 1000], 32.0 MB
      tasks: 64
              40 × mapBlocks from counted
              20 × sum.fold from mapBlocks
               2 × sum.fold from sum.fold
               1 × sum.fold from sum.fold
               1 × squeeze from sum.fold
      bytes to read: 0 B
      memory: 2.65 MB with one worker, about 5.30 MB with 2, of 10.0 MB
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

test.runIf(native)("who uses the threads of the native library", () => {
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
      /^sum\.fold: kernel: SIMD, 2 lanes; rows in 2 dimensions; strides unit unit; 2 parts of 4 rows an iteration; /,
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

  test("nothing unless it is asked for", () => {
    expect(ones([10]).sum().explain(options)).not.toContain("kernel");
  });
});
