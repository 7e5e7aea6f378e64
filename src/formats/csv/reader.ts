/**
 * Reads boxes of a table: text streams through the parser's memory in pieces, so a part's size says nothing about memory.
 *
 *     file ─ pieces of 256 KiB ─▶ text │ parse ─▶ numbers ─▶ into
 *                                  ▲ the unfinished record at the end goes to the front
 *
 * Invariant: the place of one record is known (the part's first, or where the last box ended), and reading goes forward
 * from the nearest such place; what is passed over is parsed as records whose fields are not wanted.
 */
import { chunkAt, startsOf } from "../../data/chunks.js";
import { factsOf } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { FormatError } from "../../data/errors.js";
import type { Box } from "../../data/region.js";
import type { ArrayReader } from "../format.js";
import { explain } from "./fault.js";
import { Machine, machineBytes, padding, type Stop } from "./machine.js";
import type { CsvParams } from "./options.js";
import { rowBytesOf } from "./sample.js";
import { pieceBytes } from "./scan.js";
import { faults } from "./tables.js";
import { openText, type Text, textWorkspace } from "./text.js";

/** Room for the longest record and for a line end behind the text. */
const textBytes = (longest: number): number => longest + padding;

/** The most bytes that a reader takes. */
export function readerBytes(params: CsvParams, rowBytes: number): number {
  return machineBytes(params.fields, rowBytes, textBytes(params.longest)) + textWorkspace[params.compression];
}

/** See the head of this file. */
export class CsvReader implements ArrayReader {
  readonly #array: EncodedArray;
  readonly #params: CsvParams;
  readonly #text: Text;
  readonly #machine: Machine;
  /** The text that is in memory, and where it begins. */
  #held = { offset: 0, length: 0 };
  /** A record whose place is known: its number, and where it begins. */
  #known = { part: -1, row: 0, offset: 0 };

  constructor(array: EncodedArray) {
    const params = array.params as CsvParams;
    this.#array = array;
    this.#params = params;
    this.#text = openText(array.path, params.compression);
    if (this.#text.version !== array.version) {
      this.#text.close();
      throw this.#changed();
    }
    const rowBytes = rowBytesOf(array.dtype, params.columns.length);
    const missing = new Map(params.missing.map((word) => [word, Number.NaN]));
    for (const word of ["nan", "NaN", "NAN"]) missing.set(word, Number.NaN);
    for (const word of ["inf", "Inf", "INF", "+inf", "Infinity"]) missing.set(word, Number.POSITIVE_INFINITY);
    for (const word of ["-inf", "-Inf", "-INF"]) missing.set(word, Number.NEGATIVE_INFINITY);
    this.#machine = new Machine(params.traits, params.fields, rowBytes, textBytes(params.longest), missing);
  }

  async read(box: Box, into: Uint8Array): Promise<number> {
    const { grid, dtype } = this.#array;
    const { fields, columns, offsets } = this.#params;
    const before = this.#text.bytesRead;
    const { start, stop } = box[0]!;
    const part = chunkAt(grid[0]!, start);
    if (this.#known.part !== part || this.#known.row > start) {
      this.#known = { part, row: startsOf(grid[0]!)[part]!, offset: offsets[part]! };
    }
    if (this.#known.row < start) {
      this.#machine.choose(new Array<number>(fields).fill(-1));
      await this.#records(start - this.#known.row, 0, () => undefined);
    }
    const item = factsOf(dtype).bytes;
    const slots = new Array<number>(fields).fill(-1);
    const { start: first, stop: last } = box[1] ?? { start: 0, stop: 1 };
    for (let column = first; column < last; column++) slots[columns[column]!] = (column - first) * item;
    this.#machine.choose(slots);
    let done = 0;
    await this.#records(stop - start, (last - first) * item, (numbers) => {
      into.set(numbers, done);
      done += numbers.length;
    });
    return this.#text.bytesRead - before;
  }

  close(): void {
    this.#text.close();
  }

  /** Parses so many records from the known one on, which then is the one behind them. */
  async #records(count: number, rowBytes: number, take: (numbers: Uint8Array) => void): Promise<void> {
    const { part } = this.#known;
    const end = this.#params.offsets[part + 1]!;
    const most = this.#machine.most(rowBytes);
    for (let left = count; left > 0; ) {
      let at = this.#known.offset - this.#held.offset;
      if (at < 0 || at >= this.#held.length) {
        this.#held = { offset: this.#known.offset, length: 0 };
        at = 0;
        await this.#more(end);
      }
      const stop = this.#machine.parse(at, this.#held.length, Math.min(left, most), rowBytes);
      if (stop.records > 0) take(this.#machine.numbers(stop.records * rowBytes));
      left -= stop.records;
      const offset = this.#held.offset + stop.position;
      this.#known = { part, row: this.#known.row + stop.records, offset };
      if (stop.fault > faults.incomplete) throw await this.#failure(stop);
      if (left === 0 || stop.records === Math.min(left + stop.records, most)) continue;
      // all whole records in memory are parsed
      this.#machine.text.copyWithin(0, stop.position, this.#held.length);
      this.#held = { offset, length: this.#held.length - stop.position };
      await this.#more(end);
    }
  }

  /** Reads text behind what is held, up to the part's end. A last line without an end gets one. */
  async #more(end: number): Promise<void> {
    const { offset, length } = this.#held;
    const { text } = this.#machine;
    const room = text.length - padding - length;
    const wanted = Math.min(room, pieceBytes, end - offset - length);
    const count = wanted > 0 ? await this.#text.read(text.subarray(length, length + wanted), offset + length) : 0;
    if (count < wanted || wanted <= 0) throw this.#changed();
    let held = length + count;
    const last = this.#params.offsets.at(-1)!;
    if (offset + held === last && text[held - 1] !== 0x0a) text[held++] = 0x0a;
    this.#held = { offset, length: held };
  }

  #changed(): FormatError {
    const { path } = this.#array;
    return new FormatError(`${path} was changed after it was opened; open it again`, { path });
  }

  /** The error for a field or a record that is not as it should be. */
  async #failure(stop: Stop): Promise<FormatError> {
    const { part } = this.#known;
    const { lines, offsets } = this.#params;
    const record = stop.fault !== faults.text;
    const place = record ? stop.position : stop.field;
    const bytes = this.#machine.text.slice(place, this.#held.length);
    const offset = this.#held.offset + place;
    // the lines of the part up to there; its text is read once more
    let line = (lines[part] ?? lines[0]!) + startsOf(this.#array.grid[0]!)[part]!;
    const piece = new Uint8Array(pieceBytes);
    for (let at = offsets[part]!; at < offset; ) {
      const count = await this.#text.read(piece.subarray(0, Math.min(piece.length, offset - at)), at);
      if (count === 0) return this.#changed();
      for (let i = 0; i < count; i++) if (piece[i] === 0x0a) line++;
      at += count;
    }
    return explain(stop, this.#array, { bytes, line, offset });
  }
}
