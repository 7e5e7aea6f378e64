/**
 * Reads boxes of a table. Text streams through the parser's memory in pieces, so a part may be of any size.
 *
 *     file ─ pieces of 256 KiB ─▶ text │ parse ─▶ numbers ─▶ into
 *                                  ▲ the unfinished record at the end goes to the front
 *
 * Invariant: the place of one record is known (the first of a part, or the one behind the last box), and reading goes
 * forward from the nearest such place. Records on the way are parsed without wanting any of their fields.
 */
import { chunkAt, startsOf } from "../../data/chunks.js";
import { factsOf } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { FormatError } from "../../data/errors.js";
import { at } from "../../data/lists.js";
import type { Box } from "../../data/region.js";
import type { ArrayReader } from "../format.js";
import { explain } from "./fault.js";
import { Machine, machineBytes, padding, type Stop } from "./machine.js";
import { boolWords, type FieldKind } from "./notation.js";
import { type CsvParams, paramsOf } from "./options.js";
import { rowBytesOf } from "./sample.js";
import { pieceBytes } from "./scan.js";
import { faults } from "./tables.js";
import { openText, type Text, textWorkspace } from "./text.js";

/** The longest record, and a line end behind the text. */
const textBytes = (longest: number): number => longest + padding;

/** The most bytes that a reader takes. */
export function readerBytes(params: CsvParams, rowBytes: number): number {
  return machineBytes(params.fields, rowBytes, textBytes(params.longest)) + textWorkspace(params.encoding);
}

/** The values of words: those of bools, and of numbers where elements are floats. A missing value hides any of them. */
function wordsOf({ missing, traits }: CsvParams): ReadonlyMap<string, number> {
  if (traits.elements.kind !== "float") return new Map([...boolWords].filter(([word]) => !missing.includes(word)));
  const { NaN: nan, POSITIVE_INFINITY: most, NEGATIVE_INFINITY: least } = Number;
  return new Map([
    ...boolWords,
    ...missing.map((word) => [word, nan] as const),
    ...["nan", "NaN", "NAN"].map((word) => [word, nan] as const),
    ...["inf", "Inf", "INF", "+inf", "Infinity"].map((word) => [word, most] as const),
    ...["-inf", "-Inf", "-INF"].map((word) => [word, least] as const),
  ]);
}

/** See the head of this file. */
export class CsvReader implements ArrayReader {
  readonly #array: EncodedArray;
  readonly #params: CsvParams;
  /** The number of records of each part, and the number of its first one. */
  readonly #rows: readonly number[];
  readonly #starts: readonly number[];
  readonly #text: Text;
  readonly #machine: Machine;
  /** The text in memory, and its place in the file. */
  #resident = { offset: 0, length: 0 };
  #wrong: FieldKind | undefined;
  /** A record whose place is known: its number, and its beginning. */
  #known = { part: -1, row: 0, offset: 0 };

  constructor(array: EncodedArray) {
    const params = paramsOf(array);
    this.#array = array;
    this.#params = params;
    this.#rows = at(array.grid, 0);
    this.#starts = startsOf(this.#rows);
    this.#text = openText(array.path, params.encoding);
    if (this.#text.version !== array.version) {
      this.#text.close();
      throw this.#changed();
    }
    const rowBytes = rowBytesOf(array.dtype, params.columns.length);
    this.#machine = new Machine(params.traits, params.fields, rowBytes, textBytes(params.longest), wordsOf(params));
  }

  async read(box: Box, into: Uint8Array): Promise<number> {
    const { dtype } = this.#array;
    const { fields, columns, offsets } = this.#params;
    const before = this.#text.bytesRead;
    const { start, stop } = at(box, 0);
    const part = chunkAt(this.#rows, start);
    if (this.#known.part !== part || this.#known.row > start) {
      this.#known = { part, row: at(this.#starts, part), offset: at(offsets, part) };
    }
    if (this.#known.row < start) {
      this.#machine.choose(new Array<number>(fields).fill(-1));
      await this.#records(start - this.#known.row, 0, () => undefined);
    }
    const item = factsOf(dtype).bytes;
    const slots = new Array<number>(fields).fill(-1);
    const { start: first, stop: last } = box[1] ?? { start: 0, stop: 1 };
    for (const [i, field] of columns.slice(first, last).entries()) slots[field] = i * item;
    this.#machine.choose(slots);
    let done = 0;
    await this.#records(stop - start, (last - first) * item, (numbers) => {
      into.set(numbers, done);
      done += numbers.length;
    });
    return this.#text.bytesRead - before;
  }

  /** The kind of the field at which reading failed; undefined if it did not, or for another reason. */
  get wrong(): FieldKind | undefined {
    return this.#wrong;
  }

  close(): void {
    this.#text.close();
  }

  /** Parses records from the known one on; the known one is then the one behind them. */
  async #records(count: number, rowBytes: number, take: (numbers: Uint8Array) => void): Promise<void> {
    const { part } = this.#known;
    const end = at(this.#params.offsets, part + 1);
    const most = this.#machine.most(rowBytes);
    for (let left = count; left > 0; ) {
      let from = this.#known.offset - this.#resident.offset;
      if (from < 0 || from >= this.#resident.length) {
        this.#resident = { offset: this.#known.offset, length: 0 };
        from = 0;
        await this.#more(end);
      }
      const stop = this.#machine.parse(from, this.#resident.length, Math.min(left, most), rowBytes);
      if (stop.records > 0) take(this.#machine.numbers(stop.records * rowBytes));
      left -= stop.records;
      const offset = this.#resident.offset + stop.position;
      this.#known = { part, row: this.#known.row + stop.records, offset };
      if (stop.fault > faults.incomplete) throw await this.#failure(stop);
      if (left === 0 || stop.records === Math.min(left + stop.records, most)) continue;
      // all whole records in memory are parsed
      this.#machine.text.copyWithin(0, stop.position, this.#resident.length);
      this.#resident = { offset, length: this.#resident.length - stop.position };
      await this.#more(end);
    }
  }

  /** Reads more text behind that in memory, up to the part's end. A last line without an end gets one. */
  async #more(end: number): Promise<void> {
    const { offset, length } = this.#resident;
    const { text } = this.#machine;
    const room = text.length - padding - length;
    const wanted = Math.min(room, pieceBytes, end - offset - length);
    const count = wanted > 0 ? await this.#text.read(text.subarray(length, length + wanted), offset + length) : 0;
    if (count < wanted || wanted <= 0) throw this.#changed();
    let filled = length + count;
    const last = this.#params.offsets.at(-1);
    if (offset + filled === last && text[filled - 1] !== 0x0a) text[filled++] = 0x0a;
    this.#resident = { offset, length: filled };
  }

  #changed(): FormatError {
    const { path } = this.#array;
    return new FormatError(`${path} was changed after it was opened; open it again`, { path });
  }

  /** The error about the field or the record at which parsing stopped. */
  async #failure(stop: Stop): Promise<FormatError> {
    const { part } = this.#known;
    const { lines, offsets } = this.#params;
    const record = stop.fault !== faults.text;
    const place = record ? stop.position : stop.field;
    const bytes = this.#machine.text.slice(place, this.#resident.length);
    const offset = this.#resident.offset + place;
    // the lines of the part up to there; its text is read once more
    let line = (lines[part] ?? at(lines, 0)) + at(this.#starts, part);
    const piece = new Uint8Array(pieceBytes);
    for (let from = at(offsets, part); from < offset; ) {
      const count = await this.#text.read(piece.subarray(0, Math.min(piece.length, offset - from)), from);
      if (count === 0) return this.#changed();
      for (let i = 0; i < count; i++) if (piece[i] === 0x0a) line++;
      from += count;
    }
    const { error, kind } = explain(stop, this.#array, { bytes, line, offset });
    this.#wrong = kind;
    return error;
  }
}
