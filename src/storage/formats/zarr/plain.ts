/**
 * Chunks whose elements stand in their files byte by byte: a box of one is read by itself.
 *
 *     chunk, as stored   ..aaa.......bbb.......ccc....      runs that are close are read together, through a small buffer;
 *                                                           those far apart, and what has no gaps, right into place
 *
 * Invariant: no byte outside of the span of the box is read, and none is written but the box's own.
 */
import { FormatError } from "../../../data/errors.js";
import { sizeOf, stridesOf } from "../../../data/region.js";
import { gapBytes } from "../../box-layout.js";
import type { Stretch } from "./sources.js";

/** The bytes of the buffer for runs with gaps between them. */
export const scratchBytes = 2 ** 18;

/** A box of a chunk, with its axes as the chunk stores them, the slowest first; in elements. */
export interface StoredBox {
  readonly chunk: readonly number[];
  readonly start: readonly number[];
  readonly counts: readonly number[];
}

/**
 * Reads a box into memory, packed as it is stored. Gives the bytes read.
 *
 * @param scratch {@link scratchBytes} bytes that nobody else uses meanwhile
 *
 * @throws FormatError when the chunk has not the bytes that it must have; StorageError
 */
export async function readPlain(
  { file, offset, length }: Stretch,
  { chunk, start, counts }: StoredBox,
  itemBytes: number,
  into: Uint8Array,
  scratch: Uint8Array,
): Promise<number> {
  const whole = sizeOf(chunk) * itemBytes;
  if (length !== whole) {
    const { path } = file;
    const problem = `${path} has a chunk of ${length} bytes, which must have ${whole}`;
    throw new FormatError(problem, { path, offset: offset + Math.min(length, whole) });
  }
  const strides = stridesOf(chunk);
  let runAxis = counts.length - 1;
  while (runAxis > 0 && counts[runAxis] === chunk[runAxis]) runAxis--;
  const run = sizeOf(counts.slice(Math.max(0, runAxis))) * itemBytes;
  const first = start.reduce((sum, at, axis) => sum + at * strides[axis]!, 0) * itemBytes;
  // The slower axes give the places of runs; the fastest of them those that may be close to each other.
  const near = runAxis > 0 ? runAxis - 1 : undefined;
  const step = near === undefined ? run : strides[near]! * itemBytes;
  const rows = near === undefined ? 1 : counts[near]!;
  const outer = counts.slice(0, Math.max(0, runAxis - 1));
  const together = step - run <= gapBytes ? Math.max(1, Math.floor((scratchBytes - run) / step) + 1) : 1;
  let read = 0;
  let place = 0;
  for (let number = 0; number < sizeOf(outer); number++) {
    let [at, rest] = [offset + first, number];
    for (let axis = outer.length - 1; axis >= 0; axis--) {
      at += (rest % outer[axis]!) * strides[axis]! * itemBytes;
      rest = Math.floor(rest / outer[axis]!);
    }
    for (let row = 0; row < rows; ) {
      const count = Math.min(together, rows - row);
      if (count === 1) {
        await file.read(into.subarray(place, place + run), at + row * step);
        read += run;
      } else {
        read += await readRows(
          file,
          at + row * step,
          step,
          count,
          into.subarray(place, place + count * run),
          run,
          scratch,
        );
      }
      place += count * run;
      row += count;
    }
  }
  return read;
}

/** Reads runs with small gaps between them. */
async function readRows(
  file: Stretch["file"],
  at: number,
  step: number,
  count: number,
  into: Uint8Array,
  run: number,
  scratch: Uint8Array,
): Promise<number> {
  const span = (count - 1) * step + run;
  const buffer = scratch.subarray(0, span);
  await file.read(buffer, at);
  for (let row = 0; row < count; row++) into.set(buffer.subarray(row * step, row * step + run), row * run);
  return span;
}
