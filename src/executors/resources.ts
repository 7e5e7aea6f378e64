/**
 * What the tasks of one job share on one thread: open files, shared buffers, counts of the bytes read and written, and
 * what was found out about reading.
 *
 * A job may read thousands of files, and a process may open a few hundred: those that were not used for longest are
 * closed, between two pieces, and opened again where they are needed. A file that has changed meanwhile is refused.
 */
import { InternalError } from "../data/errors.js";
import { at } from "../data/lists.js";
import type { BlockMemory, SharedMemory } from "../data/memory.js";
import type { ArrayReader, ArrayWriter } from "../formats/format.js";
import { openReader, openWriter } from "../formats/index.js";
import { checkUnchanged } from "../formats/unchanged.js";
import type { Job } from "../graph/task.js";
import { LocalFile } from "../storage/stores/file.js";
import { availableFiles } from "./cores.js";
import { ReadingRule } from "./reading-rule.js";
import { LastTiling } from "./tiles.js";

/** Open files and shared buffers of a job; see the head of this file. */
export class Resources {
  readonly job: Job;
  bytesRead = 0;
  bytesMapped = 0;
  bytesWritten = 0;
  readonly tiling = new LastTiling();
  readonly #files = new Map<string, LocalFile>();
  readonly #rules = new Map<string, ReadingRule>();
  readonly #readers = new Map<number, Promise<ArrayReader>>();
  readonly #writers = new Map<number, Promise<ArrayWriter>>();
  readonly #memories: (BlockMemory | undefined)[] = [];

  constructor(job: Job) {
    this.job = job;
  }

  /** Makes a shared buffer known. */
  share(number: number, memory: BlockMemory): void {
    this.#memories[number] = memory;
  }

  /** A memory by its number. */
  memory(number: number): BlockMemory {
    const memory = this.#memories[number];
    if (memory === undefined) throw new InternalError(`internal error: memory ${number} was never announced`);
    return memory;
  }

  /** A memory that can also be read. */
  shared(number: number): SharedMemory {
    const memory = this.memory(number);
    if ("address" in memory) throw new InternalError(`internal error: memory ${number} cannot be read`);
    return memory;
  }

  /** A file of the job, opened on first use and again after it was closed; valid until {@link trim}. */
  file(number: number, mode: "read" | "update"): LocalFile {
    const key = `${mode}${number}`;
    const known = this.#files.get(key);
    if (known !== undefined) return touched(this.#files, key, known);
    const source = at(this.job.files, number);
    const file = LocalFile.open(source.path, mode);
    try {
      checkUnchanged(file, source);
    } catch (error) {
      file.close();
      throw error;
    }
    this.#files.set(key, file);
    return file;
  }

  /** The rule for pieces of a kind: those that read the same files with the same programs. */
  rule(kind: string): ReadingRule {
    let rule = this.#rules.get(kind);
    if (rule === undefined) {
      rule = new ReadingRule();
      this.#rules.set(kind, rule);
    }
    return rule;
  }

  /** The reader of an array of the job, opened on first use and again after it was closed; valid until {@link trim}. */
  reader(number: number): Promise<ArrayReader> {
    const known = this.#readers.get(number);
    if (known !== undefined) return touched(this.#readers, number, known);
    const reader = openReader(at(this.job.arrays, number));
    this.#readers.set(number, reader);
    return reader;
  }

  /** Whether more is open than should be: then call {@link trim} as soon as nothing of it is in use. */
  get isFull(): boolean {
    return Math.max(this.#files.size, this.#readers.size) > availableFiles();
  }

  /** Closes what was not used for longest, and leaves half of what may be open. */
  async trim(): Promise<void> {
    const left = availableFiles() / 2;
    for (const file of oldest(this.#files, left)) file.close();
    await closeOpened([...oldest(this.#readers, left)]);
  }

  /** The writer of an array of the job, opened on first use. */
  writer(number: number): Promise<ArrayWriter> {
    let writer = this.#writers.get(number);
    if (writer === undefined) {
      writer = openWriter(at(this.job.arrays, number));
      this.#writers.set(number, writer);
    }
    return writer;
  }

  /** Closes the files and forgets the buffers; returns a promise only if something was decoded or encoded. */
  close(): void | Promise<void> {
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
    this.#memories.length = 0;
    if (this.#readers.size + this.#writers.size > 0) return this.#closeFormats();
  }

  async #closeFormats(): Promise<void> {
    const openings = [...this.#readers.values(), ...this.#writers.values()];
    this.#readers.clear();
    this.#writers.clear();
    await closeOpened(openings);
  }
}

/** Closes readers and writers. One that could not be opened has failed its task, and has nothing to close. */
async function closeOpened(openings: readonly Promise<ArrayReader | ArrayWriter>[]): Promise<void> {
  const opened = await Promise.allSettled(openings);
  for (const result of opened) if (result.status === "fulfilled") await result.value.close();
}

/** Moves what is used now to the end, where it may matter. */
function touched<K, V>(open: Map<K, V>, key: K, value: V): V {
  if (open.size <= availableFiles() / 2) return value;
  open.delete(key);
  open.set(key, value);
  return value;
}

/** Takes out of a map what was not used for longest, until so many are left. */
function* oldest<K, V>(open: Map<K, V>, left: number): Generator<V> {
  for (const [key, value] of open) {
    if (open.size <= left) return;
    open.delete(key);
    yield value;
  }
}
