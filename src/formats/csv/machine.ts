/**
 * A parser with a memory of its own: the tables, the slots of the fields, a buffer for numbers and one for text.
 *
 *     │ tables │ slots │ numbers of some records │ text, 64 bytes of zero │
 */
import { importModule } from "../../assembler/encoder.js";
import { exactNumber, rounds, wordValue } from "./decimal.js";
import type { ParserTraits } from "./marks.js";
import { Notation } from "./notation.js";
import { parserModule } from "./parser.js";
import { faults, mostWords, places, words, writeTables } from "./tables.js";

const page = 65536;
/** Zero bytes behind the text. */
export const padding = 64;
/** The buffer for numbers, unless one record needs more. */
const numberBytes = 2 ** 18;

const modules = new Map<string, WebAssembly.Module>();

function compiled(traits: ParserTraits): WebAssembly.Module {
  const key = JSON.stringify(traits);
  let module = modules.get(key);
  if (module === undefined) {
    module = new WebAssembly.Module(parserModule(traits));
    modules.set(key, module);
  }
  return module;
}

/** The place where a machine stopped, and the reason. */
export interface Stop {
  /** Records that were parsed. */
  readonly records: number;
  /** The beginning of the first record that was not. */
  readonly position: number;
  /** One of {@link faults}, with the field's place in the text and its number. */
  readonly fault: number;
  readonly field: number;
  readonly column: number;
}

/** The bytes of memory of a machine. */
export function machineBytes(columns: number, rowBytes: number, textBytes: number): number {
  const needed = places.slots + 4 * columns + 16 + Math.max(numberBytes, rowBytes) + 64 + textBytes + padding;
  return Math.ceil(needed / page) * page;
}

type Parse = (at: number, end: number, out: number, most: number, columns: number, rowBytes: number) => number;

/** See the head of this file. */
export class Machine {
  /** The buffer for text. */
  readonly text: Uint8Array;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #columns: number;
  readonly #numbers: number;
  readonly #numberBytes: number;
  readonly #textAt: number;
  readonly #parse: Parse;

  /** `textBytes` is the longest text that {@link parse} takes, `rowBytes` the most bytes of numbers of one record. */
  constructor(
    traits: ParserTraits,
    columns: number,
    rowBytes: number,
    textBytes: number,
    wordValues: ReadonlyMap<string, number>,
  ) {
    const memory = new WebAssembly.Memory({ initial: machineBytes(columns, rowBytes, textBytes) / page });
    const { kind, bytes } = traits.elements;
    const short = [...wordValues].filter(
      ([word]) => word.length > 0 && Buffer.byteLength(word) === word.length && word.length <= 8,
    );
    writeTables(memory.buffer, new Map(short.slice(0, mostWords)), kind === "float");
    this.#bytes = new Uint8Array(memory.buffer);
    this.#view = new DataView(memory.buffer);
    this.#columns = columns;
    this.#numbers = Math.ceil((places.slots + 4 * columns) / 16) * 16;
    this.#numberBytes = Math.max(numberBytes, rowBytes);
    this.#textAt = this.#numbers + this.#numberBytes + 64;
    this.text = this.#bytes.subarray(this.#textAt, this.#textAt + textBytes);
    const notation = new Notation(traits);
    const textOf = (from: number, to: number): string => Buffer.from(memory.buffer, from, to - from).toString("utf8");
    const { exports } = new WebAssembly.Instance(compiled(traits), {
      [importModule]: {
        memory,
        exact: (from: number, to: number) => exactNumber(notation.plain(textOf(from, to)), bytes),
        rounds: (from: number, to: number) => Number(rounds(notation.plain(textOf(from, to)))),
        word: (from: number, to: number) => {
          const value = wordValue(textOf(from, to), wordValues);
          this.#view.setUint32(words.fault, value === undefined ? faults.text : faults.none, true);
          return value ?? Number.NaN;
        },
      },
    });
    this.#parse = exports.parse as Parse;
  }

  /** Chooses where the numbers of each field go: byte offsets in the row, or -1 for a field that is passed over. */
  choose(slots: readonly number[]): void {
    for (const [i, slot] of slots.entries()) this.#view.setInt32(places.slots + 4 * i, slot, true);
  }

  /** The most records that can be parsed at once, by the bytes of the numbers of one. */
  most(rowBytes: number): number {
    return rowBytes === 0 ? 2 ** 20 : Math.floor(this.#numberBytes / rowBytes);
  }

  /** Parses at most {@link most} records of the text from `at` to `end`; {@link numbers} then holds their numbers. */
  parse(at: number, end: number, most: number, rowBytes: number): Stop {
    const base = this.#textAt;
    this.#bytes.fill(0, base + end, base + end + padding);
    const records = this.#parse(base + at, base + end, this.#numbers, most, this.#columns, rowBytes);
    const word = (place: number): number => this.#view.getUint32(place, true);
    return {
      records,
      position: word(words.position) - base,
      fault: word(words.fault),
      field: word(words.field) - base,
      column: word(words.column),
    };
  }

  /** The first bytes of the numbers that were parsed. */
  numbers(bytes: number): Uint8Array {
    return this.#bytes.subarray(this.#numbers, this.#numbers + bytes);
  }
}
