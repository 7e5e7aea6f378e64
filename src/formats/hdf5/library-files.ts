/**
 * The file system inside the HDF5 library: one folder with the files that are open here, for reading only, and a device
 * that collects the library's standard error.
 *
 * Invariant: the library reads only the bytes that it asks for, never past the end that the file had when it was
 * opened, and not without end.
 */
import { randomUUID } from "node:crypto";
import { FormatError } from "../../data/errors.js";
import type { SyncReadable } from "../../storage/stores/capabilities.js";

/** A node of the library's file system: the part of Emscripten's interface that is used here. */
export interface LibraryNode {
  id: number;
  name: string;
  mode: number;
  size?: number;
  node_ops: object;
  stream_ops: object;
}

interface Stream {
  readonly node: LibraryNode;
  readonly position: number;
}

/** The library's file system: the part of Emscripten's interface that is used here. */
export interface FileSystem {
  readonly streams: unknown[];
  readonly ErrnoError: new (errno: number) => Error;
  createNode(parent: LibraryNode | null, name: string, mode: number, device: number): LibraryNode;
  destroyNode(node: LibraryNode): void;
  createDevice(parent: string, name: string, input: null, output: (character: number) => void): void;
  open(path: string, flags: string): unknown;
  close(stream: unknown): void;
  mkdir(path: string): void;
  mount(type: { mount(): LibraryNode }, options: object, path: string): void;
}

const folder = "/chunkwise";
const [ENOENT, EIO] = [44, 29];
const [folderMode, fileMode] = [0o40555, 0o100444];

/** No library needs to read a file more often than this to answer one call: a loop in damaged metadata ends here. */
const PASSES_PER_CALL = 4;
const SPARE_BYTES_PER_CALL = 2 ** 26;

/** Mounts the folder of open files, and collects the library's standard error. Returns the folder. */
export function mountFolder(fs: FileSystem, hear: (character: number) => void): LibraryNode {
  const attributes = (node: LibraryNode) => {
    const [atime, mtime, ctime] = [new Date(0), new Date(0), new Date(0)];
    const [size, blksize] = [node.size ?? 0, 4096];
    const { id: ino, mode } = node;
    return { dev: 1, ino, mode, nlink: 1, uid: 0, gid: 0, rdev: 0, size, atime, mtime, ctime, blksize, blocks: 1 };
  };
  const lookup = () => {
    throw new fs.ErrnoError(ENOENT);
  };
  const top = fs.createNode(null, "/", folderMode, 0);
  top.node_ops = { getattr: attributes, lookup };
  top.stream_ops = {};
  fs.mkdir(folder);
  fs.mount({ mount: () => top }, {}, folder);
  fs.createDevice("/dev", "diagnosis", null, hear);
  fs.close(fs.streams[2]);
  fs.open("/dev/diagnosis", "w"); // gets the lowest free number, 2
  return top;
}

/** A file in the folder. */
export class LibraryFile {
  /** The path of the file for the library. */
  readonly path: string;
  /** The error of reading it during the current call. */
  failed: unknown;
  /** Whether the library can read it. */
  isOpen = true;
  readonly #fs: FileSystem;
  readonly #file: SyncReadable;
  readonly #node: LibraryNode;
  /** Bytes that the current call may still read. */
  #allowance = 0;

  constructor(fs: FileSystem, parent: LibraryNode, file: SyncReadable) {
    this.#fs = fs;
    this.#file = file;
    this.#node = fs.createNode(parent, randomUUID(), fileMode, 0);
    this.#node.size = file.size;
    this.#node.node_ops = parent.node_ops;
    this.#node.stream_ops = {
      llseek: ({ position }: Stream, offset: number, whence: number) =>
        offset + (whence === 1 ? position : whence === 2 ? file.size : 0),
      read: (_: Stream, memory: Int8Array, at: number, length: number, position: number): number =>
        this.#read(new Uint8Array(memory.buffer, memory.byteOffset + at, length), position),
    };
    this.path = `${folder}/${this.#node.name}`;
  }

  /** Forgets the error of the last call, and allows the next one to read. */
  beginCall(): void {
    this.failed = undefined;
    this.#allowance = PASSES_PER_CALL * this.#file.size + SPARE_BYTES_PER_CALL;
  }

  /** Removes the file from the folder. */
  remove(): void {
    this.isOpen = false;
    this.#fs.destroyNode(this.#node);
  }

  #read(memory: Uint8Array, position: number): number {
    if (!this.isOpen) throw new this.#fs.ErrnoError(EIO);
    const { path, size } = this.#file;
    const count = Math.min(memory.length, size - position);
    if (count <= 0) return 0;
    try {
      this.#allowance -= count;
      if (this.#allowance < 0) {
        const message = `${path}: HDF5 reads the same ${size} bytes again and again; the metadata must be damaged`;
        throw new FormatError(message, { path, offset: position });
      }
      this.#file.readInto(memory.subarray(0, count), position);
      return count;
    } catch (error) {
      this.failed ??= error;
      throw new this.#fs.ErrnoError(EIO);
    }
  }
}
