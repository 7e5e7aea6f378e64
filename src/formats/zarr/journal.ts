/**
 * The journal of an array that is written: a file with one line for each part, appended when the part's file has its
 * name. After a crash it says which parts need not be written again, and at the end whether all are there.
 *
 * ```
 * chunkwise 1 3f2c…       the identity: a hash of the caller's key, the metadata, the place in the array
 * 17 10234 9a3f0c21 5be1aa02
 *  │     │        │        └ CRC-32 of the line before it
 *  │     │        └ CRC-32 of the file
 *  │     └ bytes of the file; 0: nothing but the fill value, so there is no file
 *  └ number of the part, in C order
 * ```
 *
 * Invariant: a line is one write at the end of the file, so lines of several workers never mix; only the last one can
 * be torn.
 */
import { constants, openSync, readFileSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";
import { systemCodeOf } from "../../data/causes.js";
import { StorageError } from "../../data/errors.js";
import { failure } from "../../storage/stores/failure.js";

/** A part that is written. */
export interface Entry {
  readonly part: number;
  readonly bytes: number;
  readonly crc: number;
}

const hex = (value: number): string => value.toString(16).padStart(8, "0");

/** The first line of a journal. */
export function journalHead(identity: string): string {
  return `chunkwise 1 ${identity}\n`;
}

/** The line of a part. */
export function journalLine({ part, bytes, crc }: Entry): string {
  const text = `${part} ${bytes} ${hex(crc)}`;
  return `${text} ${hex(crc32(text))}\n`;
}

/** Opens a journal, which exists, for appending. @throws StorageError */
export function openJournal(path: string, target: string): number {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_APPEND);
  } catch (cause) {
    throw failure(`open the journal of ${target}`, target, cause);
  }
}

/** Appends the line of a part. @throws StorageError */
export function appendEntry(handle: number, entry: Entry, target: string): void {
  const line = Buffer.from(journalLine(entry));
  let count: number;
  try {
    count = writeSync(handle, line);
  } catch (cause) {
    throw failure(`write to the journal of ${target}`, target, cause);
  }
  // the rest cannot follow in a second write: another worker's line might come between
  if (count < line.length) throw new StorageError(`cannot write to the journal of ${target}`, { path: target });
}

/** The content of a journal. */
export interface Journal {
  /** The last entry of each part. */
  readonly entries: ReadonlyMap<number, Entry>;
  /** The bytes of all whole lines. The rest of the file is a torn line. */
  readonly length: number;
}

const form = /^(\d{1,15}) (\d{1,15}) ([0-9a-f]{8}) ([0-9a-f]{8})$/;

/**
 * Reads a journal of `parts` parts.
 *
 * @returns undefined if there is none, it belongs to something else, or a line before the last one is damaged
 * @throws StorageError if the system cannot read it
 */
export function readJournal(path: string, identity: string, parts: number): Journal | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    if (systemCodeOf(cause) === "ENOENT") return undefined;
    throw failure(`read ${path}`, path, cause);
  }
  const head = journalHead(identity);
  if (bytes.toString("latin1", 0, head.length) !== head) return undefined;
  const entries = new Map<number, Entry>();
  let at = head.length;
  while (at < bytes.length) {
    const end = bytes.indexOf(10, at);
    if (end < 0) break;
    const [, part, length, crc = "", check] = form.exec(bytes.toString("latin1", at, Math.min(end, at + 80))) ?? [];
    const text = `${part} ${length} ${crc}`;
    if (part === undefined || Number(part) >= parts || hex(crc32(text)) !== check) {
      if (end + 1 === bytes.length) break;
      return undefined;
    }
    entries.set(Number(part), { part: Number(part), bytes: Number(length), crc: Number.parseInt(crc, 16) });
    at = end + 1;
  }
  return { entries, length: at };
}
