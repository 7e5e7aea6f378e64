/** Arrays to files: written block by block under a temporary name that is renamed when everything is there. */
import { randomUUID } from "node:crypto";
import pLimit from "p-limit";
import { factsOf } from "../data/dtype.js";
import { ChunkwiseError, type FilePlace } from "../data/errors.js";
import type { StridedFile } from "../data/layout.js";
import { sizeOf, stridesOf } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import { sinkExpr } from "../ops/sinks.js";
import { npyHeader } from "../storage/formats/npy.js";
import { LocalFile } from "../storage/stores/file.js";
import { Replacement } from "../storage/stores/replacement.js";
import { type ComputeOptions, execute, planFor, prepare } from "./compute.js";

/** How many files are committed to disk at a time. */
const commits = pLimit(4);

/** Computes an expression into a .npy file. */
export async function saveNpyExpr(expr: Expr, path: string, options: ComputeOptions): Promise<void> {
  const settings = prepare(options, "saveNpy");
  const { dtype, shape } = expr.meta;
  const header = npyHeader({ dtype, shape });
  const size = header.length + sizeOf(shape) * factsOf(dtype).bytes;
  options.signal?.throwIfAborted();
  const replacement = Replacement.create(path, size);
  try {
    const start = LocalFile.open(replacement.path, "update");
    try {
      start.write(header, 0);
    } finally {
      start.close();
    }
    const file: StridedFile = {
      path: replacement.path,
      offset: header.length,
      size,
      modified: 0,
      dtype,
      encoding: { swap: false, half: false },
      shape,
      strides: stridesOf(shape),
    };
    const planned = planFor([{ expr: sinkExpr(expr, path, randomUUID()), file }], settings, "saveNpy");
    await execute(planned, settings, options, () => undefined);
    await commits(() => replacement.commit());
  } catch (error) {
    replacement.discard();
    throw named(error, replacement.path, path);
  }
}

/** An error, and what caused it, with the path that the user gave in the place of the temporary one. */
function named(error: unknown, temporary: string, path: string): unknown {
  for (let at: unknown = error; at instanceof ChunkwiseError; at = at.cause) {
    at.message = at.message.replaceAll(temporary, path);
    if (at.stack !== undefined) at.stack = at.stack.replaceAll(temporary, path);
    if ((at as FilePlace).path === temporary) Object.assign(at, { path });
  }
  return error;
}
