import { readFileSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test, vi } from "vitest";
import { type DType, dtypes, factsOf } from "#src/data/dtype";
import { ArgumentError, FormatError } from "#src/data/errors";
import type { StridedFile } from "#src/data/layout";
import { storedBytes } from "#src/data/layout";
import { readMany } from "#src/native/windows";
import { LocalFile } from "#src/storage/stores/file";
import { readBox, writeBox } from "#src/storage/strided-io";
import { LARGEST_GAP_BYTES, planRead } from "#src/storage/strided-layout";
import { temporaryFolder, thrownBy } from "../support/folder.js";
import { linux, native } from "../support/platform.js";

const folder = temporaryFolder();

/** Bytes that look random and are the same on every run. */
function noise(length: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = 1;
  for (let i = 0; i < words.length; i++) words[i] = state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return new Uint8Array(words.buffer, 0, length);
}

interface Kind {
  readonly dtype: DType;
  readonly half: boolean;
  readonly otherEndian: boolean;
}

const anyKind: fc.Arbitrary<Kind> = fc.oneof(
  fc.record({ dtype: fc.constantFrom(...dtypes), half: fc.constant(false), otherEndian: fc.boolean() }),
  fc.record({ dtype: fc.constant<DType>("float32"), half: fc.constant(true), otherEndian: fc.boolean() }),
);

/** A one-dimensional description: boxes have strides, not a shape. */
function stridedFile(path: string, { dtype, half, otherEndian }: Kind, offset: number, bytes: number): StridedFile {
  return { path, offset, size: bytes, modified: 0, dtype, encoding: { half, otherEndian }, shape: [], strides: [] };
}

/** Every point of a box, the last dimension fastest. */
function* pointsOf(counts: readonly number[]): Generator<number[]> {
  const [count, ...rest] = counts;
  if (count === undefined) yield [];
  else for (let i = 0; i < count; i++) for (const point of pointsOf(rest)) yield [i, ...point];
}

const dot = (point: readonly number[], strides: readonly number[]) =>
  point.reduce((sum, index, dim) => sum + index * strides[dim]!, 0);

/** The lowest and the highest place that a box touches, counted from its point 0…0. */
function reachOf(strides: readonly number[], counts: readonly number[]): [low: number, high: number] {
  const ends = strides.map((stride, dim) => stride * (counts[dim]! - 1));
  return [ends.reduce((sum, end) => sum + Math.min(0, end), 0), ends.reduce((sum, end) => sum + Math.max(0, end), 0)];
}

/** The bytes in the file of one element, computed from its bytes in memory in the plainest way. */
function encoded(bytes: Uint8Array, { dtype, otherEndian }: Kind): number[] {
  const partBytes = factsOf(factsOf(dtype).part).bytes;
  const parts: number[][] = [];
  for (let at = 0; at < bytes.length; at += partBytes) parts.push([...bytes.subarray(at, at + partBytes)]);
  return (otherEndian ? parts.map((part) => part.reverse()) : parts).flat();
}

describe("the plan to read a box", () => {
  test.each([
    ["a whole matrix", [100, 1], [50, 100], 8, { length: 5000, runElements: 5000, outer: [], strides: [100, 1] }],
    ["one element", [], [], 8, { length: 1, runElements: 1, outer: [], strides: [], origin: 0, base: 0 }],
    ["a row", [100, 1], [1, 100], 8, { length: 100, runElements: 100, outer: [], strides: [0, 1] }],
    [
      "columns near each other",
      [100, 1],
      [50, 8],
      8,
      { length: 4908, runElements: 4908, outer: [], strides: [100, 1] },
    ],
    [
      "columns far from each other",
      [1000, 1],
      [50, 8],
      8,
      { length: 400, runElements: 8, outer: [{ count: 50, stride: 1000 }], strides: [8, 1] },
    ],
    ["a broadcast axis", [0, 1], [1000, 8], 8, { length: 8, runElements: 8, outer: [], strides: [0, 1] }],
    ["backwards", [-1], [10], 8, { length: 10, origin: 9, base: -9, strides: [-1], outer: [] }],
    ["windows that overlap", [1, 1], [10, 3], 8, { length: 12, runElements: 12, outer: [], strides: [1, 1] }],
    ["Fortran order", [1, 100], [100, 7], 8, { length: 700, runElements: 700, outer: [], strides: [1, 100] }],
    [
      "far backwards, near forwards, and far again",
      [1_000_000, -10_000, 2],
      [3, 4, 5],
      8,
      {
        length: 108,
        runElements: 9,
        outer: [
          { count: 3, stride: 1_000_000 },
          { count: 4, stride: 10_000 },
        ],
        strides: [36, -9, 2],
        origin: 27,
        base: -30_000,
      },
    ],
  ])("reading %s takes the runs that are expected", (_, strides, counts, itemBytes, expected) => {
    expect(planRead(strides, counts, itemBytes)).toMatchObject(expected);
  });

  test("gaps of up to LARGEST_GAP_BYTES are read over", () => {
    expect(planRead([LARGEST_GAP_BYTES + 1], [3], 1).outer).toEqual([]);
    expect(planRead([LARGEST_GAP_BYTES + 2], [3], 1).outer).toHaveLength(1);
    expect(planRead([LARGEST_GAP_BYTES / 8 + 1], [3], 8).outer).toEqual([]);
    expect(planRead([LARGEST_GAP_BYTES / 8 + 2], [3], 8).outer).toHaveLength(1);
  });

  test("plans reach places beyond 2^31 and 2^32", () => {
    const plan = planRead([-(2 ** 40), 2 ** 33], [2, 3], 8);
    expect(plan).toMatchObject({ length: 6, base: -(2 ** 40), origin: 3, strides: [-3, 1] });
  });
});

describe("reading a box from a file", () => {
  const path = join(folder, "noise");
  const content = noise(3_000_003);
  writeFileSync(path, content);
  const file = LocalFile.open(path, "read");
  afterAll(() => file.close());

  const stride = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: -9, max: 9 }) },
    { weight: 2, arbitrary: fc.integer({ min: -200, max: 200 }) },
    { weight: 3, arbitrary: fc.integer({ min: -6000, max: 6000 }) },
  );
  const dims = fc.array(fc.record({ stride, count: fc.integer({ min: 1, max: 5 }) }), { maxLength: 4 });

  test("every element gets the bytes of its place in the file, and no other memory is touched", () => {
    fc.assert(
      fc.property(anyKind, dims, fc.nat(15), fc.nat(4), fc.nat(3), (kind, box, offset, lead, how) => {
        const [shared, together] = [how % 2 === 1, how > 1 && native];
        const strides = box.map((dim) => dim.stride);
        const counts = box.map((dim) => dim.count);
        const source = stridedFile(path, kind, offset, content.length);
        const itemBytes = storedBytes(source);
        const first = -reachOf(strides, counts)[0] + lead;
        const layout = planRead(strides, counts, itemBytes);
        const byteOffset = lead;
        const size = byteOffset + layout.length * itemBytes + 16;
        const memory = shared ? new SharedArrayBuffer(size) : new ArrayBuffer(size);
        const all = new Uint8Array(memory).fill(0xa5);
        const before = file.bytesRead;
        const count = readBox(file, source, first, layout, memory, byteOffset, together ? readMany : undefined);
        expect(count).toBe(layout.length * itemBytes);
        const isDirect = together && layout.outer.length > 0;
        if (isDirect) expect(file.bytesRead).toBe(before);
        else expect(file.bytesRead - before).toBeGreaterThanOrEqual(count);
        for (const point of pointsOf(counts)) {
          const place = offset + (first + dot(point, strides)) * itemBytes;
          const element = layout.origin + dot(point, layout.strides);
          expect(element).toBeGreaterThanOrEqual(0);
          expect(element).toBeLessThan(layout.length);
          const found = all.subarray(byteOffset + element * itemBytes, byteOffset + (element + 1) * itemBytes);
          expect(Buffer.compare(found, content.subarray(place, place + itemBytes))).toBe(0);
        }
        expect(all.subarray(0, byteOffset).every((byte) => byte === 0xa5)).toBe(true);
        expect(all.subarray(size - 16).every((byte) => byte === 0xa5)).toBe(true);
      }),
      { numRuns: 1500 },
    );
  });

  test("a matrix is read in as few calls and as few bytes as the gaps allow", () => {
    const float64 = stridedFile(path, { dtype: "float64", half: false, otherEndian: false }, 0, content.length);
    const memory = new ArrayBuffer(3_000_000);
    const cost = (strides: number[], counts: number[]): [calls: number, bytes: number] => {
      const calls = vi.spyOn(file, "readInto");
      const bytes = readBox(file, float64, 0, planRead(strides, counts, 8), memory, 0);
      const count = calls.mock.calls.length;
      calls.mockRestore();
      return [count, bytes];
    };
    expect(cost([640, 1], [500, 640])).toEqual([1, 500 * 640 * 8]);
    // Every 64th column of 640: gaps of 504 bytes are read over.
    expect(cost([640, 64], [500, 10])).toEqual([1, (499 * 640 + 9 * 64 + 1) * 8]);
    // Every 64th row.
    expect(cost([64 * 640, 1], [7, 640])).toEqual([7, 7 * 640 * 8]);
    // 20 columns of 640: gaps of 4960 bytes, or of 5112 bytes for one column, are read but not kept, 52 rows at a time.
    expect(cost([640, 1], [500, 20])).toEqual([10, 500 * 20 * 8]);
    expect(cost([640, 1], [500, 1])).toEqual([10, 500 * 8]);
    // Every 8th of the first 64 columns: a run per row, gaps inside it included.
    expect(cost([640, 8], [500, 8])).toEqual([10, 500 * 57 * 8]);
    // Steps of more than 12 KiB are not worth it.
    expect(cost([1600, 1], [200, 20])).toEqual([200, 200 * 20 * 8]);
  });

  test("runs that lie apart end at the end of a truncated file, in one call or in several", () => {
    const short = join(folder, "short");
    writeFileSync(short, content.subarray(0, 100_000));
    const open = LocalFile.open(short, "read");
    const source = stridedFile(short, { dtype: "float64", half: false, otherEndian: false }, 0, content.length);
    for (const many of native ? [undefined, readMany] : [undefined]) {
      for (const step of [1000, 2000]) {
        const layout = planRead([step, 1], [30, 2], 8);
        const error = thrownBy(() => readBox(open, source, 0, layout, new ArrayBuffer(480), 0, many));
        expect(error).toBeInstanceOf(FormatError);
        expect(error).toMatchObject({ path: short, offset: step === 1000 ? 100_000 : 112_000 });
      }
    }
    open.close();
  });

  test("reading a box beyond the end of the file is a FormatError", () => {
    const source = stridedFile(path, { dtype: "float64", half: false, otherEndian: false }, 3, content.length);
    const error = thrownBy(() => readBox(file, source, 374_990, planRead([1], [20], 8), new ArrayBuffer(160), 0));
    expect(error).toBeInstanceOf(FormatError);
    expect(error).toMatchObject({ path, offset: content.length });
  });
});

describe("writing a box to a file", () => {
  const path = join(folder, "target");

  /** Strides of a box in a file whose elements do not overlap: each stride leaves room for all shorter ones. */
  const boxes = fc
    .array(
      fc.record({
        count: fc.integer({ min: 1, max: 5 }),
        gap: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(6), fc.nat(500)),
        backwards: fc.boolean(),
        memory: fc.oneof(fc.integer({ min: -7, max: 7 }), fc.constant<"packed">("packed")),
        rank: fc.nat(),
      }),
      { maxLength: 4 },
    )
    .map((dims) => {
      const strides = new Array<number>(dims.length);
      const memoryStrides = new Array<number>(dims.length);
      const order = dims.map((_, dim) => dim).sort((a, b) => dims[a]!.rank - dims[b]!.rank);
      let [room, packed] = [1, 1];
      for (const dim of order) {
        const { count, gap, backwards, memory } = dims[dim]!;
        strides[dim] = (room + gap) * (backwards ? -1 : 1);
        memoryStrides[dim] = memory === "packed" ? packed * (backwards ? -1 : 1) : memory;
        room += (room + gap) * (count - 1);
        packed *= count;
      }
      return { strides, memoryStrides, counts: dims.map(({ count }) => count) };
    });

  test("every element is written to its place, and no other byte changes", () => {
    const kinds = anyKind.filter(({ half }) => !half);
    fc.assert(
      fc.property(kinds, boxes, fc.nat(15), fc.nat(3), fc.boolean(), (kind, box, offset, lead, shared) => {
        const { strides, memoryStrides, counts } = box;
        const { bytes, part } = factsOf(kind.dtype);
        const [low, high] = reachOf(strides, counts);
        const [memoryLow, memoryHigh] = reachOf(memoryStrides, counts);
        const content = noise(offset + (high - low + 1 + 2 * lead) * bytes + 5);
        writeFileSync(path, content);
        const byteOffset = lead * factsOf(part).bytes - memoryLow * bytes;
        const size = byteOffset + (memoryHigh + 1) * bytes + lead;
        const memory = shared ? new SharedArrayBuffer(size) : new ArrayBuffer(size);
        const elements = new Uint8Array(memory);
        elements.set(noise(size + 1000).subarray(1000));
        const target = stridedFile(path, kind, offset, content.length);
        const file = LocalFile.open(path, "update");
        writeBox(file, target, lead - low, strides, counts, { memory, byteOffset, strides: memoryStrides });
        file.close();
        const expected = Buffer.from(content);
        let count = 0;
        for (const point of pointsOf(counts)) {
          const from = byteOffset + dot(point, memoryStrides) * bytes;
          const element = elements.slice(from, from + bytes);
          expected.set(encoded(element, kind), offset + (lead - low + dot(point, strides)) * bytes);
          count += bytes;
        }
        expect(readFileSync(path).equals(expected)).toBe(true);
        expect(file.bytesWritten).toBe(count);
      }),
      { numRuns: 1500 },
    );
  });

  const float64: Kind = { dtype: "float64", half: false, otherEndian: false };

  /** Writes a box of a fresh file and counts the calls. */
  function written(kind: Kind, elements: number, strides: number[], counts: number[], memoryStrides: number[]) {
    const values = noise(elements * 8);
    writeFileSync(path, "");
    truncateSync(path, elements * 8);
    const file = LocalFile.open(path, "update");
    const calls = vi.spyOn(file, "write");
    const memory = { memory: values.buffer, byteOffset: 0, strides: memoryStrides };
    writeBox(file, stridedFile(path, kind, 0, elements * 8), 0, strides, counts, memory);
    file.close();
    return { calls: calls.mock.calls.length, values, found: new Uint8Array(readFileSync(path)) };
  }

  test("a box that is packed in memory and in the file is written in one call", () => {
    const { calls, values, found } = written(float64, 120_000, [400, 1], [300, 400], [400, 1]);
    expect(calls).toBe(1);
    expect(Buffer.compare(found, values)).toBe(0);
  });

  test("elements that must be gathered are written in pieces of 256 KiB", () => {
    const { calls, values, found } = written(float64, 120_000, [400, 1], [300, 400], [1, 300]);
    expect(calls).toBe(Math.ceil((120_000 * 8) / 2 ** 18));
    const [from, to] = [new BigUint64Array(values.buffer), new BigUint64Array(found.buffer)];
    expect(to.findIndex((value, i) => value !== from[(i % 400) * 300 + Math.floor(i / 400)])).toBe(-1);
  });

  test("writing in the other byte order leaves the source unchanged", () => {
    const { calls, values, found } = written({ ...float64, otherEndian: true }, 120_000, [1], [120_000], [1]);
    expect(calls).toBe(Math.ceil((120_000 * 8) / 2 ** 18));
    expect(Buffer.compare(values, noise(120_000 * 8))).toBe(0);
    expect(Buffer.from(found).swap64().equals(values)).toBe(true);
  });

  test("float16 and overlapping elements are refused before anything is written", () => {
    writeFileSync(path, "abcdefgh");
    const file = LocalFile.open(path, "update");
    const source = { memory: new ArrayBuffer(64), byteOffset: 0, strides: [1] };
    const half = stridedFile(path, { dtype: "float32", half: true, otherEndian: false }, 0, 8);
    const whole = stridedFile(path, { dtype: "uint8", half: false, otherEndian: false }, 0, 8);
    expect(() => writeBox(file, half, 0, [1], [4], source)).toThrow(ArgumentError);
    expect(() => writeBox(file, whole, 0, [0], [4], source)).toThrow(
      /strides \[0\] would write elements onto each other/,
    );
    expect(() => writeBox(file, whole, 0, [1, 2], [4, 2], { ...source, strides: [1, 1] })).toThrow(ArgumentError);
    file.close();
    expect(readFileSync(path, "latin1")).toBe("abcdefgh");
  });

  test.runIf(linux)("a box written to /dev/full fails with the StorageError of a full disk", () => {
    const file = LocalFile.open("/dev/full", "update");
    const source = { memory: new ArrayBuffer(4800), byteOffset: 0, strides: [1, 20] };
    const target = stridedFile("/dev/full", float64, 128, 0);
    const error = thrownBy(() => writeBox(file, target, 2, [40, 1], [20, 30], source));
    expect(error).toMatchObject({ name: "StorageError", path: "/dev/full", systemCode: "ENOSPC", offset: 144 });
    file.close();
  });
});

test("elements beyond 2^31 of a file of more than 4 GiB are read and written", () => {
  const path = join(folder, "sparse");
  writeFileSync(path, "");
  truncateSync(path, 128 + 3 * 2 ** 32);
  for (const [dtype, bytes] of [
    ["uint8", 1],
    ["float32", 4],
  ] as const) {
    const columns = 2 ** 32 / bytes;
    const target = stridedFile(path, { dtype, half: false, otherEndian: false }, 128, 128 + 3 * 2 ** 32);
    const values = noise(6 * bytes);
    const file = LocalFile.open(path, "update");
    // Two columns of the far end, the rows backwards.
    const first = 3 * columns - 2;
    const box = [[-columns, 1], [3, 2], { memory: values.buffer, byteOffset: 0, strides: [2, 1] }] as const;
    writeBox(file, target, first, ...box);
    expect(file.bytesWritten).toBe(6 * bytes);
    const layout = planRead([-columns, 1], [3, 2], bytes);
    const memory = new Uint8Array(layout.length * bytes);
    expect(readBox(file, target, first, layout, memory.buffer, 0)).toBe(6 * bytes);
    for (let row = 0; row < 3; row++) {
      const start = (layout.origin + row * layout.strides[0]!) * bytes;
      expect(memory.subarray(start, start + 2 * bytes)).toEqual(
        values.subarray(2 * row * bytes, 2 * (row + 1) * bytes),
      );
    }
    file.close();
  }
  unlinkSync(path);
});
