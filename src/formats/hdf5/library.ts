/**
 * The HDF5 library, in WebAssembly, shut into a file system of its own. It sees the files that are open here, for
 * reading only, and nothing else of the machine: links to other files, external storage and plugins lead nowhere.
 *
 * ```
 * Hdf5File ─ call ─▶ HDF5 (wasm) ─ read ─▶ /chunkwise/<uuid> ─▶ LocalFile (only the bytes that are asked for)
 *      ▲                │ diagnosis
 *      └── FormatError ◀┘
 * ```
 *
 * Invariant: a call whose diagnosis is not empty throws. A library that trapped is not used again, because nobody
 * knows what state it is in; files that are opened later have another one.
 */
import { randomUUID } from "node:crypto";
import { ClosedError, FormatError, StorageError } from "../../data/errors.js";
import { LocalFile } from "../../storage/stores/file.js";
import { type Hdf5Package, loadPackage } from "./instance.js";

/** The functions of the library, as it exports them. */
export type Hdf5Library = Awaited<Hdf5Package["ready"]>;

/** A node of the library's file system: the part of Emscripten's interface that is used here. */
interface LibraryNode {
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

interface FileSystem {
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
const passes = 4;
const spare = 2 ** 26;

/** A file as the library sees it. */
interface Entry {
  readonly file: LocalFile;
  /** What reading it threw during the call that runs. */
  failed?: unknown;
  /** Bytes that the call that runs may still read. */
  allowance: number;
}

const entries = new Map<LibraryNode, Entry>();

/** A library that is running. */
interface Running {
  readonly h5: Hdf5Library;
  readonly classes: Pick<Hdf5Package, "Attribute">;
  readonly fs: FileSystem;
  /** The folder of open files. */
  readonly root: LibraryNode;
  /** Its standard error during the current call. */
  diagnosis: string;
  /** The file that made it trap. */
  broken?: string;
}

let started = 0;
let current: Promise<Running> | undefined;

/** More text than this says nothing new. */
const mostText = 2 ** 16;

async function start(): Promise<Running> {
  const { ready, Attribute } = await loadPackage(started++);
  const h5 = await ready;
  const fs = h5.FS as unknown as FileSystem;
  const running: Running = {
    ...{ h5, classes: { Attribute }, fs, diagnosis: "" },
    root: prepare(fs, (character) => {
      if (running.diagnosis.length < mostText) running.diagnosis += String.fromCharCode(character);
    }),
  };
  return running;
}

/** Mounts the folder of open files, and collects the library's standard error. */
function prepare(fs: FileSystem, hear: (character: number) => void): LibraryNode {
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
  fs.open("/dev/diagnosis", "w"); // takes the lowest number that is free, 2
  return top;
}

/** How the library reads a file: only what it asks for, and never past the end that the file had when it was opened. */
function streamOf(fs: FileSystem): object {
  return {
    llseek: ({ position, node }: Stream, offset: number, whence: number) =>
      offset + (whence === 1 ? position : whence === 2 ? (node.size ?? 0) : 0),
    read({ node }: Stream, memory: Int8Array, at: number, length: number, position: number): number {
      const entry = entries.get(node);
      if (entry === undefined) throw new fs.ErrnoError(EIO); // closed
      const count = Math.min(length, entry.file.size - position);
      if (count <= 0) return 0;
      try {
        entry.allowance -= count;
        if (entry.allowance < 0) {
          const { path, size } = entry.file;
          const message = `${path}: HDF5 reads the same ${size} bytes again and again; the metadata must be damaged`;
          throw new FormatError(message, { path, offset: position });
        }
        entry.file.readInto(new Uint8Array(memory.buffer, memory.byteOffset + at, count), position);
        return count;
      } catch (error) {
        entry.failed ??= error;
        throw new fs.ErrnoError(EIO);
      }
    },
  };
}

/** The library's own explanation: the innermost step of the first chain of errors. */
function reason({ diagnosis }: Running): string | undefined {
  const chains = diagnosis.split("#000: ");
  const steps = [...(chains[1] ?? "").matchAll(/ in \w+\(\): (.*)$/gm)].map(([, text = ""]) => text);
  return steps.at(-1) ?? (diagnosis === "" ? undefined : diagnosis.slice(0, 200));
}

/** One HDF5 file that is open for reading. */
export class Hdf5File {
  /** The file itself, for reading without the library. */
  readonly file: LocalFile;
  readonly #running: Running;
  readonly #entry: Entry;
  readonly #node: LibraryNode;
  #id = -1n;

  private constructor(running: Running, file: LocalFile) {
    const { fs, root: parent } = running;
    this.#running = running;
    this.file = file;
    this.#entry = { file, allowance: 0 };
    this.#node = fs.createNode(parent, randomUUID(), fileMode, 0);
    this.#node.size = file.size;
    this.#node.node_ops = parent.node_ops;
    this.#node.stream_ops = streamOf(fs);
    entries.set(this.#node, this.#entry);
  }

  /**
   * Opens a file, loading the library first where that has not happened yet.
   *
   * @throws StorageError when it cannot be opened; FormatError when it is damaged or no HDF5 file
   */
  static async open(path: string): Promise<Hdf5File> {
    current ??= start();
    const opened = new Hdf5File(await current, LocalFile.open(path, "read"));
    try {
      const name = `${folder}/${opened.#node.name}`;
      opened.#id = opened.call("open the file", (h5) => h5.open(name, h5.H5F_ACC_RDONLY, false, -1, -1));
      return opened;
    } catch (error) {
      opened.close();
      throw error;
    }
  }

  /** The library's class of attributes. */
  get Attribute(): Hdf5Package["Attribute"] {
    return this.#running.classes.Attribute;
  }

  /** What differs when the content does. */
  get version(): string {
    return `${this.file.size}-${this.file.modified}`;
  }

  /**
   * Calls the library.
   *
   * @param action the attempt, to follow "cannot"
   * @param tolerated a complaint to be ignored, because the library does the right thing all the same
   * @throws FormatError with the library's explanation; StorageError if the file cannot be read
   */
  call<T>(action: string, run: (h5: Hdf5Library, id: bigint) => T, tolerated?: string): T {
    const { path, size } = this.file;
    const running = this.#running;
    if (running.broken !== undefined) {
      const message = `${path}: cannot ${action}: HDF5 broke down over the damaged file ${running.broken}`;
      throw new StorageError(`${message}; open the file again`, { path });
    }
    running.diagnosis = "";
    this.#entry.failed = undefined;
    this.#entry.allowance = passes * size + spare;
    let result: T;
    try {
      result = run(running.h5, this.#id);
    } catch (cause) {
      if (this.#entry.failed !== undefined) throw this.#entry.failed;
      // A trap or an exhausted stack leaves the library between two states; a plain Error is thrown after it has
      // returned.
      const trapped = cause instanceof WebAssembly.RuntimeError || cause instanceof RangeError;
      if (trapped) {
        running.broken = path;
        current = undefined;
      }
      const message = reason(running) ?? (cause instanceof Error ? cause.message : String(cause));
      throw new FormatError(`${path}: HDF5 cannot ${action}: ${message}`, { path }, { cause });
    }
    if (this.#entry.failed !== undefined) throw this.#entry.failed;
    const problem = reason(running);
    if (problem !== undefined && problem !== tolerated)
      throw new FormatError(`${path}: HDF5 cannot ${action}: ${problem}`, { path });
    return result;
  }

  /**
   * Runs with memory of the library.
   *
   * @throws FormatError when it has not as much
   */
  withMemory<T>(bytes: number, run: (address: number) => T): T {
    if (this.#id < 0n) throw new ClosedError(`${this.file.path} was closed before it was used`);
    const address = this.#running.h5._malloc(Math.max(1, bytes));
    if (address === 0) {
      const { path } = this.file;
      throw new StorageError(`${path}: HDF5 has no room for ${bytes} bytes; it has 2 GiB for all files`, { path });
    }
    try {
      return run(address);
    } finally {
      this.#running.h5._free(address);
    }
  }

  /** The bytes at an address of the library's memory; valid until the next call. */
  bytesAt(address: number, length: number): Uint8Array {
    return this.#running.h5.HEAPU8.subarray(address, address + length);
  }

  /** Closes the file; a second call does nothing. */
  close(): void {
    if (!entries.has(this.#node)) return;
    try {
      if (this.#id >= 0n && this.#running.broken === undefined)
        this.call("close the file", (h5, id) => h5.close_file(id));
    } finally {
      this.#id = -1n;
      entries.delete(this.#node);
      this.#running.fs.destroyNode(this.#node);
      this.file.close();
    }
  }
}
