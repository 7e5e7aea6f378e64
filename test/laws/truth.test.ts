/**
 * Law 4: `infer` is right (the blocks that come out have the dtype, the shape and the places that the expression
 * promises, and together they are the result), and what tasks read and write stays in bounds. Detects lies in `infer`,
 * views that leave their array, gaps and overlaps between pieces.
 */
import { type ChunkedArray, fromArray, NDArray } from "chunkwise";
import { describe, expect, test } from "vitest";
import { chunkBox, gridOf } from "#src/data/chunks";
import { copyBox } from "#src/data/copy";
import { allocate, factsOf } from "#src/data/dtype";
import { cornerOf, countsOf, firstOf, sizeOf, stridesOf } from "#src/data/region";
import { randomOf } from "../conformance/backend/values.js";
import { assertSame } from "../support/arrays.js";
import { mistakesOf } from "../support/bounds.js";
import { graphOf } from "../support/run.js";
import { applied, casesOf, operations, thinned } from "./cases.js";

/** Puts blocks together, checking each against what the array promises. */
async function fromBlocks(array: ChunkedArray): Promise<NDArray> {
  const { dtype, shape, chunks } = array;
  const result = new NDArray(dtype, shape, allocate(dtype, sizeOf(shape)));
  const seen: string[] = [];
  for await (const { index, region, block } of array.blocks({ workers: 0 })) {
    const box = chunkBox(chunks, index);
    const counts = countsOf(box);
    expect({ dtype: block.dtype, shape: block.shape }).toEqual({ dtype, shape: counts });
    expect(region).toEqual(box.map(({ start }, axis) => ({ start, step: 1, count: counts[axis] })));
    const strides = stridesOf(shape);
    const offset = firstOf(0, strides, cornerOf(box)) * factsOf(dtype).bytes;
    const from = { memory: block.data.buffer, offset: block.data.byteOffset, strides: stridesOf(counts) };
    copyBox(factsOf(dtype).bytes, counts, from, { memory: result.data.buffer, offset, strides });
    seen.push(String(index));
  }
  expect(seen.length).toBe(sizeOf(gridOf(chunks)));
  expect(new Set(seen).size).toBe(seen.length);
  return result;
}

describe("infer is right about blocks, and reads stay in bounds", () => {
  test.each(operations)(
    "what %s infers is right about blocks, and its reads stay in bounds",
    async (name, operation) => {
      const random = randomOf(name.length + 7);
      let seen = 0;
      for (const one of thinned(casesOf(operation), 12)) {
        const array = applied(one, random);
        if (array === null) continue;
        seen++;
        expect(array.chunks.map((sizes) => sizes.reduce((sum, size) => sum + size, 0))).toEqual(array.shape);
        for (const stored of ["none", "all"] as const)
          expect(mistakesOf(graphOf([array.expr], { stored }).graph), one.title).toEqual([]);
      }
      for (const one of thinned(casesOf(operation), 4)) {
        const array = applied(one, random);
        if (array !== null) assertSame(await fromBlocks(array), await array.compute({ workers: 0 }));
      }
      expect(seen).toBeGreaterThan(0);
    },
  );

  test("reads of several results over one source stay in bounds", () => {
    const x = fromArray(new Float64Array(60), { shape: [6, 10], chunks: [[1, 3, 2], 4] });
    const y = x.multiply(2);
    const results = [x.mean(0), x.std(0), y.sum(1), y.T, x.slice([[null, null, -2], 3]), y.reshape([5, 12])];
    for (const spill of [false, true]) {
      const { graph } = graphOf(
        results.map(({ expr }) => expr),
        { spill },
      );
      expect(mistakesOf(graph)).toEqual([]);
    }
  });
});
