/**
 * Detects tasks that work in the wrong memory or in each other's scratch space there: wrong numbers, or other bits with
 * another number of workers.
 */
import { type ChunkedArray, compute, fromArray, type NDArray, random } from "chunkwise";
import { describe, expect, test } from "vitest";
import type { DType } from "#src/data/dtype";
import { AREA_BYTES, areaOf, shareMemory } from "#src/data/memory";
import { workingMemoryOf } from "#src/executors/working-memory";
import type { Job, Output, PieceOperand, Task } from "#src/graph/task";
import { compileFold, compileMap } from "#src/program/compile";
import type { FoldProgram } from "#src/program/loop";
import { binary, constant, input } from "#src/program/scalar";

const MiB = 2 ** 20;

describe("shared memory", () => {
  test("shared memory of some size is also a memory of WebAssembly", () => {
    expect(shareMemory(MiB).wasm).toBeInstanceOf(WebAssembly.Memory);
    expect(shareMemory(MiB).buffer.byteLength).toBe(MiB);
    expect(shareMemory(1000).wasm).toBeUndefined();
    expect(shareMemory(1000).buffer.byteLength).toBe(1000);
  });

  test("shared memory has an area behind the data for each thread slot", () => {
    const memory = shareMemory(MiB + 1);
    expect([areaOf(memory, 0), areaOf(memory, 3)]).toEqual([MiB + 65_536, MiB + 65_536 + 3 * AREA_BYTES]);
    memory.wasm!.grow(10); // by another thread, say
    expect(areaOf(memory, 0)).toBe(MiB + 65_536);
  });
});

describe("the working memory of a task", () => {
  const x = input(0, "float64");
  const sum: FoldProgram = {
    kind: "fold",
    state: ["float64"],
    zero: [[0]],
    tile: compileFold([x], ([a], [b]) => [binary("add", a!, b!)], {}),
  };
  const job: Job = {
    programs: [{ kind: "map", loop: compileMap([binary("add", x, constant(1, "float64"))]) }, sum],
    routines: [],
    files: [],
    arrays: [],
    backend: "wasm",
  };
  const points = 2 ** 16; // half a MiB
  const operand = (buffer: number, stride = 1): PieceOperand => {
    return { kind: "memory", buffer, offsets: [0], dtypes: ["float64"], first: 0, strides: [stride] };
  };
  const task = (
    operands: PieceOperand[],
    { buffer = 9, counts = [points], fold = false, kept = points } = {},
  ): Task => {
    const output: Output = {
      shape: [kept],
      dtypes: ["float64"],
      location: { kind: "memory", buffer, offsets: [0] },
      fold: fold ? 1 : null,
      staged: false,
    };
    const run = { output: 0, program: fold ? 1 : 0, operands: [0], first: 0, strides: [1] };
    return { id: 0, outputs: [output], pieces: [{ counts, operands, runs: [run] }] };
  };
  const memoryOf = (made: Task): number | null => workingMemoryOf(made, job, (buffer) => buffer < 5);

  test("the working memory is the one that holds most of the elements", () => {
    expect(memoryOf(task([operand(1)]))).toBe(1);
    expect(memoryOf(task([operand(1), operand(2), operand(2)]))).toBe(2);
    expect(memoryOf(task([operand(1), operand(2, 0)]))).toBe(1); // an operand that stands still is one element
    expect(memoryOf(task([operand(7)], { buffer: 3 }))).toBe(3); // where the result goes
  });

  test("the working memory is the backend's own where that is cheaper, or where another would not be safe", () => {
    expect(memoryOf(task([operand(7)]))).toBeNull(); // a chunk of the computation
    expect(memoryOf(task([operand(1)], { counts: [100], kept: 100 }))).toBeNull();
    expect(memoryOf(task([operand(1)], { fold: true }))).toBe(1);
    expect(memoryOf(task([operand(1)], { fold: true, kept: AREA_BYTES / 8 }))).toBeNull(); // the state fills the area
    expect(memoryOf(task([{ kind: "counted", first: 0, strides: [1] }], { buffer: -1, kept: 0 }))).toBeNull();
  });
});

/** Whole numbers of a dtype, more than half a MiB of them: their sums are exact in any order. */
async function numbers(dtype: DType, seed: number): Promise<NDArray> {
  const whole = random
    .uniform([520, 1030], { seed })
    .multiply(200)
    .floor()
    .subtract(dtype.startsWith("u") ? 0 : 100);
  return whole.astype(dtype === "bool" ? "int8" : dtype).compute();
}

const bytesOf = ({ data }: NDArray): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

const views: Record<string, (x: ChunkedArray) => ChunkedArray> = {
  whole: (x) => x,
  transposed: (x) => x.transpose(),
  "every third column": (x) => x.slice([null, [null, null, 3]]),
  backwards: (x) =>
    x.slice([
      [null, null, -1],
      [null, null, -2],
    ]),
  "a part": (x) =>
    x.slice([
      [3, 500],
      [1, 1000],
    ]),
};

describe("in the memory of an array", () => {
  describe.each<DType>(["float64", "float32", "int32", "int64", "uint8", "complex128"])("%s", (dtype) => {
    test.each(Object.entries(views))(
      "maps and folds give the same in shared memory as in small memory: %s",
      async (_, view) => {
        const [a, b] = [await numbers(dtype, 1), await numbers(dtype, 2)];
        const results = (x: ChunkedArray, y: ChunkedArray): ChunkedArray[] => [
          view(x).multiply(view(y)).add(1),
          view(x).add(view(y).slice([0])),
          view(x).sum(1),
          ...(dtype.startsWith("complex") ? [] : [view(x).max(0), view(x).argmin(1)]),
        ];
        const large = await compute(results(fromArray(a), fromArray(b)), { workers: 2 });
        // no chunk of these is as large as it takes to work in it
        const small = await compute(results(fromArray(a, { chunks: [40, 103] }), fromArray(b, { chunks: [40, 103] })), {
          workers: 0,
        });
        for (const [i, result] of large.entries()) expect(bytesOf(result).equals(bytesOf(small[i]!))).toBe(true);
      },
    );
  });

  test("any number of workers gives the same bits in shared memory", async () => {
    const x = await random.normal([3000, 300], { seed: 3, chunks: [1000, 300] }).persist();
    const make = (): ChunkedArray[] => [
      x.sum(),
      x.mean(0),
      x.std(1),
      x.slice([null, [null, null, 7]]).sum(1),
      x.exp().sum(),
    ];
    const [inline, one, three] = [
      await compute(make(), { workers: 0 }),
      await compute(make(), { workers: 1 }),
      await compute(make(), { workers: 3 }),
    ];
    for (const [i, { data }] of inline.entries()) {
      expect(one[i]!.data).toEqual(data);
      expect(three[i]!.data).toEqual(data);
    }
  });

  test("computations at the same time do not share scratch space", async () => {
    const x = await random.uniform([1000, 200], { seed: 4, chunks: [100, 200] }).persist();
    const y = fromArray(await x.compute()); // copied to where x is, tile by tile
    const make = (k: number): ChunkedArray => x.subtract(y).add(k).sum(0);
    const all = await Promise.all(Array.from({ length: 24 }, (_, k) => make(k).compute({ workers: k % 4 })));
    for (const [k, { data }] of all.entries()) expect(new Set(data as Float64Array)).toEqual(new Set([1000 * k]));
  });

  test("blocks are written to their place in shared memory by the loops", async () => {
    const x = await random.normal([700, 500], { seed: 5, chunks: [700, 100] }).persist();
    const made = await x.multiply(2).transpose().persist();
    const [{ data }, kept] = [await x.compute(), await made.compute()];
    for (let i = 0; i < 700; i += 13)
      for (let j = 0; j < 500; j++) expect(kept.get(j, i)).toBe(2 * Number(data[500 * i + j]));
  });
});
