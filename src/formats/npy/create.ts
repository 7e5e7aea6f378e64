/** Begins a .npy file: the header is written at once, and tasks write the elements to their places behind it. */
import { factsOf } from "../../data/dtype.js";
import type { StridedFile } from "../../data/layout.js";
import { sizeOf, stridesOf } from "../../data/region.js";
import { renamed } from "../../storage/stores/failure.js";
import { Replacement } from "../../storage/stores/replacement.js";
import type { NewArray, StridedDestination } from "../format.js";
import { npyHeader } from "./npy.js";

/**
 * Begins a .npy file under a temporary name.
 *
 * @throws StorageError when it cannot be made; ShapeError for a shape that the format does not take
 */
export function createNpy(path: string, { dtype, shape }: NewArray): StridedDestination {
  const header = npyHeader({ dtype, shape });
  const size = header.length + sizeOf(shape) * factsOf(dtype).bytes;
  const replacement = Replacement.create(path, size);
  try {
    replacement.write(header, 0);
  } catch (error) {
    replacement.discard();
    throw renamed(error, replacement.path, path);
  }
  const file: StridedFile = {
    path: replacement.path,
    offset: header.length,
    size,
    modified: 0,
    dtype,
    encoding: { otherEndian: false, half: false },
    shape,
    strides: stridesOf(shape),
  };
  return {
    file,
    temporary: replacement.path,
    commit: async (exclusive) => replacement.commit(exclusive),
    discard: async () => replacement.discard(),
  };
}
