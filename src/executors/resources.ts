/** What the tasks of one job share on one thread: open files, shared buffers, and how many bytes went through. */
import { FormatError } from "../data/errors.js";
import type { Job } from "../graph/task.js";
import { LocalFile } from "../storage/stores/file.js";

/** Open files and shared buffers of a job; see the head of this file. */
export class Resources {
  readonly job: Job;
  bytesRead = 0;
  bytesWritten = 0;
  readonly #files = new Map<string, LocalFile>();
  readonly #buffers: (SharedArrayBuffer | undefined)[] = [];

  constructor(job: Job) {
    this.job = job;
  }

  /** Makes a shared buffer known. */
  share(number: number, memory: SharedArrayBuffer): void {
    this.#buffers[number] = memory;
  }

  /** A shared buffer by its number. */
  buffer(number: number): SharedArrayBuffer {
    const memory = this.#buffers[number];
    if (memory === undefined) throw new Error(`shared buffer ${number} was never announced`);
    return memory;
  }

  /** A file of the job, opened on first use. */
  file(number: number, mode: "read" | "update"): LocalFile {
    const key = `${mode}${number}`;
    let file = this.#files.get(key);
    if (file === undefined) {
      const { path, size } = this.job.files[number]!;
      file = LocalFile.open(path, mode);
      this.#files.set(key, file);
      if (file.size < size) {
        throw new FormatError(`${path}: the file has shrunk to ${file.size} bytes since it was opened with ${size}`, {
          path,
          offset: file.size,
        });
      }
    }
    return file;
  }

  /** Closes the files and forgets the buffers. */
  close(): void {
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
    this.#buffers.length = 0;
  }
}
