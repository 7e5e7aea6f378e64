/** Detects chunks that are too many to be planned and fill the memory instead of being refused with advice. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type ChunkedArray, ChunksError, explain, MemoryLimitError, ones, zeros } from "chunkwise";
import { describe, expect, test } from "vitest";
import { lower } from "#src/graph/lower";
import { optimize } from "#src/optimize/optimize";
import { rejectionOf, worked } from "../api/helpers.js";
import { thrownBy } from "../support/folder.js";

const many = ones([1_000_000, 1_000_000], { chunks: 1 });
const memoryLimit = "1GB";

function planOf({ expr }: ChunkedArray, mostTasks?: number) {
  const { roots, stored } = optimize([expr]);
  return lower([{ expr: roots[0]!, sink: null }], {
    ...{ backend: "wasm", stored, spilled: new Map() },
    ...(mostTasks === undefined ? {} : { mostTasks }),
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
      /^\w+: there are \d+ blocks of about 8 B, .* at most 7812\d{3} .*; use larger chunks, such as chunks: "auto"$/,
    );
  });

  test("and where they are found one by one", () => {
    const x = worked(ones([100, 100], { chunks: 1 })).slice([[null, null, 2]]);
    expect(planOf(x, 10_000).table.tasks).toBe(10_000);
    expect(thrownBy(() => planOf(x, 9_999))).toBeInstanceOf(MemoryLimitError);
  });
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
