/**
 * How a dataset that must be decoded is cut into parts. Small chunks are taken together, along the last axes first, so
 * that a part is worth a task.
 */
import { type Chunks, cut, startsOf } from "../../data/chunks.js";
import { at } from "../../data/lists.js";
import { largestOf } from "../../data/numbers.js";
import { sizeOf } from "../../data/region.js";
import type { StoredArray } from "../format.js";
import { countBelow, lengthOf, type Run, slicePositions, stopOf } from "../hdf5-virtual/runs.js";
import type { Resolved } from "./virtual.js";

/** Where there is a choice, a part has at least this many bytes, and elements without chunks are cut into such ones. */
const leastPart = 2 ** 18;
export const stretch = 2 ** 20;

/** The chunks of a dataset; along the last axes first, as many are taken together as a part of the least size needs. */
export function gridOfChunks(shape: readonly number[], itemBytes: number, chunks?: readonly number[]): Chunks {
  const wanted = chunks === undefined ? stretch : leastPart;
  const axes = shape.map((length, axis) => ({ length, part: Math.min(length, chunks?.[axis] ?? 1) }));
  let bytes = sizeOf(axes.map(({ part }) => part)) * itemBytes;
  const fromLast = axes.toReversed().map(({ length, part }) => {
    if (bytes === 0 || bytes >= wanted) return cut(length, part);
    const longer = Math.min(length, part * Math.ceil(wanted / bytes));
    bytes = (bytes / part) * longer;
    return cut(length, longer);
  });
  return fromLast.reverse();
}

/**
 * The parts of a virtual dataset: cut between its sources and, as far as a source is mapped without gaps, where the
 * parts of the source end. Small ones are taken together, and those that no source limits are cut.
 */
export function gridOfSources({ shape, sources, mappings }: Resolved, itemBytes: number): Chunks {
  const wanted = sources.some(({ kind }) => kind === "encoded") ? leastPart : stretch;
  const found: (readonly number[])[] = [];
  let bytes = itemBytes;
  for (const [axis, length] of [...shape.entries()].reverse()) {
    const along = mappings.map(({ source, target, origin, axes }): Along => {
      const from = axes[axis] ?? -1;
      return { target: at(target, axis), origin: origin[from] ?? [], sizes: sizesOf(at(sources, source), from) };
    });
    const { cuts, largest } = cutsOf(length, along);
    const [least, most] = [Math.ceil(wanted / bytes), Math.max(largest, Math.floor(stretch / bytes), 1)];
    const sizes = length === 0 ? [0] : merged(cuts, least, most);
    bytes *= largestOf(sizes, 1);
    found.unshift(sizes);
  }
  return found;
}

/** A mapping along one axis: the indices on both sides, and the sizes of the parts of the source, if it has any. */
interface Along {
  readonly target: readonly Run[];
  readonly origin: readonly Run[];
  readonly sizes: readonly number[];
}

function sizesOf(source: StoredArray, axis: number): readonly number[] {
  return source.kind === "encoded" ? (source.array.grid[axis] ?? []) : [];
}

/** Where an axis should be cut, and the longest piece that is a part of a source. */
function cutsOf(length: number, along: readonly Along[]): { readonly cuts: number[]; readonly largest: number } {
  const cuts = new Set([0, length]);
  let largest = 1;
  let hasGaps = false;
  for (const { target, origin, sizes } of along) {
    const isDense = target.length === 1 && stopOf(target) - (target[0]?.start ?? 0) === lengthOf(target);
    if (!isDense && hasGaps) continue; // of several that alternate, one is enough
    hasGaps ||= !isDense;
    let before = target[0]?.start ?? 0;
    cuts.add(before);
    for (const end of startsOf(sizes).slice(1, -1)) {
      const position = countBelow(origin, end);
      if (position === 0 || position >= lengthOf(origin)) continue;
      const [{ start } = { start: 0 }] = slicePositions(target, { start: position, stop: position + 1 });
      cuts.add(start);
      largest = Math.max(largest, start - before);
      before = start;
    }
    if (sizes.length > 0) largest = Math.max(largest, stopOf(target) - before);
    cuts.add(stopOf(target));
  }
  return { cuts: [...cuts].sort((a, b) => a - b), largest };
}

/** The sizes of pieces: as many as have the least length together, none longer than the most unless it must be. */
function merged(cuts: readonly number[], least: number, most: number): number[] {
  const sizes: number[] = [];
  let [start = 0] = cuts;
  for (const end of cuts.slice(1)) {
    if (end - start < least && end !== cuts.at(-1)) continue;
    const length = end - start;
    for (const size of cut(length, length > least + most ? most : length)) sizes.push(size);
    start = end;
  }
  return sizes;
}
