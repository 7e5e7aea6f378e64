/** Detects memory that is given to two computations, that is kept without bound, or after it was dropped. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { dropSegments, giveSegments, takeSegment } from "#src/run/segments";

const MiB = 2 ** 20;
// other files of tests in the same process keep segments too
beforeEach(dropSegments);
afterEach(dropSegments);

test("the smallest kept segment that is large enough is taken, and only once", () => {
  const [small, large] = [new SharedArrayBuffer(MiB), new SharedArrayBuffer(4 * MiB)];
  giveSegments([large, small]);
  expect(takeSegment(1000, 2000)).toBe(small);
  expect(takeSegment(1000, 2000)).toBe(large);
  expect(takeSegment(1000, 2000).byteLength).toBe(2000);
});

test("a kept segment that is too small stays", () => {
  giveSegments([new SharedArrayBuffer(MiB)]);
  expect(takeSegment(2 * MiB, 3 * MiB).byteLength).toBe(3 * MiB);
  expect(takeSegment(MiB, 7 * MiB).byteLength).toBe(MiB);
});

test("no more than 128 MiB are kept, and nothing after a drop", () => {
  giveSegments([32, 32, 32, 64, 1].map((size) => new SharedArrayBuffer(size * MiB)));
  expect(takeSegment(33 * MiB, 1).byteLength).toBe(1);
  expect([1, 2, 2, 2].map((size) => takeSegment(size * MiB, 1).byteLength)).toEqual(
    [1, 32, 32, 32].map((m) => m * MiB),
  );
  giveSegments([new SharedArrayBuffer(256 * MiB), new SharedArrayBuffer(MiB)]);
  expect(takeSegment(2 * MiB, 8).byteLength).toBe(8);
  dropSegments();
  expect(takeSegment(8, 16).byteLength).toBe(16);
});
