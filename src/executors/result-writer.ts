/** Results on their way out of a worker's memory: into a block in shared memory, or into a file. */
import { factsOf } from "../data/dtype.js";
import { InternalError } from "../data/errors.js";
import { at } from "../data/lists.js";
import { stridesOf } from "../data/region.js";
import type { Output } from "../graph/task.js";
import { writeBox } from "../storage/strided-io.js";
import { copyOut } from "./copy.js";
import { encode } from "./encoded.js";
import type { Resources } from "./resources.js";
import { type Suspendable, wait } from "./suspendable.js";

/** Some of a block's elements in some memory: one address per field, strides in elements. */
export interface Result {
  readonly memory: ArrayBufferLike;
  readonly counts: readonly number[];
  readonly addresses: readonly number[];
  readonly strides: readonly number[];
}

/**
 * Writes part of a block to its place; `first` and `strides` say where that is, in elements of the output's location.
 */
export function writeResult(
  { location, dtypes }: Output,
  { memory: from, counts, addresses, strides: fromStrides }: Result,
  first: number,
  strides: readonly number[],
  resources: Resources,
): void {
  if (counts.includes(0)) return;
  if (location.kind === "encoded") {
    throw new InternalError("internal error: a part of an encoded array is written as a whole");
  }
  if (location.kind === "file") {
    const local = resources.file(location.file, "update");
    const before = local.bytesWritten;
    const source = { memory: from, byteOffset: at(addresses, 0), strides: fromStrides };
    writeBox(local, at(resources.job.files, location.file), first, strides, counts, source);
    resources.bytesWritten += local.bytesWritten - before;
    return;
  }
  const known = resources.memory(location.buffer);
  const memory = "address" in known ? known : known.buffer;
  for (const [field, dtype] of dtypes.entries()) {
    const { bytes } = factsOf(dtype);
    const offset = at(location.offsets, field) + first * bytes;
    const source = { memory: from, offset: at(addresses, field), strides: fromStrides };
    copyOut(bytes, counts, source, { memory, offset, strides });
  }
}

/** Writes a whole contiguous block to its place. */
export function writeBlock(
  output: Output,
  addresses: readonly number[],
  memory: ArrayBufferLike,
  resources: Resources,
): Suspendable<void> {
  return writeRows(output, 0, output.shape, addresses, memory, resources);
}

/**
 * Writes a contiguous part of a block, from index `from` of the first axis on; an encoded block is always the whole.
 */
export function* writeRows(
  output: Output,
  from: number,
  counts: readonly number[],
  addresses: readonly number[],
  memory: ArrayBufferLike,
  resources: Resources,
): Suspendable<void> {
  const { shape, location } = output;
  if (location.kind === "encoded") {
    yield* wait(encode(location.box, memory, at(addresses, 0), resources));
    return;
  }
  const strides = stridesOf(shape);
  const place = location.kind === "file" ? location : { first: 0, strides };
  const first = place.first + (from === 0 ? 0 : from * at(place.strides, 0));
  writeResult(output, { memory, counts, addresses, strides }, first, place.strides, resources);
}
