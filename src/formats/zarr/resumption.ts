/**
 * What an interrupted run has left. A part counts as written only if the journal says so and its file has the size and
 * the checksum that the journal says.
 */
import { truncateSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { crc32 } from "node:zlib";
import pLimit from "p-limit";
import { systemCodeOf } from "../../data/causes.js";
import { failure } from "../../storage/stores/failure.js";
import type { Entry, Journal } from "./journal.js";

/** Files that are checked at the same time. */
const checks = pLimit(4);

/** Bytes of a file that are read at a time. */
const pieceBytes = 2 ** 20;

/** The numbers of the parts of a journal whose files are whole. @throws StorageError */
export async function wholeParts({ entries }: Journal, fileOf: (part: number) => string): Promise<Set<number>> {
  const checked = [...entries.values()].map((entry) =>
    checks(async () => ({ part: entry.part, whole: await isWhole(fileOf(entry.part), entry) })),
  );
  return new Set((await Promise.all(checked)).filter(({ whole }) => whole).map(({ part }) => part));
}

/** Removes a torn line from the end of a journal. @throws StorageError */
export function dropTornLine(path: string, { length }: Journal, target: string): void {
  try {
    truncateSync(path, length);
  } catch (cause) {
    throw failure(`write to the journal of ${target}`, target, cause);
  }
}

async function isWhole(path: string, { bytes, crc }: Entry): Promise<boolean> {
  if (bytes === 0) return true;
  let file: FileHandle | undefined;
  try {
    file = await open(path, "r");
    if ((await file.stat()).size !== bytes) return false;
    const piece = Buffer.allocUnsafe(Math.min(bytes, pieceBytes));
    let found = 0;
    for (let at = 0; at < bytes; ) {
      const { bytesRead } = await file.read(piece, 0, piece.length, at);
      if (bytesRead === 0) return false;
      found = crc32(piece.subarray(0, bytesRead), found);
      at += bytesRead;
    }
    return found === crc;
  } catch (cause) {
    if (systemCodeOf(cause) === "ENOENT") return false;
    throw failure(`read ${path}`, path, cause);
  } finally {
    await file?.close();
  }
}
