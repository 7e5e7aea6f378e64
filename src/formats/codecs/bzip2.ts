/**
 * Decompresses bzip2 streams, one or several after each other.
 *
 *     stream   "BZh" level │ blocks: magic, checksum, origin, symbols used, Huffman tables, symbols │ end: checksum
 *     block    symbols ─ Huffman ─▶ move to front, run lengths ─▶ Burrows and Wheeler ─▶ run lengths ─▶ bytes
 *
 * Invariant: no more than the expected bytes are made, and the checksum of each block is checked.
 */
import { CodecFault } from "./fault.js";

const fault = (problem: string): CodecFault => new CodecFault(`bzip2 data is damaged: ${problem}`);

const [BLOCK, END] = [0x314159265359, 0x177245385090];
const [RUN_A, RUN_B] = [0, 1];
/** Symbols that are decoded with one table. */
const GROUP = 50;
const MOST_BITS = 20;

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc >>> 0;
});

/** Reads bits, the highest of a byte first. */
class Bits {
  at = 0;
  readonly #bytes: Uint8Array;
  #kept = 0;
  #count = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Up to 24 bits as a number. */
  take(count: number): number {
    while (this.#count < count) {
      const byte = this.#bytes[this.at++];
      if (byte === undefined) throw fault("it is truncated");
      this.#kept = (this.#kept << 8) | byte;
      this.#count += 8;
    }
    this.#count -= count;
    return (this.#kept >>> this.#count) & (2 ** count - 1);
  }

  /** 48 bits. */
  magic(): number {
    return this.take(24) * 2 ** 24 + this.take(24);
  }

  word(): number {
    return this.take(16) * 2 ** 16 + this.take(16);
  }

  /** Skips to the next byte. */
  align(): void {
    this.#count -= this.#count % 8;
    this.at -= this.#count / 8;
    this.#count = 0;
  }
}

/** A canonical Huffman code: per length, the first code, and where its symbols are. */
class Huffman {
  readonly #symbols: Uint16Array;
  readonly #counts = new Uint16Array(MOST_BITS + 2);

  constructor(lengths: Uint8Array) {
    for (const length of lengths) this.#counts[length] = (this.#counts[length] ?? 0) + 1;
    const offsets = new Uint16Array(MOST_BITS + 2);
    for (let length = 1; length <= MOST_BITS; length++) {
      offsets[length + 1] = (offsets[length] ?? 0) + (this.#counts[length] ?? 0);
    }
    this.#symbols = new Uint16Array(lengths.length);
    for (const [symbol, length] of lengths.entries()) {
      const place = offsets[length] ?? 0;
      this.#symbols[place] = symbol;
      offsets[length] = place + 1;
    }
  }

  symbol(bits: Bits): number {
    let [code, first, index] = [0, 0, 0];
    for (let length = 1; length <= MOST_BITS; length++) {
      code |= bits.take(1);
      const count = this.#counts[length] ?? 0;
      if (code - first < count) return this.#symbols[index + code - first] ?? 0;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw fault("a code is not in its table");
  }
}

/** Decompresses streams. @throws CodecFault */
export function unbzip2(bytes: Uint8Array, most: number): Uint8Array {
  const result = new Uint8Array(most);
  const bits = new Bits(bytes);
  let to = 0;
  while (to === 0 || bits.at < bytes.length) {
    const [b, z, h, level] = [bits.take(8), bits.take(8), bits.take(8), bits.take(8) - 48];
    if (b !== 0x42 || z !== 0x5a || h !== 0x68 || level < 1 || level > 9) throw fault("it does not begin with BZh");
    let combined = 0;
    for (let magic = bits.magic(); magic !== END; magic = bits.magic()) {
      if (magic !== BLOCK) throw fault("a block does not begin as one");
      const wanted = bits.word();
      const end = unrun(blockOf(bits, level * 100_000), result, to);
      const found = crcOf(result.subarray(to, end));
      if (found !== wanted) throw fault("the checksum of a block is wrong");
      combined = (((combined << 1) | (combined >>> 31)) ^ found) >>> 0;
      to = end;
    }
    if (bits.word() !== combined) throw fault("the checksum of all blocks is wrong");
    bits.align();
    if (to === 0) break;
  }
  return result.subarray(0, to);
}

function crcOf(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc << 8) ^ (crcTable[(crc >>> 24) ^ byte] ?? 0);
  return ~crc >>> 0;
}

/** The bytes of a block before the run lengths are undone. */
function blockOf(bits: Bits, size: number): Uint8Array {
  if (bits.take(1) === 1) throw fault("randomised blocks are not read");
  const origin = bits.take(24);
  const front = symbolsUsed(bits);
  const tables = bits.take(3);
  const selectors = selectorsOf(bits, tables);
  const codes = Array.from({ length: tables }, () => new Huffman(lengthsOf(bits, front.length + 2)));
  const last = new Uint32Array(size);
  let [count, group, left, run, weight] = [0, 0, 0, 0, 1];
  let code: Huffman | undefined;
  for (;;) {
    if (left-- === 0) {
      code = codes[selectors[group++] ?? -1];
      left = GROUP - 1;
    }
    if (code === undefined) throw fault("there are more symbols than selectors");
    const symbol = code.symbol(bits);
    if (symbol === RUN_A || symbol === RUN_B) {
      run += weight << symbol;
      weight *= 2;
      if (run > size) throw fault("a run is longer than its block");
      continue;
    }
    if (run > 0) {
      if (count + run > size) throw fault("a block is longer than it may be");
      last.fill(front[0] ?? 0, count, count + run);
      count += run;
      [run, weight] = [0, 1];
    }
    if (symbol === front.length + 1) break;
    if (count === size) throw fault("a block is longer than it may be");
    const byte = front[symbol - 1] ?? 0;
    front.copyWithin(1, 0, symbol - 1);
    front[0] = byte;
    last[count++] = byte;
  }
  if (origin >= count) throw fault("a block begins outside of itself");
  return unsorted(last.subarray(0, count), origin);
}

function symbolsUsed(bits: Bits): Uint8Array {
  const ranges = bits.take(16);
  const used: number[] = [];
  for (let range = 0; range < 16; range++) {
    if (((ranges >> (15 - range)) & 1) === 0) continue;
    const some = bits.take(16);
    for (let i = 0; i < 16; i++) if ((some >> (15 - i)) & 1) used.push(16 * range + i);
  }
  if (used.length === 0) throw fault("a block has no symbols");
  return Uint8Array.from(used);
}

function selectorsOf(bits: Bits, tables: number): Uint8Array {
  const count = bits.take(15);
  if (tables < 2 || tables > 6 || count === 0) throw fault("a block has an impossible number of tables");
  const order = Array.from({ length: tables }, (_, table) => table);
  const selectors = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    let place = 0;
    while (bits.take(1) === 1) if (++place >= tables) throw fault("a selector is not a table");
    const [table = 0] = order.splice(place, 1);
    order.unshift(table);
    selectors[i] = table;
  }
  return selectors;
}

function lengthsOf(bits: Bits, symbols: number): Uint8Array {
  const lengths = new Uint8Array(symbols);
  let length = bits.take(5);
  for (let symbol = 0; symbol < symbols; symbol++) {
    for (;;) {
      if (length < 1 || length > MOST_BITS) throw fault("a code has an impossible length");
      if (bits.take(1) === 0) break;
      length += bits.take(1) === 0 ? 1 : -1;
    }
    lengths[symbol] = length;
  }
  return lengths;
}

/** Undoes the transform of Burrows and Wheeler; the high bits of `last` are used for the links. */
function unsorted(last: Uint32Array, origin: number): Uint8Array {
  const starts = new Uint32Array(257);
  for (const byte of last) starts[byte + 1] = (starts[byte + 1] ?? 0) + 1;
  for (let byte = 0; byte < 256; byte++) starts[byte + 1] = (starts[byte + 1] ?? 0) + (starts[byte] ?? 0);
  for (let i = 0; i < last.length; i++) {
    const byte = (last[i] ?? 0) & 255;
    const place = starts[byte] ?? 0;
    starts[byte] = place + 1;
    last[place] = (last[place] ?? 0) | (i << 8);
  }
  const bytes = new Uint8Array(last.length);
  let at = (last[origin] ?? 0) >>> 8;
  for (let i = 0; i < bytes.length; i++) {
    const link = last[at] ?? 0;
    bytes[i] = link & 255;
    at = link >>> 8;
  }
  return bytes;
}

/** Undoes the first run lengths: after four equal bytes, a byte says how many more there are. */
function unrun(bytes: Uint8Array, into: Uint8Array, start: number): number {
  let [to, equal, before] = [start, 0, -1];
  for (const byte of bytes) {
    const isCount = equal === 4;
    const count = isCount ? byte : 1;
    if (to + count > into.length) throw fault(`it holds more than the expected ${into.length} bytes`);
    if (isCount) {
      into.fill(before, to, to + count);
      equal = 0;
      before = -1;
    } else {
      into[to] = byte;
      equal = byte === before ? equal + 1 : 1;
      before = byte;
    }
    to += count;
  }
  return to;
}
