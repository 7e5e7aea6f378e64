/** Stretches of several files that are read as one: the external storage of a dataset. */
import { LocalFile } from "../../storage/stores/file.js";
import { changedError } from "../unchanged.js";
import type { OutsideStretch } from "./params.js";

/** Stretches of other files, which are opened when they are needed, one at a time. */
export class JoinedFiles {
  readonly #stretches: readonly OutsideStretch[];
  /** The file that is open, and how much was read from those before. */
  #open: LocalFile | undefined;
  #readBefore = 0;

  constructor(stretches: readonly OutsideStretch[]) {
    this.#stretches = stretches;
  }

  /** The bytes that all have together. */
  get size(): number {
    return this.#stretches.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Bytes read so far. */
  get bytesRead(): number {
    return this.#readBefore + (this.#open?.bytesRead ?? 0);
  }

  /** Fills memory with the bytes from an offset on. @throws FormatError where a file ends too early; StorageError */
  readInto(bytes: Uint8Array, offset: number): void {
    let [done, begin] = [0, 0];
    for (const stretch of this.#stretches) {
      const end = begin + stretch.bytes;
      const at = offset + done;
      if (done < bytes.length && at < end) {
        const piece = bytes.subarray(done, Math.min(bytes.length, end - offset));
        this.#file(stretch).readInto(piece, stretch.offset + at - begin);
        done += piece.length;
      }
      begin = end;
    }
  }

  #file({ path, version }: OutsideStretch): LocalFile {
    if (this.#open?.path === path) return this.#open;
    this.close();
    const file = LocalFile.open(path, "read");
    if (file.version !== version) {
      file.close();
      throw changedError(path);
    }
    this.#open = file;
    return file;
  }

  /** Closes the file that is open. */
  close(): void {
    this.#readBefore = this.bytesRead;
    this.#open?.close();
    this.#open = undefined;
  }
}
