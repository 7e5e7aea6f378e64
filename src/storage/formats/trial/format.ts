/** A format for trying the mechanism: .npy files, whose boxes are copied as if they had to be decoded. Goes when others are there. */

import { blockAt } from "../../../data/chunks.js";
import { factsOf } from "../../../data/dtype.js";
import type { EncodedArray } from "../../../data/encoded.js";
import { type Box, countsOf, sizeOf, stridesOf } from "../../../data/region.js";
import { LocalFile } from "../../stores/file.js";
import type { ArrayReader, ArrayWriter, Format } from "../format.js";

function reader({ path, dtype, shape, params }: EncodedArray): ArrayReader {
  const file = LocalFile.open(path, "read");
  const item = factsOf(dtype).bytes;
  const strides = stridesOf(shape);
  return {
    async read(box: Box, into: Uint8Array): Promise<number> {
      const counts = countsOf(box);
      for (let i = 0; i < sizeOf(counts); i++) {
        const at = blockAt(counts, i).reduce(
          (sum, index, axis) => sum + (index + box.start[axis]!) * strides[axis]!,
          0,
        );
        file.readInto(into.subarray(i * item, (i + 1) * item), (params as number) + at * item);
      }
      return into.length;
    },
    close: () => file.close(),
  };
}

function writer({ path, dtype, shape, params }: EncodedArray): ArrayWriter {
  const file = LocalFile.open(path, "update");
  const item = factsOf(dtype).bytes;
  const strides = stridesOf(shape);
  return {
    async write(box: Box, elements: Uint8Array): Promise<number> {
      const counts = countsOf(box);
      for (let i = 0; i < sizeOf(counts); i++) {
        const at = blockAt(counts, i).reduce(
          (sum, index, axis) => sum + (index + box.start[axis]!) * strides[axis]!,
          0,
        );
        file.write(elements.subarray(i * item, (i + 1) * item), (params as number) + at * item);
      }
      return elements.length;
    },
    close: () => file.close(),
  };
}

export const trial = { reader, writer } satisfies Format;
