/** Detects a rule that chooses the slower way, or never looks again. */
import { expect, test } from "vitest";
import { ReadingRule, type Way } from "#src/executors/reading-rule";

/** The ways of some tiles one after the other, which take as long as `timeOf` says. */
function waysOf(
  tiles: number,
  timeOf: (way: Way, tile: number) => number,
  { moves = 0, moveMs = 0, cold = false } = {},
): Way[] {
  const rule = new ReadingRule();
  return Array.from({ length: tiles }, (_, tile) => {
    const way = cold ? "read" : rule.way;
    const moved = way === "mapped" ? moves : 0;
    rule.took({ way, points: 1000, milliseconds: timeOf(way, tile), moves: moved }, moveMs);
    return rule.way;
  });
}

test("the rule chooses the way that takes less time", () => {
  const slower = (slow: Way) => (way: Way) => (way === slow ? 2 : 1);
  expect(new Set(waysOf(900, slower("read")).slice(70))).toEqual(new Set(["mapped"]));
  expect(new Set(waysOf(900, slower("mapped")).slice(70))).toEqual(new Set(["read"]));
});

test("the rule counts the moves of windows", () => {
  const faster = (way: Way): number => (way === "mapped" ? 1 : 2);
  expect(waysOf(100, faster, { moves: 1, moveMs: 0.9 })[90]).toBe("mapped");
  expect(waysOf(100, faster, { moves: 1, moveMs: 1.1 })[90]).toBe("read");
});

test("the rule ignores tiles that were interrupted", () => {
  const interrupted = (way: Way, tile: number): number => (tile % 5 === 0 ? 100 : way === "mapped" ? 1 : 2);
  expect(waysOf(100, interrupted)[90]).toBe("mapped");
});

test("the rule looks again, and follows a file that changes", () => {
  const turning = (way: Way, tile: number): number => ((way === "mapped") === tile < 1000 ? 1 : 2);
  const ways = waysOf(2000, turning);
  expect([ways[900], ways[1200], ways[1999]]).toEqual(["mapped", "read", "read"]);
});

test("the rule maps again once a file is in memory that was not during the trial", () => {
  expect(waysOf(900, () => 1, { cold: true }).at(-1)).toBe("mapped");
});

test("tiles outside of trials need not be timed, and count on the way to the next trial", () => {
  const rule = new ReadingRule();
  const trials: number[] = [];
  for (let tile = 0; tile < 2100; tile++) {
    if (rule.isTrying) {
      trials.push(tile);
      rule.took({ way: rule.way, points: 1, milliseconds: rule.way === "read" ? 1 : 2, moves: 0 }, 0);
    } else {
      if (tile > 2) expect(rule.way).toBe("read");
      rule.skip();
    }
  }
  const from = (first: number, count: number): number[] => Array.from({ length: count }, (_, k) => first + k);
  expect(trials).toEqual([...from(2, 64), ...from(1026, 64), ...from(2050, 50)]);
});
