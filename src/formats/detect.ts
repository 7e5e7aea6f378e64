/** Which format a path has, so that `open` needs no name of it: by its content where that tells, then by its ending. */
import { readdirSync, statSync } from "node:fs";
import { FormatError } from "../data/errors.js";
import { failure } from "../storage/stores/failure.js";
import { LocalFile } from "../storage/stores/file.js";
import { signatureOf } from "./signature.js";

/** The formats that are told apart. */
export type Detected = "npy" | "npz" | "npy-stack" | "zarr" | "hdf5" | "arrow" | "parquet" | "csv" | "tsv";

const signatures: readonly (readonly [bytes: string, name: Detected])[] = [
  ["\x93NUMPY", "npy"],
  ["PK\x03\x04", "npz"],
  ["PK\x05\x06", "npz"],
  ["\x89HDF\r\n\x1a\n", "hdf5"],
  ["PAR1", "parquet"],
  ["ARROW1\0\0", "arrow"],
];

/** The endings of text, which has no first bytes of its own; `.gz` and `.zst` may follow. */
const texts: readonly (readonly [ending: RegExp, name: Detected])[] = [
  [/\.(csv|txt)(\.gz|\.zst)?$/i, "csv"],
  [/\.tsv(\.gz|\.zst)?$/i, "tsv"],
];

const known = ".npy, .npz, a folder of .npy files, Zarr, HDF5, Arrow, Parquet, and .csv, .tsv, .txt (also .gz, .zst)";

/**
 * Tells the format of a file or a folder. Reads at most a few bytes of it.
 *
 * ```ts
 * detect("x.npy"); // "npy", whatever its name is
 * ```
 *
 * @throws StorageError when it cannot be opened; FormatError, which lists the known formats, when it has none of them
 */
export function detect(path: string): Detected {
  const stats = statOf(path);
  if (stats === "folder") return detectFolder(path);
  const file = LocalFile.open(path, "read");
  try {
    const first = Buffer.alloc(Math.min(16, file.size));
    file.readInto(first, 0);
    const bytes = first.toString("latin1");
    const found = signatures.find(([signature]) => bytes.startsWith(signature))?.[1];
    if (found !== undefined) return found;
    if (hasUserBlock(file)) return "hdf5";
    if (isArrowStream(first, file.size)) return "arrow";
    const text = texts.find(([ending]) => ending.test(path))?.[1];
    const packed = ["\x1f\x8b", "\x28\xb5\x2f\xfd"].some((signature) => bytes.startsWith(signature));
    const looks = signatureOf(first);
    // what has the first bytes of another format is no text, whatever its name says
    if (text !== undefined && (looks === undefined || packed)) return text;
    const what = file.size === 0 ? "the file is empty" : (looks ?? "its first bytes and its ending belong to none");
    const message = `${path}: cannot tell the format: ${looks === undefined ? what : `it looks like ${looks}`}`;
    throw new FormatError(`${message}; known are ${known}; raw binary must be described`, { path, offset: 0 });
  } finally {
    file.close();
  }
}

function statOf(path: string): "folder" | "other" {
  try {
    return statSync(path).isDirectory() ? "folder" : "other";
  } catch (cause) {
    throw failure(`open ${path}`, path, cause);
  }
}

function detectFolder(path: string): Detected {
  let names: string[];
  try {
    names = readdirSync(path);
  } catch (cause) {
    throw failure(`list the folder ${path}`, path, cause);
  }
  if (["zarr.json", ".zarray", ".zgroup", ".zmetadata"].some((name) => names.includes(name))) return "zarr";
  if (names.some((name) => name.endsWith(".npy"))) return "npy-stack";
  const message = `${path}: cannot tell the format: the folder has no zarr.json, .zarray, .zgroup and no .npy file`;
  throw new FormatError(`${message}; known are ${known}`, { path });
}

/** HDF5 may begin after a block of the user's, of 512, 1024, … bytes. */
function hasUserBlock(file: LocalFile): boolean {
  const bytes = Buffer.alloc(8);
  for (let at = 512; at + bytes.length <= file.size; at *= 2) {
    file.readInto(bytes, at);
    if (bytes.toString("latin1") === "\x89HDF\r\n\x1a\n") return true;
  }
  return false;
}

/** A stream begins with the mark of a message, then the length of its description, which begins with a small number. */
function isArrowStream(first: Buffer, size: number): boolean {
  if (first.length < 16 || first.readUInt32LE(0) !== 0xffffffff) return false;
  const length = first.readInt32LE(4);
  return length > 0 && length % 8 === 0 && length + 8 <= size && first.readUInt32LE(8) < length;
}
