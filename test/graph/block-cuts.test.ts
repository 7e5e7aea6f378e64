/** Detects blocks that are missed, touched in vain, or crossed by a piece: against looking at every single point. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Chunks, chunkAt } from "#src/data/chunks";
import { type Box, countsOf, isEmpty, keyOfBox, reach, sizeOf, type View } from "#src/data/region";
import { cutBox, forEachBlock } from "#src/graph/block-cuts";

interface Touch {
  readonly box: Box;
  readonly view: View;
  readonly grid: Chunks;
}

const dimension = fc.record({ start: fc.nat(4), count: fc.integer({ min: 1, max: 6 }) });
const rule = fc.record({
  dim: fc.integer({ min: -1, max: 1 }),
  start: fc.nat(5),
  step: fc.integer({ min: -5, max: 5 }),
  sizes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 }),
});

/** A box of two dimensions, and an array of two axes that a view touches within its bounds. */
const touches: fc.Arbitrary<Touch> = fc
  .record({ dims: fc.tuple(dimension, dimension), rules: fc.tuple(rule, rule) })
  .map(({ dims, rules }) => {
    const box = dims.map(({ start, count }) => ({ start, stop: start + count }));
    const view = rules.map(({ dim, start, step }) => {
      const axis = dim < 0 ? { dim, start, step: 0 } : { dim, start: 0, step };
      const [low] = reach(axis, box);
      return { ...axis, start: axis.start - Math.min(0, low) + (dim < 0 ? 0 : start) };
    });
    const grid = rules.map(({ sizes }, i) => {
      const [, high] = reach(view[i]!, box);
      const long = [...sizes];
      while (long.reduce((sum, size) => sum + size, 0) <= high) long.push(sizes[long.length % sizes.length]!);
      return long;
    });
    return { box, view, grid };
  });

function* pointsOf([rows, columns]: Box): Generator<readonly [number, number]> {
  for (let i = rows!.start; i < rows!.stop; i++) for (let j = columns!.start; j < columns!.stop; j++) yield [i, j];
}

const blockAtPoint = ({ view, grid }: Omit<Touch, "box">, point: readonly [number, number]): number =>
  view.reduce((number, { dim, start, step }, axis) => {
    const index = dim < 0 ? start : start + step * point[dim as 0 | 1];
    return number * grid[axis]!.length + chunkAt(grid[axis]!, index);
  }, 0);

test("forEachBlock names each touched block once and no other, where the axes move by themselves", () => {
  fc.assert(
    fc.property(touches, (touch) => {
      const { box, view, grid } = touch;
      fc.pre(view[0]!.dim < 0 || view[0]!.dim !== view[1]!.dim); // a diagonal may announce more blocks than it touches
      const found: number[] = [];
      forEachBlock(view, grid, box, (number) => found.push(number));
      const expected = new Set([...pointsOf(box)].map((point) => blockAtPoint(touch, point)));
      expect([...found].sort((a, b) => a - b)).toEqual([...expected].sort((a, b) => a - b));
    }),
    { numRuns: 500 },
  );
});

test("cutBox cuts into boxes that fill the box, each in one block of every grid", () => {
  fc.assert(
    fc.property(touches, touches, (a, b) => {
      const leaves = [a, { view: a.view, grid: null }];
      if (keyOfBox(b.box) === keyOfBox(a.box)) leaves.push(b);
      const parts = cutBox(a.box, leaves);
      expect(parts.every((part) => !isEmpty(part))).toBe(true);
      expect(parts.reduce((sum, part) => sum + sizeOf(countsOf(part)), 0)).toBe(sizeOf(countsOf(a.box)));
      const met = parts.flatMap((part) => [...pointsOf(part)].map(String));
      expect(new Set(met).size).toBe(met.length);
      for (const part of parts)
        expect(new Set([...pointsOf(part)].map((point) => blockAtPoint(a, point))).size).toBe(1);
    }),
    { numRuns: 500 },
  );
});
