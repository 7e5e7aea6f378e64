/** Detects blocks of results that would be put to a wrong place, or that overlap. */
import { describe, expect, test } from "vitest";
import type { Chunks } from "#src/data/chunks";
import { allocate } from "#src/data/dtype";
import { preferHugePages } from "#src/native/pages";
import { holdResult } from "#src/run/held";
import { native } from "../support/native.js";

const float = (length: number) => allocate("float64", length);

describe.runIf(native)("the memory of a result as the place of its blocks", () => {
  test.each<[string, Chunks]>([
    ["rows", [[1000, 1000, 500], [1000]]],
    ["one block", [[2500], [1000]]],
    ["rows of a matrix behind axes cut into ones", [[1, 1], [1], [1000, 250], [1000]]],
  ])("%s follow each other", (_, grid) => {
    const data = float(2_500_000);
    const held = holdResult("float64", grid, data)!;
    const { buffer, address } = held.memories[0]!;
    expect(address).toBeGreaterThan(0);
    new Float64Array(buffer).forEach((_, i, all) => {
      all[i] = i;
    });
    expect([data[0], data[1], data[2_499_999]]).toEqual([0, 1, 2_499_999]);
    const [first] = held.blocks;
    expect(first).toEqual({ buffer: 0, offset: 0 });
    const lengths = grid.find((axis) => axis.length > 1 && axis[0]! > 1) ?? [2500];
    const second = held.blocks[1];
    if (second !== undefined) expect(second.offset).toBe(lengths[0]! * 8000);
  });

  test("a result of more than a GiB in several windows, none of which cuts a block", () => {
    const rows = Array.from({ length: 15 }, () => 2 ** 27 + 1);
    const data = allocate("uint8", 15 * (2 ** 27 + 1));
    const held = holdResult("uint8", [rows], data)!;
    expect(held.memories.map(({ bytes }) => bytes / (2 ** 27 + 1))).toEqual([7, 7, 1]);
    const starts = held.blocks.map(({ buffer, offset }) => held.memories[buffer]!.address! + offset);
    expect(starts.map((start) => start - starts[0]!)).toEqual(rows.map((length, i) => i * length));
    new Uint8Array(held.memories[2]!.buffer)[5] = 7;
    expect(data[14 * (2 ** 27 + 1) + 5]).toBe(7);
  });

  test("a result that is longer than any view of its bytes", () => {
    const rows = Array.from({ length: 5 }, () => 2 ** 27);
    const data = float(5 * 2 ** 27);
    preferHugePages(data.buffer);
    const { memories } = holdResult("float64", [rows], data)!;
    new Float64Array(memories[4]!.buffer)[3] = 7;
    expect([memories.length, data[4 * 2 ** 27 + 3]]).toEqual([5, 7]);
  });

  test("not where a block is scattered or too long for a view, nor where copying is as fast", () => {
    const columns: Chunks = [[2500], [500, 500]];
    expect(holdResult("float64", columns, float(2_500_000))).toBeUndefined();
    expect(holdResult("float64", [[2, 2], [2, 1], [1000]], float(12_000))).toBeUndefined();
    expect(holdResult("float64", [[500, 500]], float(1000))).toBeUndefined();
    expect(holdResult("uint8", [[2 ** 31 + 1]], allocate("uint8", 2 ** 31 + 1))).toBeUndefined();
  });
});
