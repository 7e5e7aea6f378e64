/**
 * Files whose parts have places that are known only when all parts are complete: each part is written to a file of its
 * own in a folder beside the target, and the last step joins these files.
 *
 *     folder/.chunkwise-1f0c….tmp.parts/0, 1, 2 … ──► commit ──► folder/.chunkwise-1f0c….tmp ──► folder/target
 *
 * Invariant: a part is complete or absent, even if two workers write it one after the other.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EncodedArray } from "../data/encoded.js";
import type { SyncReadable, SyncWritable } from "../storage/stores/capabilities.js";
import { failure } from "../storage/stores/failure.js";
import { Replacement } from "../storage/stores/replacement.js";
import { keepTrack } from "../storage/stores/unfinished.js";
import type { Destination } from "./format.js";

/** The bytes that are copied at a time when parts are joined. */
const BLOCK_BYTES = 2 ** 22;

/**
 * Begins a file that is joined from parts: creates the temporary file and the folder of the parts. `describe` returns
 * the array that workers write, given the folder; `join` joins the parts in the temporary file.
 *
 * @throws StorageError if they cannot be created
 */
export function destinationOfParts(
  path: string,
  describe: (folder: string) => EncodedArray,
  join: (folder: string, file: SyncWritable) => Promise<void>,
): Destination {
  const replacement = Replacement.create(path, 0);
  const folder = `${replacement.path}.parts`;
  const done = keepTrack(folder);
  try {
    mkdirSync(folder);
  } catch (cause) {
    done();
    replacement.discard();
    throw failure(`write ${path}, which needs a folder beside it`, path, cause);
  }
  const discard = async (): Promise<void> => {
    removeParts(folder);
    done();
    replacement.discard();
  };
  const commit = async (exclusive?: boolean): Promise<void> => {
    await replacement.edit((file) => join(folder, file));
    replacement.commit(exclusive);
    removeParts(folder);
    done();
  };
  return {
    array: describe(folder),
    temporary: replacement.path,
    async commit(exclusive) {
      await commit(exclusive).catch(async (error: unknown) => {
        await discard();
        throw error;
      });
    },
    discard,
  };
}

/** The path of a part. */
export function partPath(folder: string, number: number): string {
  return join(folder, String(number));
}

/** Writes a part; returns the number of its bytes. */
export function writePart(folder: string, number: number, bytes: readonly Uint8Array[]): number {
  const path = partPath(folder, number);
  const fresh = join(folder, randomUUID());
  try {
    for (const [i, piece] of bytes.entries()) writeFileSync(fresh, piece, { flag: i === 0 ? "wx" : "a" });
    renameSync(fresh, path);
  } catch (cause) {
    rmSync(fresh, { force: true });
    throw failure(`write ${path}`, path, cause);
  }
  return bytes.reduce((sum, piece) => sum + piece.length, 0);
}

function removeParts(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch (cause) {
    throw failure(`remove the folder ${folder}`, folder, cause);
  }
}

/** Copies a stretch of one file to a place in another, and lets this thread do other work in between. */
export async function copyBytes(
  from: SyncReadable,
  extent: { readonly offset: number; readonly length: number },
  to: SyncWritable,
  offset: number,
): Promise<void> {
  const block = new Uint8Array(Math.min(BLOCK_BYTES, extent.length));
  for (let done = 0; done < extent.length; done += block.length) {
    const piece = block.subarray(0, Math.min(block.length, extent.length - done));
    from.readInto(piece, extent.offset + done);
    to.write(piece, offset + done);
    await new Promise(setImmediate);
  }
}
