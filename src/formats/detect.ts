/**
 * The format of a path: by its content where that shows it, then by its ending. The loops here run over the rows of the
 * table; a row says how its files are recognised.
 */
import { readdirSync, statSync } from "node:fs";
import { FormatError } from "../data/errors.js";
import type { SyncReadable } from "../storage/stores/capabilities.js";
import { failure } from "../storage/stores/failure.js";
import { withLocalFile } from "../storage/stores/file.js";
import { compressed, foreign } from "./foreign.js";
import { rows } from "./index.js";
import type { FormatRow, Signature } from "./row.js";
import { WrongFormatError } from "./wrong-format.js";

/** A format that was recognised, and the options that the path's ending implies. */
export interface Detected {
  readonly row: FormatRow;
  readonly options: object;
}

/** The bytes at the beginning of a file that signatures and rows look at. */
const firstBytes = 16;

const signatures: readonly Signature[] = [
  ...rows.flatMap(({ signatures = [], unread = [] }) => [...signatures, ...unread]),
  ...foreign,
];

/** What messages call the formats that are recognised. */
export const knownFormats: readonly string[] = rows.flatMap(({ label }) => label ?? []);

const known = `known formats are ${knownFormats.join(", ")}`;

/**
 * Recognises the format of a file or a folder. Reads at most a few bytes of it.
 *
 * ```ts
 * detect("x.npy").row.name; // "npy", whatever the name of the file is
 * ```
 *
 * @throws StorageError when it cannot be opened; FormatError, which lists the known formats, when it has none of them
 */
export function detect(path: string): Detected {
  if (isFolder(path)) return { row: detectFolder(path), options: {} };
  return withFirstBytes(path, (first, file) => {
    const text = first.toString("latin1");
    const signed = rows.flatMap((row) => {
      const found = row.signatures?.filter(({ bytes }) => text.startsWith(bytes)) ?? [];
      return found.map(({ holds }) => ({ row, holds }));
    });
    const row =
      signed.find(({ holds }) => holds?.(file))?.row ??
      signed.find(({ holds }) => holds === undefined)?.row ??
      rows.find((candidate) => candidate.recognise?.(file, first));
    if (row !== undefined) return { row, options: {} };
    const other = signatureOf(first);
    const byEnding = rowByEnding(path);
    // a file with the signature of another kind is not text, whatever its ending says
    if (byEnding !== undefined && mayBeText(other)) return byEnding;
    const what = other !== undefined ? `it looks like ${other.what}` : "its first bytes and its ending belong to none";
    const problem = `${path}: cannot detect the format: ${file.size === 0 ? "the file is empty" : what}`;
    throw new FormatError(`${problem}; ${known}; raw binary must be described`, { path, offset: 0 });
  });
}

/**
 * Refuses text that begins with the signature of a format: it is not text. A format without a signature of its own
 * calls this with the bytes behind its compression.
 *
 * @throws FormatError when there is a signature
 */
export function refuseSigned(path: string, first: Uint8Array): void {
  const other = signatureOf(first.subarray(0, firstBytes));
  if (other === undefined) return;
  throw new FormatError(`${path}: this is not text; it looks like ${other.what}`, { path, offset: 0 });
}

/** The error to throw for an error of a format: where a file is of another format, it says of which. */
export function explained(error: unknown): unknown {
  if (!(error instanceof WrongFormatError)) return error;
  const other = signatureOf(error.first);
  const what =
    other === undefined ? "its first bytes belong to no format that is known" : `it looks like ${other.what}`;
  const { path = "", offset = 0 } = error;
  return new FormatError(`${error.message}; ${what}`, { path, offset }, { cause: error });
}

function signatureOf(first: Uint8Array): Signature | undefined {
  const text = Buffer.from(first).toString("latin1");
  return signatures.find(({ bytes }) => text.startsWith(bytes));
}

/** True where nothing speaks against text: text itself has no signature. */
function mayBeText(signature: Signature | undefined): boolean {
  return signature === undefined || compressed.includes(signature);
}

function rowByEnding(path: string): Detected | undefined {
  const name = path.toLowerCase();
  for (const row of rows) {
    for (const [ending, options] of Object.entries(row.endings ?? {})) {
      if (name.endsWith(ending)) return { row, options };
    }
  }
  return undefined;
}

function withFirstBytes<T>(path: string, use: (first: Buffer, file: SyncReadable) => T): T {
  return withLocalFile(path, (file) => {
    const first = Buffer.alloc(Math.min(firstBytes, file.size));
    file.readInto(first, 0);
    return use(first, file);
  });
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (cause) {
    throw failure(`open ${path}`, path, cause);
  }
}

function detectFolder(path: string): FormatRow {
  let names: string[];
  try {
    names = readdirSync(path);
  } catch (cause) {
    throw failure(`list the folder ${path}`, path, cause);
  }
  const endsWith = (ending: string) => names.some((name) => name.endsWith(ending));
  const row =
    rows.find(({ folder }) => folder?.names?.some((name) => names.includes(name))) ??
    rows.find(({ folder }) => folder?.ending !== undefined && endsWith(folder.ending)) ??
    rows.find(({ folder }) => folder?.keys === true && names.some((name) => /^[^.=][^=]*=/.test(name)));
  if (row !== undefined) return row;
  const markers = rows.flatMap(({ folder }) => folder?.names ?? []);
  const endings = rows.flatMap(({ folder }) => folder?.ending ?? []);
  const missing = `no ${markers.join(", ")} and no ${endings.join(" or ")} file`;
  throw new FormatError(`${path}: cannot detect the format: the folder has ${missing}; ${known}`, { path });
}
