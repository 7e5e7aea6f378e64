/** Detects facts about one box that are given to a box of other counts. */
import { expect, test } from "vitest";
import { ByCounts } from "#src/data/by-counts";
import { boxBetween } from "#src/data/region";

test("boxes of the same counts share what follows from them, others get their own", () => {
  const asked: string[] = [];
  const known = new ByCounts((counts) => {
    asked.push(counts.join());
    return counts.reduce((product, count) => product * count, 1);
  });
  const sizes = [
    known.of(boxBetween([0, 0], [2, 3])),
    known.of(boxBetween([5, 7], [7, 10])),
    known.of(boxBetween([0, 0], [3, 2])),
    known.of(boxBetween([0], [2])),
    known.of(boxBetween([0, 0, 0], [2, 3, 1])),
    known.of(boxBetween([4, 4], [3, 9])),
    known.of([]),
    known.of([]),
  ];
  expect(sizes).toEqual([6, 6, 6, 2, 6, 0, 1, 1]);
  expect(asked).toEqual(["2,3", "3,2", "2", "2,3,1", "0,5", ""]);
});
