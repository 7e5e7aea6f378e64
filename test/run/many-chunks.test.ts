/** Detects chunks that are too many to be planned and fill the memory instead of being refused with advice. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type ChunkedArray, ChunksError, explain, MemoryLimitError, ones, zeros } from "chunkwise";
import { describe, expect, test } from "vitest";
import { lower } from "#src/graph/lower";
import { type PlanLimits, unlimited } from "#src/graph/plan-size";
import { optimize } from "#src/optimize/optimize";
import { rejectionOf, worked } from "../api/helpers.js";
import { thrownBy } from "../support/folder.js";

const many = ones([1_000_000, 1_000_000], { chunks: 1 });
const memoryLimit = "1GB";

function planOf({ expr }: ChunkedArray, most: Partial<PlanLimits> = {}) {
  const { roots, stored } = optimize([expr]);
  return lower([{ expr: roots[0]!, sink: null }], {
    ...{ backend: "wasm", stored, spilled: new Map() },
    limits: { ...unlimited, ...most },
  });
}

test("an axis of a million million chunks is refused where it is cut", () => {
  const cuts: Record<string, () => unknown> = {
    ones: () => ones([1e12], { chunks: 1 }),
    rechunk: () => zeros([1e12], { chunks: 1e9 }).rechunk(1),
  };
  for (const cut of Object.values(cuts)) {
    const error = thrownBy(cut);
    expect(error).toBeInstanceOf(ChunksError);
    expect((error as Error).message).toMatch(/: an axis of 1000000000000 elements .*; use larger chunks, or "auto"$/);
  }
});

describe("more tasks than can be planned are refused with advice, before there is any", () => {
  const refused: Record<string, () => Promise<unknown>> = {
    compute: () => many.sum().compute({ memoryLimit }),
    explain: async () => explain([many.mean(0)], { memoryLimit }),
    blocks: async () => {
      for await (const _ of many.add(1).blocks({ memoryLimit })) break;
    },
  };
  test.each(Object.entries(refused))("by %s", async (_, refuse) => {
    const error = await rejectionOf(refuse());
    expect(error).toBeInstanceOf(MemoryLimitError);
    expect((error as Error).message).toMatch(
      new RegExp(
        "^\\w+: there are 1000000000000 blocks of about 8 B of an array of shape \\[1000000, 1000000\\], " +
          "and the computation has at least 1\\d{12} tasks: a plan of 2\\d\\d TB; expected at most 16777216 tasks; " +
          'use larger chunks, such as chunks: "auto", or rechunk\\(\\) the array first$',
      ),
    );
    expect((error as MemoryLimitError).needed).toBeGreaterThan((error as MemoryLimitError).limit);
  });

  test("by what their plan takes of the memory limit", () => {
    const x = ones([2500, 2500], { chunks: 1 }).sum();
    const error = thrownBy(() => x.explain({ memoryLimit }));
    expect(error).toBeInstanceOf(MemoryLimitError);
    expect((error as Error).message).toMatch(
      /at least 66\d{5} tasks: a plan of 1.\d+ GB; .* at most 1.00 GB with this/,
    );
    expect((error as MemoryLimitError).limit).toBe(1e9);
  });

  test("in a second of processor time", async () => {
    const before = process.cpuUsage();
    await rejectionOf(ones([8192, 8192], { chunks: 1 }).sum().compute());
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1e6).toBeLessThan(1);
  });

  test("where few tasks read too many blocks", () => {
    const x = worked(ones([5000, 5000], { chunks: [1, -1] })).rechunk([-1, 1]);
    const most = { reads: 20_000_000 };
    const error = thrownBy(() => planOf(x, most));
    expect(error).toBeInstanceOf(MemoryLimitError);
    expect((error as Error).message).toMatch(
      /at least 10000 tasks, which read 2\d{7} blocks: .* at most 20000000 blocks/,
    );
  });

  test.each(["matmul of blocks that are stored", "another shape"])("for %s", (what) => {
    const x = worked(ones([640, 640], { chunks: 10 }));
    const many = what === "another shape" ? x.reshape([-1]).rechunk(10).reshape([64, 6400]) : x.matmul(x.T);
    const { size } = planOf(many).table.reads;
    expect(thrownBy(() => planOf(many, { reads: Math.floor(size * 0.7) }))).toBeInstanceOf(MemoryLimitError);
    expect(planOf(many, { reads: size * 1.1 }).table.reads.size).toBe(size);
  });

  test("and where they are found one by one", () => {
    const x = worked(ones([100, 100], { chunks: 1 })).slice([[null, null, 2]]);
    expect(planOf(x, { tasks: 10_000 }).table.tasks).toBe(10_000);
    expect(thrownBy(() => planOf(x, { tasks: 9_999 }))).toBeInstanceOf(MemoryLimitError);
  });
});

test("a few elements of another shape of many blocks need few tasks", async () => {
  const few = worked(many.add(1))
    .reshape([500_000, 2_000_000])
    .slice([499_999, [1_999_997, 1_999_999]]);
  expect((await few.compute({ memoryLimit: "100MB", workers: 1 })).toArray()).toEqual([2, 2]);
});

test("a few blocks of a million million are planned and computed", async () => {
  const few = worked(many.add(1)).slice([
    [999_998, 1_000_000],
    [3, 5],
  ]);
  expect((await few.compute({ memoryLimit: "10MB", workers: 1 })).toArray()).toEqual([
    [2, 2],
    [2, 2],
  ]);
});

test.each([
  ["nothing", ones([7, 5], { chunks: 3 }), ones([5, 4], { chunks: 3 })],
  ["stored blocks", worked(ones([7, 5], { chunks: 3 })), worked(ones([5, 4], { chunks: 3 }))],
])("the points of a product of uneven blocks that reads %s are those of each block", (what, x, y) => {
  // rows of 3, 3, 1 and columns of 3, 1: each block reads its rows and its columns
  const own = what === "nothing" ? 0 : 7 * 5 + 5 * 4;
  expect(planOf(x.matmul(y)).points - own).toBe(5 * (7 * 2 + 4 * 3));
});

test("the plan of many tasks is kept outside the engine's heap", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const heap = (): number => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const x = ones([400, 500], { chunks: 1 }).add(1);
  planOf(x);
  const before = heap();
  const graph = planOf(x);
  expect((heap() - before) / graph.table.tasks).toBeLessThan(8);
  expect(graph.table.tasks).toBe(200_000);
});
