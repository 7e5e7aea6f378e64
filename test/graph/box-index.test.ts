/** The index finds what looking at every box finds, in the same order. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Box, intersect, isEmpty } from "#src/data/region";
import { BoxIndex } from "#src/graph/box-index";

const side = fc.tuple(fc.nat(20), fc.nat(6));
const boxes = (rank: number): fc.Arbitrary<Box> =>
  fc
    .array(side, { minLength: rank, maxLength: rank })
    .map((sides) => sides.map(([start, length]) => ({ start, stop: start + length })));

test("the index finds the same boxes, in the same order, as looking at each of them", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 3 }).chain((rank) => fc.tuple(fc.array(boxes(rank), { maxLength: 30 }), boxes(rank))),
      ([all, box]) => {
        const items = all.map((own, number) => ({ box: own, number }));
        const found = new BoxIndex(items).meeting(box);
        const expected = items
          .map((item) => ({ item, common: intersect(item.box, box) }))
          .filter(({ common }) => !isEmpty(common));
        expect(found).toEqual(expected);
      },
    ),
    { numRuns: 500, seed: 1 },
  );
});
