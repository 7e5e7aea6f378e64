/** Detects blocks of results that would be put to a wrong place, or that overlap. */
import { describe, expect, test } from "vitest";
import type { Chunks } from "#src/data/chunks";
import { allocate, type TypedArray } from "#src/data/dtype";
import type { AddressedMemory } from "#src/data/memory";
import { copyOut } from "#src/executors/copy";
import type { ResidentArray } from "#src/expr/op";
import { preferHugePages } from "#src/native/pages";
import { residentResult } from "#src/run/resident";
import { native } from "../support/platform.js";

const float = (length: number) => allocate("float64", length);
const addressed = ({ memories }: ResidentArray, number: number) => memories[number] as AddressedMemory;
const one = ({ buffer }: TypedArray) => ({ memory: buffer, offset: 0, strides: [1] });

function put(held: ResidentArray, number: number, offset: number, value: number): void {
  copyOut(8, [1], one(Float64Array.of(value)), { memory: addressed(held, number), offset, strides: [1] });
}

describe.runIf(native)("workers write blocks into the memory of a result", () => {
  test.each<[string, Chunks]>([
    ["rows", [[1000, 1000, 500], [1000]]],
    ["one block", [[2500], [1000]]],
    ["rows of a matrix behind axes cut into ones", [[1, 1], [1], [1000, 250], [1000]]],
  ])("%s follow each other", (_, grid) => {
    const data = float(2_500_000);
    const held = residentResult("float64", grid, data)!;
    put(held, 0, 0, 7);
    put(held, 0, 8 * 2_499_999, 9);
    expect([data[0], data[1], data[2_499_999]]).toEqual([7, 0, 9]);
    const [first] = held.blocks;
    expect(first).toEqual({ buffer: 0, offset: 0 });
    const lengths = grid.find((axis) => axis.length > 1 && axis[0]! > 1) ?? [2500];
    const second = held.blocks[1];
    if (second !== undefined) expect(second.offset).toBe(lengths[0]! * 8000);
  });

  test("a result of more than a GiB is shared in several windows, none of which cuts a block", () => {
    const rows = Array.from({ length: 15 }, () => 2 ** 27 + 1);
    const data = allocate("uint8", 15 * (2 ** 27 + 1));
    const held = residentResult("uint8", [rows], data)!;
    expect(held.memories.map(({ bytes }) => bytes / (2 ** 27 + 1))).toEqual([7, 7, 1]);
    const starts = held.blocks.map(({ buffer, offset }) => addressed(held, buffer).address + offset);
    expect(starts.map((start) => start - starts[0]!)).toEqual(rows.map((length, i) => i * length));
    copyOut(1, [1], one(Uint8Array.of(7)), { memory: addressed(held, 2), offset: 5, strides: [1] });
    expect(data[14 * (2 ** 27 + 1) + 5]).toBe(7);
  });

  test("a result may be longer than any view of its bytes", () => {
    const rows = Array.from({ length: 5 }, () => 2 ** 27);
    const data = float(5 * 2 ** 27);
    preferHugePages(data.buffer);
    const held = residentResult("float64", [rows], data)!;
    put(held, 4, 24, 7);
    expect([held.memories.length, data[4 * 2 ** 27 + 3]]).toEqual([5, 7]);
  });

  test("one block may be longer than any view of its bytes", () => {
    const data = allocate("uint8", 2 ** 31 + 1);
    const held = residentResult("uint8", [[2 ** 31 + 1]], data)!;
    copyOut(1, [1], one(Uint8Array.of(7)), { memory: addressed(held, 0), offset: 2 ** 31, strides: [1] });
    expect(data[2 ** 31]).toBe(7);
  });

  test("a result is not shared where a block is scattered or where copying is as fast", () => {
    const columns: Chunks = [[2500], [500, 500]];
    expect(residentResult("float64", columns, float(2_500_000))).toBeUndefined();
    expect(residentResult("float64", [[2, 2], [2, 1], [1000]], float(12_000))).toBeUndefined();
    expect(residentResult("float64", [[500, 500]], float(1000))).toBeUndefined();
  });
});
