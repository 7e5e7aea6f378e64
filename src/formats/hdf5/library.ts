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
import { messageOf } from "../../data/causes.js";
import { ClosedError, FormatError, StorageError } from "../../data/errors.js";
import { at } from "../../data/lists.js";
import { LocalFile } from "../../storage/stores/file.js";
import { type Hdf5Package, loadPackage } from "./instance.js";
import { type FileSystem, LibraryFile, type LibraryNode, mountFolder } from "./library-files.js";

/** The functions of the library, as it exports them. */
export type Hdf5Library = Awaited<Hdf5Package["ready"]>;

/** A library that is running. */
interface Running {
  readonly h5: Hdf5Library;
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

/** The most text of a diagnosis that is kept; more says nothing new. */
const MOST_TEXT = 2 ** 16;

async function start(): Promise<Running> {
  const { ready } = await loadPackage(started++);
  const h5 = await ready;
  const fs = h5.FS as unknown as FileSystem;
  const running: Running = {
    ...{ h5, fs, diagnosis: "" },
    root: mountFolder(fs, (character) => {
      if (running.diagnosis.length < MOST_TEXT) running.diagnosis += String.fromCharCode(character);
    }),
  };
  return running;
}

/** True if a damaged file has made the library of this thread trap, and no file was opened with another one since. */
export function hasBroken(): boolean {
  return current === undefined && started > 0;
}

/** How JavaScript is called by a name with arguments on the library's stack: the part of Emscripten's that is used. */
interface Caller {
  _chunkwise?: () => void;
  ccall(name: string, result: null, types: readonly string[], args: readonly unknown[]): void;
}

type Outcome<T> = { readonly value: T } | { readonly error: unknown };

/**
 * Runs something, after which the library's stack is as long as before. An error that the library throws unwinds the
 * stack of JavaScript only, and leaves 200 bytes on its own: after 10,000 errors it would have grown over the library's
 * memory.
 */
function keepingStack<T>(h5: Hdf5Library, run: () => T): T {
  const caller = h5 as unknown as Caller;
  const outcomes: Outcome<T>[] = [];
  caller._chunkwise = () => {
    try {
      outcomes.push({ value: run() });
    } catch (error) {
      outcomes.push({ error });
    }
  };
  // a text is an argument on the stack, so it is restored
  caller.ccall("chunkwise", null, ["string"], [""]);
  const outcome = at(outcomes, 0);
  if ("error" in outcome) throw outcome.error;
  return outcome.value;
}

/** The library's own explanation: the innermost step of the first chain of errors. */
function reason({ diagnosis }: Running): string | undefined {
  const chains = diagnosis.split("#000: ");
  const steps = [...(chains[1] ?? "").matchAll(/ in \w+\(\): (.*)$/gm)].map(([, text = ""]) => text);
  return steps.at(-1) ?? (diagnosis === "" ? undefined : diagnosis.slice(0, 200));
}

/** What the package itself says; of other errors in it, the messages are about JavaScript and help nobody. */
function saying(cause: unknown): string {
  return Object.getPrototypeOf(cause) === Error.prototype ? messageOf(cause) : "what it read makes no sense";
}

/** One HDF5 file that is open for reading. */
export class Hdf5File {
  /** The file itself, for reading without the library. */
  readonly file: LocalFile;
  readonly #running: Running;
  readonly #inside: LibraryFile;
  #id = -1n;

  private constructor(running: Running, file: LocalFile) {
    this.#running = running;
    this.file = file;
    this.#inside = new LibraryFile(running.fs, running.root, file);
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
      const { path: inside } = opened.#inside;
      opened.#id = opened.call("open the file", (h5) => h5.open(inside, h5.H5F_ACC_RDONLY, false, -1, -1));
      return opened;
    } catch (error) {
      opened.close();
      throw error;
    }
  }

  /** What differs when the content does. */
  get version(): string {
    return this.file.version;
  }

  /**
   * Calls the library.
   *
   * @param action the attempt, to follow "cannot"
   * @param tolerated a complaint to be ignored, because the library does the right thing all the same
   * @throws FormatError with the library's explanation; StorageError if the file cannot be read
   */
  call<T>(action: string, run: (h5: Hdf5Library, id: bigint) => T, tolerated?: string): T {
    const { path } = this.file;
    const running = this.#running;
    if (running.broken !== undefined) {
      const message = `${path}: cannot ${action}: HDF5 broke down over the damaged file ${running.broken}`;
      throw new StorageError(`${message}; open the file again`, { path });
    }
    running.diagnosis = "";
    this.#inside.beginCall();
    let result: T;
    try {
      result = keepingStack(running.h5, () => run(running.h5, this.#id));
    } catch (cause) {
      if (this.#inside.failed !== undefined) throw this.#inside.failed;
      // A trap or an exhausted stack leaves the library between two states; a plain Error is thrown after it has
      // returned.
      const trapped = cause instanceof WebAssembly.RuntimeError || cause instanceof RangeError;
      if (trapped) {
        running.broken = path;
        current = undefined;
      }
      const message = reason(running) ?? (trapped ? "it broke down over what it read" : saying(cause));
      throw new FormatError(`${path}: HDF5 cannot ${action}: ${message}`, { path }, { cause });
    }
    if (this.#inside.failed !== undefined) throw this.#inside.failed;
    const problem = reason(running);
    if (problem !== undefined && problem !== tolerated)
      throw new FormatError(`${path}: HDF5 cannot ${action}: ${problem}`, { path });
    return result;
  }

  /**
   * Runs with memory of the library, which is cleared: the library leaves out elements that were never written and are
   * not to be filled.
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
      this.bytesAt(address, bytes).fill(0);
      return run(address);
    } finally {
      this.#running.h5._free(address);
    }
  }

  /** The bytes at an address of the library's memory; valid until the next call. */
  bytesAt(address: number, length: number): Uint8Array {
    return this.#running.h5.HEAPU8.subarray(address, address + length);
  }

  /** A text at an address of the library's memory, without the zero that ends it; valid until the next call. */
  textAt(address: number): Uint8Array {
    const { HEAPU8 } = this.#running.h5;
    const end = HEAPU8.indexOf(0, address);
    return HEAPU8.subarray(address, end < 0 ? HEAPU8.length : end);
  }

  /** Closes the file; a second call does nothing. */
  close(): void {
    if (!this.#inside.isOpen) return;
    try {
      if (this.#id >= 0n && this.#running.broken === undefined)
        this.call("close the file", (h5, id) => h5.close_file(id));
    } finally {
      this.#id = -1n;
      this.#inside.remove();
      this.file.close();
    }
  }
}
