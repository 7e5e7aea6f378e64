/**
 * How a box of a file lies in memory once it is read. The elements of a box stand in the file at regular distances; what
 * is close together is read in one piece, gaps included, and keeps its strides; what is far apart is read piece by piece
 * and packed.
 *
 * ```
 * file    ..aa.aa........bb.bb........cc.cc..     strides 1, 3, 13: the 3 is close, the 13 is far
 *           └─run─┘      └─run─┘      └─run─┘
 * memory    aa.aabb.bbcc.cc                       strides 1, 3, 5
 * ```
 *
 * Invariant: the point p of the box stands in memory at element `origin + Σ p[d] * strides[d]`, and all such elements are
 * inside `0 … length - 1`.
 */

/**
 * Stretches with a gap of at most this many bytes between them are read together: a system call costs about as much as
 * copying a few KiB, and the file system reads whole pages of 4 KiB anyhow.
 */
export const gapBytes = 4096;

/** A loop: `count` steps of `stride` elements. */
export interface Loop {
  readonly count: number;
  readonly stride: number;
}

/** The plan to read a box; all numbers are in elements. */
export interface BoxLayout {
  /** The elements that the box takes in memory, gaps included. */
  readonly length: number;
  /** Where in memory the point 0…0 stands. */
  readonly origin: number;
  /** Per dimension, how far a step moves in memory; 0 where the file's stride is 0 or there is only one index. */
  readonly strides: readonly number[];
  /** Where in the file the first run begins, counted from the point 0…0; at most 0. */
  readonly base: number;
  /** The elements of one run. */
  readonly runElements: number;
  /** The loops over the runs, the slowest first; strides are the file's, and positive. */
  readonly outer: readonly Loop[];
}

/**
 * Plans to read a box.
 *
 * ```ts
 * planRead([1000, 1], [50, 8], 8); // 8 of 1000 float64 columns, gaps of 7936 bytes: 50 runs of 8, strides [8, 1]
 * planRead([100, 1], [50, 8], 8); // 8 of 100 columns, gaps of 736 bytes: one run of 4908, strides [100, 1]
 * ```
 *
 * @param strides the distances in the file, in elements; negative and 0 are fine
 * @param counts the box's sides, each at least 1
 * @param itemBytes bytes of an element in the file
 */
export function planRead(strides: readonly number[], counts: readonly number[], itemBytes: number): BoxLayout {
  const outer: Loop[] = [];
  const steps = new Array<number>(counts.length).fill(0);
  let runElements = 1;
  let runs = 1;
  let base = 0;
  let origin = 0;
  for (const dim of dimsByStride(strides, counts)) {
    const count = counts[dim]!;
    const stride = Math.abs(strides[dim]!);
    if (stride === 0) continue;
    let step = stride;
    if ((stride - runElements) * itemBytes <= gapBytes) {
      // No loop can be outside yet: its stride, and so its gap, would be no greater than this one's.
      runElements += (count - 1) * stride;
    } else {
      outer.unshift({ count, stride });
      step = runs * runElements;
      runs *= count;
    }
    const backwards = strides[dim]! < 0;
    steps[dim] = backwards ? -step : step;
    if (backwards) {
      base -= (count - 1) * stride;
      origin += (count - 1) * step;
    }
  }
  return { length: runs * runElements, origin, strides: steps, base, runElements, outer };
}

/** The dimensions with more than one index, the smallest absolute stride first. */
export function dimsByStride(strides: readonly number[], counts: readonly number[]): number[] {
  const dims: number[] = [];
  for (let dim = 0; dim < counts.length; dim++) {
    if (counts[dim]! <= 1) continue;
    // Insertion: there are only a few, and they mostly stand in the reverse order already.
    let place = dims.length;
    while (place > 0 && Math.abs(strides[dims[place - 1]!]!) > Math.abs(strides[dim]!)) place--;
    dims.splice(place, 0, dim);
  }
  return dims;
}

/** How many steps the loops make together. */
export function countOf(loops: readonly Loop[]): number {
  let count = 1;
  for (const loop of loops) count *= loop.count;
  return count;
}

/** How far the step with a running number has moved, when the last of the loops turns fastest. */
export function distance(loops: readonly Loop[], step: number): number {
  let moved = 0;
  for (let depth = loops.length - 1; depth >= 0; depth--) {
    const { count, stride } = loops[depth]!;
    moved += (step % count) * stride;
    step = Math.floor(step / count);
  }
  return moved;
}
