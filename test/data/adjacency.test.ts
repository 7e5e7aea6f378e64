/** Lists in flat arrays are the lists that were put in, and the inverse names who has each number. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Adjacency } from "#src/data/adjacency";
import { InternalError } from "#src/data/errors";
import { adjacency as adjacencyOf } from "../scheduler/tables.js";

const lists = fc.array(fc.uniqueArray(fc.nat(9)), { maxLength: 12 });

test("an adjacency gives back the lists that it was made from", () => {
  fc.assert(
    fc.property(lists, (all) => {
      const adjacency = adjacencyOf(all);
      expect([adjacency.length, adjacency.size]).toEqual([all.length, all.flat().length]);
      for (const [i, list] of all.entries()) {
        const visited: number[] = [];
        for (let k = adjacency.start(i); k < adjacency.stop(i); k++) visited.push(adjacency.at(k));
        expect(visited).toEqual(list);
        expect([...adjacency.list(i)]).toEqual(list);
        expect(adjacency.count(i)).toBe(list.length);
        expect(list.map((_, position) => adjacency.item(i, position))).toEqual(list);
      }
    }),
  );
});

test("the inverse of an adjacency names, for each number, the lists that have it", () => {
  fc.assert(
    fc.property(lists, (all) => {
      const inverse = adjacencyOf(all).inverse(10);
      for (let number = 0; number < 10; number++) {
        const expected = [...all.keys()].filter((i) => all[i]?.includes(number));
        expect([...inverse.list(number)]).toEqual(expected);
      }
    }),
  );
});

test("a list that does not exist is refused", () => {
  const lists = Adjacency.of([1, 2, 3], [7, 8, 9]);
  expect(() => lists.count(3)).toThrow(InternalError);
  expect(() => lists.start(-1)).toThrow(InternalError);
  expect(() => lists.at(3)).toThrow(InternalError);
});
