/** Detects plans that are used again where they do not fit: for other arrays, other parameters or other lines. */

import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type ChunkedArray, ComputeError, fromArray, openNpy } from "chunkwise";
import { describe, expect, test } from "vitest";
import type { ChunkLocation } from "#src/graph/task";
import { plan } from "#src/run/plan";
import { planAgain } from "#src/run/plan-cache";
import { formOf } from "#src/run/plan-key";
import { temporaryFolder } from "../support/folder.js";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

const options = { backend: "wasm", budget: 1e9 };
const counted = (n: number, from = 0) =>
  fromArray(
    Float64Array.from({ length: n }, (_, i) => i + from),
    { chunks: 4 },
  );
const wantedOf = ({ expr }: ChunkedArray) => [{ expr, sink: null }];
const planned = ({ expr }: ChunkedArray) => planAgain([{ expr, sink: null }], options);

/** Everything that runs: the data of all tasks, whose chunks lie at made-up places, and what the scheduler is told. */
function contentOf({ graph, peak }: ReturnType<typeof plan>) {
  const { table, job, points, outputs, bytesToRead } = graph;
  const locate = (chunk: number): ChunkLocation => ({ buffer: 100 + chunk, offset: 16 * chunk });
  const tasks = Array.from({ length: table.tasks }, (_, task) => graph.task(task, locate));
  return { table, job, points, outputs, bytesToRead, tasks, peak };
}

const kinds: Record<string, (k: number) => ChunkedArray> = {
  "a map over two arrays": (k) => counted(10, k).add(counted(10, 7 * k)),
  "a fold over one array twice": (k) => {
    const x = counted(10, k);
    return x.add(x).mean();
  },
  "a reshape": (k) => counted(12, k).reshape([3, 4]).sum(0),
  "a product": (k) =>
    counted(16, k)
      .reshape([4, 4])
      .matmul(counted(16, k).reshape([4, 4])),
  "an array that is rechunked": (k) => counted(12, k).rechunk(3).var(0),
};

describe("a plan that is used again", () => {
  test.each(Object.entries(kinds))("has the same tasks as a new one: %s", (_, make) => {
    for (let k = 0; k < 4; k++) {
      const array = make(k);
      const [again, anew] = [planned(array), plan(wantedOf(array), options)];
      expect(contentOf(again)).toEqual(contentOf(anew));
      expect(again.graph.memories).toHaveLength(anew.graph.memories.length);
      for (const [i, memory] of again.graph.memories.entries()) expect(memory).toBe(anew.graph.memories[i]);
    }
  });

  test("is over the arrays of the computation", async () => {
    for (let k = 0; k < 5; k++) {
      const [x, y] = [counted(10, k), counted(10, 100 * k)];
      expect((await x.add(y).sum().compute()).item()).toBe(90 + 1010 * k);
      expect((await y.add(x.multiply(2)).sum().compute()).item()).toBe(135 + 1020 * k);
      expect((await x.add(x).sum().compute()).item()).toBe(90 + 20 * k);
      const kept = await x.multiply(3).persist();
      expect((await kept.compute()).toArray()).toEqual(Array.from({ length: 10 }, (_, i) => 3 * (i + k)));
    }
  });

  test("names the line of the computation that fails", async () => {
    const x = counted(4);
    const no = (): never => {
      throw new Error("no");
    };
    const madeAt: string[] = [];
    for (const line of ["first", "first", "first", "second"]) {
      const made =
        line === "first" //
          ? x.mapBlocks(no)
          : x.mapBlocks(no);
      const error: unknown = await made.compute({ workers: 1 }).catch((reason: unknown) => reason);
      if (!(error instanceof ComputeError)) throw error;
      madeAt.push(error.madeAt ?? "");
    }
    const lineOf = (place: string | undefined): number => Number(/:(\d+):\d+$/.exec(place ?? "")?.[1]);
    const [first, , third, fourth] = madeAt.map(lineOf);
    expect(third).toBe(first);
    expect(fourth).toBe(Number(first) + 1);
  });

  test("keeps no array of the user", async () => {
    const use = async (k: number): Promise<WeakRef<object>> => {
      const x = counted(5, k);
      expect((await x.negative().sum().compute()).item()).toBe(-10 - 5 * k);
      return new WeakRef(planned(x.negative()).graph.memories[0] as object);
    };
    const memories: WeakRef<object>[] = [];
    for (let k = 0; k < 4; k++) memories.push(await use(k));
    const left = () => memories.filter((memory) => memory.deref() !== undefined).length;
    for (let k = 0; k < 10 && left() > 0; k++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      gc();
    }
    expect(left()).toBe(0);
  });
});

const folder = temporaryFolder();

describe("computations have different forms", () => {
  const x = counted(10);
  const formText = (array: ChunkedArray, more = {}) => formOf(wantedOf(array), { ...options, ...more })?.text;

  test.each<[string, ChunkedArray, ChunkedArray]>([
    ["parameters", x.add(1), x.add(2)],
    ["zeros of another sign", x.add(0), x.add(-0)],
    ["operations", x.add(1), x.subtract(1)],
    ["chunks", x.add(1), x.rechunk(5).add(1)],
    ["dtypes", x.add(1), x.astype("float32").add(1)],
    ["one array twice, or two arrays", x.add(x), x.add(counted(10))],
    ["arrays the other way round", x.subtract(x.add(1)), x.add(1).subtract(x)],
  ])("with other %s", (_, one, other) => {
    expect(formText(one)).toBeDefined();
    expect(formText(one)).not.toBe(formText(other));
  });

  test("with another memory limit or backend", () => {
    expect(formText(x)).not.toBe(formText(x, { budget: 1e8 }));
    expect(formText(x)).not.toBe(formText(x, { backend: "reference" }));
  });

  test("after a file was written anew", async () => {
    const path = join(folder, "x.npy");
    const sums: unknown[] = [];
    for (let k = 0; k < 4; k++) {
      await counted(10, k).saveNpy(path);
      sums.push((await openNpy(path).sum().compute()).item());
    }
    expect(sums).toEqual([45, 55, 65, 75]);
  });
});

test("a form of many words is given up", () => {
  const long = fromArray(Float64Array.from({ length: 1000 }), { chunks: 1 });
  expect(formOf(wantedOf(long.add(1)), options)).toBeUndefined();
  let deep: ChunkedArray = counted(4);
  for (let k = 0; k < 300; k++) deep = deep.add(k);
  expect(formOf(wantedOf(deep), options)).toBeUndefined();
});
