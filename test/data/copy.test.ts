/** Detects a copy that changes bits, misses elements, or touches what is around them. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { copyBox } from "#src/data/copy";

const boxes = fc
  .record({
    counts: fc.array(fc.nat(5), { maxLength: 3 }),
    itemBytes: fc.constantFrom(1, 2, 4, 8, 16),
    from: fc.nat(9),
    to: fc.nat(9),
    isReversed: fc.boolean(),
    repeats: fc.boolean(),
  })
  .map(({ isReversed, repeats, ...box }) => {
    const slowest = (list: readonly number[]): number[] => {
      const strides = list.map((_, dim) => list.slice(dim + 1).reduce((product, count) => product * count, 1));
      return strides;
    };
    const strides = slowest(box.counts);
    const turned = slowest([...box.counts].reverse()).reverse();
    const source = repeats ? strides.map((stride, dim) => (dim === 0 ? 0 : stride)) : strides;
    return { ...box, source, target: isReversed ? turned : strides };
  });

/** All indices of a box. */
function* indices(counts: readonly number[]): Generator<number[]> {
  const [count, ...rest] = counts;
  if (count === undefined) yield [];
  else for (let i = 0; i < count; i++) for (const inner of indices(rest)) yield [i, ...inner];
}

const place = (strides: readonly number[], index: readonly number[]): number =>
  index.reduce((sum, i, dim) => sum + i * strides[dim]!, 0);

test("a box keeps its bytes at any offset, for elements of any size, and nothing else changes", () => {
  fc.assert(
    fc.property(boxes, ({ counts, itemBytes, from, to, source, target }) => {
      const length = counts.reduce((product, count) => product * count, 1);
      const bytes = Uint8Array.from({ length: from + (length + 1) * itemBytes }, (_, i) => (i * 37 + 11) & 255);
      const found = new Uint8Array(to + (length + 1) * itemBytes);
      const wanted = new Uint8Array(found);
      for (const index of indices(counts)) {
        const [at, goal] = [from + place(source, index) * itemBytes, to + place(target, index) * itemBytes];
        wanted.set(bytes.subarray(at, at + itemBytes), goal);
      }
      const memory = bytes.buffer;
      copyBox(
        itemBytes,
        counts,
        { memory, offset: from, strides: source },
        { memory: found.buffer, offset: to, strides: target },
      );
      expect(found).toEqual(wanted);
    }),
  );
});

test("NaNs keep sign and payload however often elements are copied one by one", () => {
  const patterns = BigUint64Array.of(
    0x7ff0000000000001n,
    0xfff0000000000001n,
    0x7ff8dead0000beefn,
    0xffffffffffffffffn,
  );
  const float32s = Uint32Array.of(0x7f800001, 0xff800001, 0x7fc0beef, 0xffffffff);
  for (let round = 0; round < 3000; round++) {
    const [longs, words] = [new BigUint64Array(8), new Uint32Array(8)];
    const strides = { from: [1], to: [2] };
    copyBox(
      8,
      [4],
      { memory: patterns.buffer, offset: 0, strides: strides.from },
      { memory: longs.buffer, offset: 0, strides: strides.to },
    );
    copyBox(
      4,
      [4],
      { memory: float32s.buffer, offset: 0, strides: strides.from },
      { memory: words.buffer, offset: 0, strides: strides.to },
    );
    if (round % 100 !== 0) continue;
    expect(longs.filter((_, i) => i % 2 === 0)).toEqual(patterns);
    expect(words.filter((_, i) => i % 2 === 0)).toEqual(float32s);
  }
});
