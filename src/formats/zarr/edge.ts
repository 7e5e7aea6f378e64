/**
 * The parts in which an array ends, when it grows and its last parts along an axis are not full: their elements are
 * read, put before those that are added, and written anew.
 *
 *     part that is there   │ elements │ fill value │
 *     part that replaces it│ elements │ added      │  │ added ...
 *
 * Invariant: the new part holds the same elements where the array is now. So whoever reads sees no difference until the
 * shape grows.
 */
import { statSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { blockAt, gridOf } from "../../data/chunks.js";
import { factsOf } from "../../data/dtype.js";
import { decodedStrides, type EncodedArray } from "../../data/encoded.js";
import { ConflictError } from "../../data/errors.js";
import { hashOf } from "../../data/hash.js";
import { at } from "../../data/lists.js";
import { type Box, countsOf, firstOf, sizeOf, stridesOf } from "../../data/region.js";
import { failure } from "../../storage/stores/failure.js";
import { copyElements } from "./chunk-elements.js";
import type { Placement } from "./placing.js";
import { changeOf, reader } from "./reader.js";
import { fileOfPart, gridOfFiles, type WritePlan } from "./write-plan.js";
import type { EdgeParams } from "./writing.js";

/** Elements of a part in C order, and how many there are along each axis. */
export interface PartElements {
  readonly counts: readonly number[];
  readonly elements: Uint8Array;
}

/**
 * The elements of a part at the edge: those that the array has, and those that are added.
 *
 * @param box where the added ones are in what is appended
 * @param target what messages call the array
 * @throws FormatError if the part that is there is damaged; ConflictError if the array has changed; StorageError
 */
export async function withEdge(
  { axis, filled, array }: EdgeParams,
  box: Box,
  added: Uint8Array,
  target: string,
): Promise<PartElements> {
  const length = at(array.shape, axis);
  const old = box.with(axis, { start: length - filled, stop: length });
  const counts = countsOf(box).with(axis, filled + at(countsOf(box), axis));
  const item = factsOf(array.dtype).bytes;
  const bytes = new Uint8Array(sizeOf(countsOf(old)) * item);
  try {
    await readOld(array, old, bytes);
  } catch (cause) {
    const change = await changeOf(array);
    if (change === undefined) throw cause;
    const problem = `the array ${change} since the append began; nothing was written, so it can be done again`;
    throw new ConflictError(`cannot append to ${target}: ${problem}`, { path: target }, { cause });
  }
  const elements = new Uint8Array(sizeOf(counts) * item);
  const strides = stridesOf(counts);
  const to = { bytes: elements, first: 0, strides };
  copyElements({ bytes, first: 0, strides: decodedStrides(array, old) }, to, countsOf(old), item);
  const from = { bytes: added, first: 0, strides: stridesOf(countsOf(box)) };
  const start = counts.map((_, i) => (i === axis ? filled : 0));
  copyElements(from, { ...to, first: firstOf(0, strides, start) }, countsOf(box), item);
  return { counts, elements };
}

async function readOld(array: EncodedArray, box: Box, into: Uint8Array): Promise<void> {
  const open = await reader(array);
  try {
    await open.read(box, into);
  } finally {
    await open.close();
  }
}

/** The numbers of the parts at the edge. */
export function* edgeParts(placement: Placement): Generator<number> {
  if (placement.edge === undefined || placement.shape.includes(0)) return;
  const { axis } = placement.edge;
  const grid = gridOf(gridOfFiles(placement));
  const across = grid.with(axis, 1);
  const strides = stridesOf(grid);
  for (let number = 0; number < sizeOf(across); number++) yield firstOf(0, strides, blockAt(across, number));
}

/** Files that are looked at before other work of this thread has its turn. */
const FILES_PER_TURN = 256;

/**
 * What differs when one of the files at the edge does; undefined without an edge.
 *
 * @throws StorageError
 */
export async function edgeStamp({
  target,
  placement,
}: Pick<WritePlan, "target" | "placement">): Promise<string | undefined> {
  if (placement.edge === undefined) return undefined;
  let stamp = "";
  let looked = 0;
  for (const part of edgeParts(placement)) {
    const path = fileOfPart({ placement }, target.path, part);
    try {
      const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
      stamp = hashOf([stamp, stats === undefined ? null : [stats.size, stats.mtimeNs, stats.ino]]);
    } catch (cause) {
      throw failure(`look at ${path}`, target.name, cause);
    }
    if (++looked % FILES_PER_TURN === 0) await setImmediate();
  }
  return stamp;
}
