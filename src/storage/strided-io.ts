/**
 * Reads and writes boxes of a {@link StridedFile}: here planned runs become system calls.
 *
 * Runs that lie apart come in one call for many of them: from the system, if the caller knows a way, and otherwise by
 * reading over gaps that are small.
 *
 * Invariant: nothing is read before the first run and after the last. Writing touches only bytes of the box's own
 * elements, so workers may write neighbouring boxes of a file at the same time.
 */
import { ArgumentError } from "../data/errors.js";
import { type StridedFile, storedBytes } from "../data/layout.js";
import { at } from "../data/lists.js";
import { numberBytes, reverseBytes } from "./encoding.js";
import { gather } from "./staging.js";
import type { SyncReadable, SyncWritable } from "./stores/capabilities.js";
import { type BoxLayout, countOf, dimsByStride, distance, type Loop } from "./strided-layout.js";

/**
 * Reads many stretches of an open file, each of the same number of bytes, into memory, one after the other. `loops` has
 * a number of steps and a distance in bytes for each loop over the stretches, the slowest first. Returns false if not
 * all can be read, and then the memory has no meaning.
 */
export type ReadMany = (
  descriptor: number,
  into: Uint8Array,
  stretchBytes: number,
  offset: number,
  loops: Float64Array,
) => boolean;

/** Runs whose beginnings are so close are read together: copying as much costs about as much as a system call. */
const LARGEST_STEP_BYTES = 12_288;

/** How much of a file is read at a time, gaps included. */
const COVERED_BYTES = 2 ** 18;

/** Where runs are read with the gaps between them; made when it is first needed. */
let covered: Uint8Array | undefined;

/**
 * Reads a box into memory in the encoding of the file. It takes `layout.length` elements of {@link storedBytes} bytes
 * from `byteOffset` on; bytes in the gaps have no meaning.
 *
 * ```ts
 * const layout = planRead(strides, counts, storedBytes(source));
 * readBox(file, source, 0, layout, memory.buffer, 0);
 * ```
 *
 * @param first the element of the file, counted from `source.offset`, where the box's point 0…0 is
 * @param readMany a way to read many runs in one call
 * @returns the bytes of the runs
 * @throws FormatError if the file is truncated; StorageError if the system cannot read
 */
export function readBox(
  file: SyncReadable,
  source: Pick<StridedFile, "dtype" | "encoding" | "offset">,
  first: number,
  layout: BoxLayout,
  memory: ArrayBufferLike,
  byteOffset: number,
  readMany?: ReadMany,
): number {
  const itemBytes = storedBytes(source);
  const runBytes = layout.runElements * itemBytes;
  const runs = countOf(layout.outer);
  const into = new Uint8Array(memory, byteOffset, runs * runBytes);
  const start = source.offset + (first + layout.base) * itemBytes;
  if (runs === 1) {
    file.readInto(into, start);
    return runBytes;
  }
  if (readMany !== undefined && file.descriptor !== undefined) {
    const loops = layout.outer.flatMap(({ count, stride }) => [count, stride * itemBytes]);
    // where it fails, the calls below say why
    if (readMany(file.descriptor, into, runBytes, start, new Float64Array(loops))) return into.length;
  }
  const { count, stride } = at(layout.outer, layout.outer.length - 1);
  const stepBytes = stride * itemBytes;
  const together = stepBytes > LARGEST_STEP_BYTES ? 1 : Math.floor((COVERED_BYTES - runBytes) / stepBytes) + 1;
  for (let run = 0; run < runs; ) {
    const line = Math.min(together, count - (run % count), runs - run);
    const offset = start + distance(layout.outer, run) * itemBytes;
    const place = into.subarray(run * runBytes, (run + line) * runBytes);
    if (line === 1) file.readInto(place, offset);
    else readOver(file, offset, place, runBytes, stepBytes);
    run += line;
  }
  return into.length;
}

/** Reads runs at regular distances together with the gaps between them. */
function readOver(file: SyncReadable, offset: number, into: Uint8Array, runBytes: number, stepBytes: number): void {
  covered ??= new Uint8Array(COVERED_BYTES);
  const runs = into.length / runBytes;
  const stretch = covered.subarray(0, (runs - 1) * stepBytes + runBytes);
  file.readInto(stretch, offset);
  for (let run = 0; run < runs; run++) {
    into.set(stretch.subarray(run * stepBytes, run * stepBytes + runBytes), run * runBytes);
  }
}

/** Elements in memory. */
export interface Elements {
  readonly memory: ArrayBufferLike;
  /** Where the element of the point 0…0 begins, in bytes. */
  readonly byteOffset: number;
  /** Per dimension, how far a step moves, in elements; may be negative or 0. */
  readonly strides: readonly number[];
}

/**
 * Writes a box of elements to a file. Each stretch without gaps takes as few system calls as possible.
 *
 * ```ts
 * writeBox(file, target, 0, [4, 1], [3, 4], { memory: array.buffer, byteOffset: 0, strides: [1, 3] }); // transposed
 * ```
 *
 * @param first the element of the file, counted from `target.offset`, where the box's point 0…0 goes
 * @param strides the distances in the file, in elements; no two elements may go to the same place
 * @param counts the box's sides, each at least 1
 * @throws StorageError if the disk is full or fails; ArgumentError for float16 and for elements that overlap
 */
export function writeBox(
  file: SyncWritable,
  target: StridedFile,
  first: number,
  strides: readonly number[],
  counts: readonly number[],
  source: Elements,
): void {
  if (target.encoding.half) throw new ArgumentError(`${file.path}: float16 can be read, but not written`);
  const itemBytes = storedBytes(target);
  const plan = planWrite(file, strides, counts, source.strides);
  const innermost = plan.run.at(-1);
  const packed = innermost === undefined || (plan.run.length === 1 && innermost.stride === 1);
  const runs = countOf(plan.outerInFile);
  for (let run = 0; run < runs; run++) {
    const place = target.offset + (first + plan.base + distance(plan.outerInFile, run)) * itemBytes;
    const byteOffset = source.byteOffset + (plan.memoryBase + distance(plan.outerInMemory, run)) * itemBytes;
    if (packed && !target.encoding.otherEndian) {
      file.write(new Uint8Array(source.memory, byteOffset, countOf(plan.run) * itemBytes), place);
    } else {
      gather(source.memory, byteOffset, plan.run, itemBytes, (bytes, before) => {
        if (target.encoding.otherEndian) reverseBytes(bytes, numberBytes(target));
        file.write(bytes, place + before);
      });
    }
  }
}

/** The plan to write a box: loops over runs without gaps in the file. Bases and strides are in elements. */
interface WritePlan {
  /** Where the first run begins in the file and in memory, counted from the point 0…0. */
  readonly base: number;
  readonly memoryBase: number;
  /** The way through memory that gives the elements of a run in the order of the file. */
  readonly run: readonly Loop[];
  /** The loops over the runs: how far each moves in the file and in memory. */
  readonly outerInFile: readonly Loop[];
  readonly outerInMemory: readonly Loop[];
}

function planWrite(
  file: SyncWritable,
  strides: readonly number[],
  counts: readonly number[],
  memoryStrides: readonly number[],
): WritePlan {
  let [base, memoryBase, runElements] = [0, 0, 1];
  const run: Loop[] = [];
  const outerInFile: Loop[] = [];
  const outerInMemory: Loop[] = [];
  for (const { dim, count, stride, isBackward } of dimsByStride(strides, counts)) {
    const memoryStride = isBackward ? -at(memoryStrides, dim) : at(memoryStrides, dim);
    if (stride < runElements) {
      throw new ArgumentError(`${file.path}: a box with strides [${strides}] would write elements onto each other`);
    }
    if (isBackward) {
      base -= (count - 1) * stride;
      memoryBase -= (count - 1) * memoryStride;
    }
    if (stride > runElements) {
      outerInFile.unshift({ count, stride });
      outerInMemory.unshift({ count, stride: memoryStride });
      continue;
    }
    runElements *= count;
    const slowest = run[0];
    if (slowest !== undefined && memoryStride === slowest.stride * slowest.count) {
      run[0] = { count: slowest.count * count, stride: slowest.stride };
    } else {
      run.unshift({ count, stride: memoryStride });
    }
  }
  return { base, memoryBase, run, outerInFile, outerInMemory };
}
