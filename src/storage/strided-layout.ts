/**
 * The layout in memory of a box that is read from a file. The elements of a box are in the file at regular distances.
 * Those that are close together are read in one piece, gaps included, and keep their strides. Those that are far apart
 * are read piece by piece, and packed.
 *
 * ```
 * file    ..aa.aa........bb.bb........cc.cc..     strides 1, 3, 13: the 3 is close, the 13 is far
 *           └─run─┘      └─run─┘      └─run─┘
 * memory    aa.aabb.bbcc.cc                       strides 1, 3, 5
 * ```
 *
 * Invariant: the point p of the box is in memory at element `origin + Σ p[d] * strides[d]`, and all such elements are
 * inside `0 … length - 1`.
 */

import { at } from "../data/lists.js";

/**
 * Stretches with a gap of at most this many bytes between them are read together: a system call costs about as much as
 * copying a few KiB, and the file system reads whole pages of 4 KiB anyway.
 */
export const LARGEST_GAP_BYTES = 4096;

/** A loop: `count` steps of `stride` elements. */
export interface Loop {
  readonly count: number;
  readonly stride: number;
}

/** The plan to read a box; all numbers are in elements. */
export interface BoxLayout {
  /** The elements that the box takes in memory, gaps included. */
  readonly length: number;
  /** Where in memory the point 0…0 is. */
  readonly origin: number;
  /** Per dimension, how far a step moves in memory; 0 if the file's stride is 0 or there is only one index. */
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
 * @param strides the distances in the file, in elements; may be negative or 0
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
  for (const { dim, count, stride, isBackward } of dimsByStride(strides, counts)) {
    if (stride === 0) continue;
    let step = stride;
    if ((stride - runElements) * itemBytes <= LARGEST_GAP_BYTES) {
      // there is no outer loop yet: its stride, and so its gap, would be no greater than this one's
      runElements += (count - 1) * stride;
    } else {
      outer.unshift({ count, stride });
      step = runs * runElements;
      runs *= count;
    }
    steps[dim] = isBackward ? -step : step;
    if (isBackward) {
      base -= (count - 1) * stride;
      origin += (count - 1) * step;
    }
  }
  return { length: runs * runElements, origin, strides: steps, base, runElements, outer };
}

/** A dimension of a box in a file. */
export interface FileDim {
  readonly dim: number;
  readonly count: number;
  /** The distance in the file from one index to the next, in elements; never negative. */
  readonly stride: number;
  /** True if the last index comes first in the file. */
  readonly isBackward: boolean;
}

/** The dimensions with more than one index, the smallest stride first. */
export function dimsByStride(strides: readonly number[], counts: readonly number[]): FileDim[] {
  const dims: FileDim[] = [];
  for (const [dim, count] of counts.entries()) {
    if (count <= 1) continue;
    const signed = at(strides, dim);
    const stride = Math.abs(signed);
    // insertion: there are few dimensions, mostly in the reverse order already
    const place = dims.findIndex((other) => other.stride > stride);
    dims.splice(place < 0 ? dims.length : place, 0, { dim, count, stride, isBackward: signed < 0 });
  }
  return dims;
}

/** How many steps the loops make together. */
export function countOf(loops: readonly Loop[]): number {
  let count = 1;
  for (const loop of loops) count *= loop.count;
  return count;
}

/** How far the step with a number is from the first one; the last loop is the fastest. */
export function distance(loops: readonly Loop[], step: number): number {
  let moved = 0;
  for (let depth = loops.length - 1; depth >= 0; depth--) {
    const { count, stride } = at(loops, depth);
    moved += (step % count) * stride;
    step = Math.floor(step / count);
  }
  return moved;
}
