/**
 * One pass over a file's text when it is opened. It counts the records, which is the array's length, and cuts the text
 * into parts that can be parsed by themselves.
 *
 * Invariant: pieces of 256 KiB pass through a memory of that size. Between pieces only the scanner's mode and two bytes
 * are kept. The event loop gets its turn every 16 MiB.
 */
import { setImmediate } from "node:timers/promises";
import { importModule } from "../../assembler/encoder.js";
import { FormatError } from "../../data/errors.js";
import type { Dialect } from "./marks.js";
import { modes, scannerModule } from "./scanner.js";
import { words } from "./tables.js";
import type { Text } from "./text.js";

/** The bytes of a piece of text. */
export const pieceBytes = 2 ** 18;

/**
 * Longer records are refused: tables of numbers do not have them, but files without line ends or with a lone quote do.
 */
const longestRecord = 2 ** 26;

const yieldBytes = 2 ** 24;
const textAt = 65536;

/** The parts of a text; see CsvParams. */
export interface Parts {
  readonly rows: readonly number[];
  readonly offsets: readonly number[];
  readonly lines: readonly number[];
  readonly longest: number;
  /** True if there may be more than whole numbers, where that was asked for. */
  readonly other: boolean;
}

type Scan = (position: number, end: number, cut: number) => number;

/**
 * Scans the text from the beginning of a record, whose line number is given. `wholes` asks if there are only whole
 * numbers.
 *
 * @throws FormatError for a quote that is never closed and for a record of more than 64 MiB; StorageError
 */
export async function scanParts(
  text: Text,
  path: string,
  dialect: Dialect,
  start: { readonly offset: number; readonly line: number },
  partBytes: number,
  wholes: boolean,
): Promise<Parts> {
  const memory = new WebAssembly.Memory({ initial: (textAt + pieceBytes) / 65536 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(scannerModule(dialect, wholes)), {
    [importModule]: { memory },
  });
  const scan = exports.scan as Scan;
  const view = new DataView(memory.buffer);
  const bytes = new Uint8Array(memory.buffer);
  const take = (place: number): number => {
    const value = view.getUint32(place, true);
    view.setUint32(place, 0, true);
    return value;
  };
  bytes.fill(0x0a, textAt - 2, textAt);

  const rows: number[] = [];
  const offsets = [start.offset];
  const lines = [start.line];
  let [line, records, part] = [start.line, 0, 0]; // of what was scanned; records of the current part
  let [at, without, longest, quote] = [start.offset, 0, 0, -1];
  let partStart = start.offset;
  const cutHere = (offset: number): void => {
    records += part;
    rows.push(part);
    part = 0;
    offsets.push(offset);
    partStart = offset;
    lines.push(line - records);
  };
  const tooLong = (): void => {
    if (without <= longestRecord) return;
    const inside = view.getUint32(words.mode, true) >= modes.quoted && quote >= 0;
    const hint = inside ? `; perhaps the quote at byte ${quote} is never closed` : "";
    const offset = inside ? quote : at - without;
    throw new FormatError(`${path}: a record is longer than ${longestRecord} bytes${hint}`, { path, offset });
  };
  for (let count: number; ; at += count) {
    count = await text.read(bytes.subarray(textAt, textAt + pieceBytes), at);
    if (count === 0) break;
    const end = textAt + count;
    let ended = 0;
    for (let position = textAt; ; ) {
      const cut = Math.max(textAt, Math.min(end + 1, partStart + partBytes - at + textAt));
      // a part without records (comments, blank lines) keeps growing
      const goal = part > 0 || cut > position ? cut : Math.min(position + 1, end + 1);
      position = scan(position, end, goal);
      const found = take(words.records);
      ended += found;
      part += found;
      line += take(words.lines);
      const opened = take(words.quote);
      if (opened > 0) quote = at + opened - textAt;
      const atLine = view.getUint32(words.mode, true) === modes.line;
      if (part > 0 && atLine && position >= cut) cutHere(at + position - textAt);
      if (position >= end) break;
    }
    bytes.copyWithin(textAt - 2, end - 2, end);
    without = ended === 0 ? without + count : 0;
    longest = Math.max(longest, without);
    tooLong();
    if (Math.floor(at / yieldBytes) !== Math.floor((at + count) / yieldBytes)) await setImmediate();
  }
  const mode = view.getUint32(words.mode, true);
  if (mode === modes.quoted) {
    const message = `${path}: the quote at byte ${quote} opens a field that is never closed`;
    throw new FormatError(message, { path, offset: quote });
  }
  if (mode === modes.start || mode === modes.inside || mode === modes.closing) part++;
  if (part > 0 || rows.length === 0) cutHere(at);
  else offsets[offsets.length - 1] = at; // blank lines at the end go with the last part
  lines.pop();
  const alike = lines.every((value) => value === lines[0]);
  // a last line without an end may end with an empty field
  const other = view.getUint32(words.other, true) !== 0 || !/[\d\n]/.test(String.fromCharCode(bytes[textAt - 1] ?? 0));
  return { rows, offsets, lines: alike ? lines.slice(0, 1) : lines, longest: longest + 2 * pieceBytes, other };
}
