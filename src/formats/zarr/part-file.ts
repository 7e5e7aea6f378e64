/**
 * A file of an array that is being written: first under a temporary name, then under its own.
 *
 * Invariant: under its own name a file is whole; a file that fails leaves nothing behind. The files of parts are
 * brought to the disk together, by {@link synchronize}: waiting for each of many small ones would take most of the
 * time.
 */
import { randomUUID } from "node:crypto";
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import pLimit from "p-limit";
import { messageOf, systemCodeOf } from "../../data/causes.js";
import { StorageError } from "../../data/errors.js";
import { failure } from "../../storage/stores/failure.js";

/** Node holds the length of one call in 32 bits. */
const bytesPerCall = 2 ** 30;

/** Takes the bytes of a file, from its beginning to its end. */
export type Append = (bytes: Uint8Array) => void;

/** The size and the CRC-32 of a file. */
export interface Summary {
  readonly bytes: number;
  readonly crc: number;
}

/**
 * Writes a file. The folder around it is made if it is missing.
 *
 * @param partial the folder for files that are not whole yet; in the same file system
 * @param path where the file will be
 * @param name what messages call it
 * @param fill appends the bytes, and returns false if there should be no file
 * @param durable whether the bytes must be on the disk before the file has its name
 * @returns the size and the checksum of the file; no bytes if there is none
 * @throws StorageError, and what `fill` throws
 */
export async function writeWhole(
  partial: string,
  path: string,
  name: string,
  fill: (append: Append) => boolean | Promise<boolean>,
  durable = false,
): Promise<Summary> {
  const temporary = join(partial, randomUUID());
  let [bytes, crc] = [0, 0];
  const append = (handle: number, piece: Uint8Array): void => {
    for (let done = 0; done < piece.length; ) {
      const count = writeSync(handle, piece, done, Math.min(piece.length - done, bytesPerCall), bytes + done);
      if (count === 0) throw new StorageError(`cannot write ${name}: the system takes no bytes`, { path: name });
      done += count;
    }
    crc = crc32(piece, crc);
    bytes += piece.length;
  };
  try {
    const handle = openSync(temporary, "wx");
    let wanted: boolean;
    try {
      wanted = await fill((piece) => append(handle, piece));
      if (wanted && durable) fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    if (!wanted) {
      rmSync(temporary);
      return { bytes: 0, crc: 0 };
    }
    moveTo(temporary, path);
    return { bytes, crc };
  } catch (cause) {
    const error = failure(`write ${name}`, name, cause);
    try {
      rmSync(temporary, { force: true });
    } catch (leftover) {
      const message = `${messageOf(error)}; and afterwards ${temporary} could not be removed`;
      throw new StorageError(message, { path: name }, { cause: leftover });
    }
    throw error;
  }
}

/** Writes a document of text, in the place of a former one. @throws StorageError */
export async function writeText(partial: string, path: string, name: string, text: string): Promise<void> {
  const fill = (append: Append): boolean => {
    append(Buffer.from(text));
    return true;
  };
  await writeWhole(partial, path, name, fill, true);
}

/** Files that are brought to the disk at a time. */
const synchronizing = pLimit(8);

/** Waits until the bytes of files are on the disk, no matter who wrote them. @throws StorageError */
export async function synchronize(files: readonly string[], name: string): Promise<void> {
  const wait = async (path: string): Promise<void> => {
    const file = await open(path, "r+");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  };
  try {
    await Promise.all(files.map((path) => synchronizing(wait, path)));
  } catch (cause) {
    throw failure(`bring the files of ${name} to the disk`, name, cause);
  }
}

/** Moves a file into a folder, which is made if it is missing. */
export function moveTo(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (cause) {
    if (systemCodeOf(cause) !== "ENOENT" || !existsSync(from)) throw cause;
    mkdirSync(dirname(to), { recursive: true });
    renameSync(from, to);
  }
}
