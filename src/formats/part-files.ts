/**
 * Parts of a file whose places in it are known only when all of them are there: each is written to a file of its own, in a
 * folder beside the target, and the last step puts them together.
 *
 *     folder/.chunkwise-1f0c….tmp.parts/0, 1, 2 … ──► commit ──► folder/.chunkwise-1f0c….tmp ──► folder/target
 *
 * Invariant: a part is there as a whole or not at all, also when two workers write it one after the other.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EncodedArray } from "../data/encoded.js";
import { failure } from "../storage/stores/failure.js";
import { LocalFile } from "../storage/stores/file.js";
import { Replacement } from "../storage/stores/replacement.js";
import type { Destination } from "./format.js";

/** Bytes that are moved at a time when parts are put together. */
const blockBytes = 2 ** 22;

/**
 * Begins a file that is put together of parts: makes the temporary file and the folder of its parts. `describe` gives what
 * workers write to, by the folder; `join` puts the parts together in the temporary file.
 *
 * @throws StorageError where they cannot be made
 */
export function destinationOfParts(
  path: string,
  describe: (folder: string) => EncodedArray,
  join: (folder: string, file: LocalFile) => Promise<void>,
): Destination {
  const replacement = Replacement.create(path, 0);
  const folder = `${replacement.path}.parts`;
  try {
    mkdirSync(folder);
  } catch (cause) {
    replacement.discard();
    throw failure(`write ${path}, for which a folder is made beside it`, path, cause);
  }
  const discard = async (): Promise<void> => {
    removeParts(folder);
    replacement.discard();
  };
  const commit = async (): Promise<void> => {
    const file = LocalFile.open(replacement.path, "update");
    try {
      await join(folder, file);
    } finally {
      file.close();
    }
    replacement.commit();
    removeParts(folder);
  };
  return {
    array: describe(folder),
    temporary: replacement.path,
    async commit() {
      await commit().catch(async (error: unknown) => {
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

/** Writes a part. */
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

/** Copies a stretch of one file to a place in another; other work of this thread goes on in between. */
export async function copyBytes(
  from: LocalFile,
  extent: { readonly offset: number; readonly length: number },
  to: LocalFile,
  offset: number,
): Promise<void> {
  const block = new Uint8Array(Math.min(blockBytes, extent.length));
  for (let done = 0; done < extent.length; done += block.length) {
    const piece = block.subarray(0, Math.min(block.length, extent.length - done));
    from.readInto(piece, extent.offset + done);
    to.write(piece, offset + done);
    await new Promise(setImmediate);
  }
}
