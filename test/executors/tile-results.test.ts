/** Detects results of tiles that are put to the wrong place, twice, or not at all, where several are put at once. */
import { openNpy, random } from "chunkwise";
import { describe, expect, test } from "vitest";
import { copyBox } from "#src/data/copy";
import { sizeOf, stridesOf } from "#src/data/region";
import type { Result } from "#src/executors/result-writer";
import { Scratch } from "#src/executors/scratch";
import { type Taker, TileResults } from "#src/executors/tile-results";
import { forEachTile } from "#src/executors/tiles";
import { WasmBackend } from "#src/kernels/wasm/backend";
import { temporaryFolder } from "../support/folder.js";

/** Computes the numbers of a block tile by tile; returns the block as it is put, and the counts of what is put. */
function put(full: readonly number[], tile: readonly number[], tilesAtOnce: number) {
  const scratch = new Scratch(new WasmBackend());
  const block = new Int32Array(sizeOf(full)).fill(-1);
  const strides = stridesOf(full);
  const puts: number[][] = [];
  const taker: Taker = {
    dtypes: ["int32"],
    tilesAtOnce,
    put({ memory, counts, addresses, strides: from }: Result, first, to) {
      puts.push([...counts]);
      const source = { memory, offset: addresses[0]!, strides: from };
      copyBox(4, counts, source, { memory: block.buffer, offset: first * 4, strides: to });
    },
  };
  const results = new TileResults(taker, { first: 0, strides }, full, tile, scratch);
  forEachTile(full, tile, (origin, counts) => {
    const [field] = results.next(origin, counts);
    const whole = new Int32Array(sizeOf(counts)).map((_, i) => {
      // the number of each point is its place in the block
      const point = stridesOf(counts).map((stride, dim) => origin[dim]! + (Math.floor(i / stride) % counts[dim]!));
      return point.reduce((sum, index, dim) => sum + index * strides[dim]!, 0);
    });
    const source = { memory: whole.buffer, offset: 0, strides: stridesOf(counts) };
    copyBox(4, counts, source, { memory: scratch.memory, offset: field!.offset, strides: field!.strides });
    results.flushIfFull();
  });
  results.flush();
  return { block: [...block], puts };
}

describe("the results of tiles", () => {
  test.each<[string, number[], number[], number, number[][]]>([
    [
      "one at a time",
      [5, 4],
      [2, 4],
      1,
      [
        [2, 4],
        [2, 4],
        [1, 4],
      ],
    ],
    [
      "two at a time",
      [7, 4],
      [2, 4],
      2,
      [
        [4, 4],
        [3, 4],
      ],
    ],
    [
      "never past the end of a line of tiles",
      [2, 5, 3],
      [1, 2, 3],
      2,
      [
        [1, 4, 3],
        [1, 1, 3],
        [1, 4, 3],
        [1, 1, 3],
      ],
    ],
    ["along the only dimension", [10], [3], 2, [[6], [4]]],
    ["a piece that is one tile", [3, 4], [3, 4], 4, [[3, 4]]],
    ["a single point", [], [], 4, [[]]],
    ["one at a time if they are cut along two dimensions", [4, 6], [2, 3], 2, new Array(4).fill([2, 3])],
  ])("are put to their places: %s", (_, full, tile, tilesAtOnce, expected) => {
    const { block, puts } = put(full, tile, tilesAtOnce);
    expect(block).toEqual(block.map((_, i) => i));
    expect(puts).toEqual(expected);
  });

  test("that go to a file are the same bits with any chunks and workers", async () => {
    const folder = temporaryFolder();
    const x = random.normal([700, 1100], { seed: 5 });
    const right = await x.multiply(2).compute();
    for (const [i, chunks] of [
      [700, 1100],
      [333, 1100],
      [700, 333],
    ].entries()) {
      for (const workers of [0, 2]) {
        const path = `${folder}/${i}-${workers}.npy`;
        await x.rechunk(chunks).multiply(2).saveNpy(path, { workers });
        const { data } = await openNpy(path).compute();
        expect(Buffer.compare(Buffer.from(data.buffer), Buffer.from(right.data.buffer))).toBe(0);
        await x
          .transpose()
          .rechunk([...chunks].reverse())
          .multiply(2)
          .transpose()
          .saveNpy(path, { workers });
        const again = await openNpy(path).compute();
        expect(Buffer.compare(Buffer.from(again.data.buffer), Buffer.from(right.data.buffer))).toBe(0);
      }
    }
  });
});
