/** Results on their way out of a worker's memory: into a block in shared memory, or into a file. */
import { factsOf } from "../data/dtype.js";
import type { Output } from "../graph/task.js";
import { writeBox } from "../storage/strided-io.js";
import { copyOut } from "./copy.js";
import type { Resources } from "./resources.js";

/** Some of a block's elements in some memory: one address per field, strides in elements. */
export interface Result {
  readonly memory: ArrayBufferLike;
  readonly counts: readonly number[];
  readonly addresses: readonly number[];
  readonly strides: readonly number[];
}

/** Puts part of a block to its place; `first` and `strides` say where, in elements of the target. */
export function writeResult(
  output: Output,
  result: Result,
  first: number,
  strides: readonly number[],
  resources: Resources,
): void {
  const { location: target, dtypes } = output;
  const { memory: from, counts, addresses } = result;
  if (counts.includes(0)) return;
  if (target.kind === "encoded") throw new Error("a part of an encoded array is written as a whole");
  if (target.kind === "file") {
    const file = resources.job.files[target.file]!;
    const local = resources.file(target.file, "update");
    const before = local.bytesWritten;
    writeBox(local, file, first, strides, counts, { memory: from, byteOffset: addresses[0]!, strides: result.strides });
    resources.bytesWritten += local.bytesWritten - before;
    return;
  }
  const known = resources.memory(target.buffer);
  const memory = "address" in known ? known : known.buffer;
  dtypes.forEach((dtype, field) => {
    const { bytes } = factsOf(dtype);
    const offset = target.offsets[field]! + first * bytes;
    copyOut(
      bytes,
      counts,
      { memory: from, offset: addresses[field]!, strides: result.strides },
      { memory, offset, strides },
    );
  });
}
