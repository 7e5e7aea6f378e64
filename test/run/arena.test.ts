/** Detects memory that is given out twice, not aligned, never used again, or not announced before it is given. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ChunkLocation } from "#src/graph/task";
import { Arena } from "#src/run/arena";

/** An arena whose buffers are numbered from 5 on, with what it announced. */
function arena(): { arena: Arena; announced: Map<number, SharedArrayBuffer> } {
  const announced = new Map<number, SharedArrayBuffer>();
  return { arena: new Arena(5, (number, memory) => void announced.set(number, memory)), announced };
}

test("stretches are aligned, lie inside their buffer and never overlap, whatever is taken and given back", () => {
  const sizes = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 3_000_000 }));
  const steps = fc.array(fc.record({ bytes: sizes, give: fc.nat() }), { maxLength: 60 });
  fc.assert(
    fc.property(steps, (list) => {
      const { arena: room, announced } = arena();
      const live: { place: ChunkLocation; bytes: number }[] = [];
      for (const { bytes, give } of list) {
        if (give % 3 === 0 && live.length > 0) {
          const [{ place, bytes: size }] = live.splice(give % live.length, 1) as [(typeof live)[0]];
          room.give(place, size);
        }
        const place = room.take(bytes);
        expect(place.offset % 64).toBe(0);
        expect(room.memory(place)).toBe(announced.get(place.buffer));
        expect(place.offset + bytes).toBeLessThanOrEqual(room.memory(place).byteLength);
        for (const other of live) {
          const apart = other.place.offset + other.bytes <= place.offset || place.offset + bytes <= other.place.offset;
          expect(other.place.buffer !== place.buffer || apart).toBe(true);
          // an empty stretch has a place of its own too
          expect(other.place).not.toEqual(place);
        }
        live.push({ place, bytes });
      }
    }),
    { numRuns: 200 },
  );
});

test("memory that was given back is used again, so that a thousand chunks in turn take one buffer", () => {
  const { arena: room, announced } = arena();
  for (let i = 0; i < 1000; i++) room.give(room.take(10_000), 10_000);
  expect([...announced.keys()]).toEqual([5]);
});

test("free neighbours become one stretch, in whatever order they were given back", () => {
  for (const order of [
    [0, 1, 2, 3],
    [3, 2, 1, 0],
    [0, 2, 1, 3],
    [1, 3, 0, 2],
  ]) {
    const { arena: room, announced } = arena();
    const length = room.memory(room.take(0)).byteLength; // of the first buffer, which has lost 64 bytes now
    const quarter = Math.floor((length - 64) / 4 / 64) * 64;
    const places = order.map(() => room.take(quarter));
    for (const i of order) room.give(places[i]!, quarter);
    room.take(4 * quarter);
    expect(announced.size).toBe(1);
  }
});
