/**
 * Decompresses LZMA: a range coder, whose bits have probabilities that are learnt, says what comes next.
 *
 *     0            a literal; after a copy, coded with the byte that the copy would have given
 *     1 0          a copy: length, distance
 *     1 1 …        a copy from one of the last four distances: length; or of one byte from the last one
 *
 * The output is the window: a copy reads what was made before.
 *
 * Invariant: nothing is written beyond the end of the output, nothing is read before its beginning.
 */
import { CodecFault } from "./fault.js";

export const lzmaFault = (problem: string): CodecFault => new CodecFault(`LZMA data is damaged: ${problem}`);

/** Bits of a literal's context: of the byte before it, of its position; bits of a position for the rest. */
export interface LzmaProperties {
  readonly lc: number;
  readonly lp: number;
  readonly pb: number;
}

/** The properties in their byte; undefined if it has none. */
export function propertiesOf(byte: number): LzmaProperties | undefined {
  if (byte >= 9 * 5 * 5) return undefined;
  return { lc: byte % 9, lp: Math.floor(byte / 9) % 5, pb: Math.floor(byte / 45) };
}

/** A half, as the probability that a bit is 0; all have 11 bits. */
const HALF = 1024;
const LEARNING = 5;

/** Where the probabilities of each choice begin in their list; most have one for each of 12 states. */
const STATES = 12;
const POSITIONS = 16;
const IS_COPY = 0;
const IS_REPEATED = IS_COPY + STATES * POSITIONS;
const IS_OLDER = IS_REPEATED + STATES;
const IS_THIRD = IS_OLDER + STATES;
const IS_FOURTH = IS_THIRD + STATES;
const IS_LONG = IS_FOURTH + STATES;
const SLOTS = IS_LONG + STATES * POSITIONS;
const SHORT_DISTANCES = SLOTS + 4 * 64;
const ALIGNED = SHORT_DISTANCES + 128;
const LENGTHS = ALIGNED + 16;
/** Two choices, then lengths of 3 bits by position, again, and of 8 bits. */
const LENGTH_SIZE = 2 + 2 * 8 * POSITIONS + 256;
const REPEATED_LENGTHS = LENGTHS + LENGTH_SIZE;
const LITERALS = REPEATED_LENGTHS + LENGTH_SIZE;

/** The least length of a copy. */
const LEAST = 2;
/** A distance that marks the end. */
const MARK = 2 ** 32 - 1;

/** Decompresses into one piece of memory, one stretch of input after the other. */
export class LzmaDecoder {
  /** How many bytes were made. */
  to = 0;
  /** Where the next byte of input is. */
  at = 0;
  /** Copies must not begin before this place. */
  #start = 0;
  readonly #into: Uint8Array;
  #probabilities = new Uint16Array(LITERALS);
  readonly #bytes: Uint8Array;
  // two numbers of 32 bits without sign, kept with sign, which is faster
  #range = 0;
  #code = 0;
  #state = 0;
  // the distances of the last copies, less 1, the last one first
  #first = 0;
  #second = 0;
  #third = 0;
  #fourth = 0;
  #lc = 0;
  #literalMask = 0;
  #positionMask = 0;

  constructor(into: Uint8Array, bytes: Uint8Array) {
    this.#into = into;
    this.#bytes = bytes;
  }

  /** Forgets what was made: copies begin after it. */
  forget(): void {
    this.#start = this.to;
  }

  /** Takes other properties; {@link reset} must follow. */
  use({ lc, lp, pb }: LzmaProperties): void {
    this.#lc = lc;
    this.#literalMask = 2 ** lp - 1;
    this.#positionMask = 2 ** pb - 1;
    this.#probabilities = new Uint16Array(LITERALS + 0x300 * 2 ** (lc + lp));
  }

  /** Forgets what was learnt. */
  reset(): void {
    this.#probabilities.fill(HALF);
    this.#state = 0;
    this.#first = this.#second = this.#third = this.#fourth = 0;
  }

  /** Begins a stretch: the first byte of the range coder is 0, four more are its first digits. */
  begin(): void {
    const zero = this.#next();
    this.#code = (this.#next() << 24) | (this.#next() << 16) | (this.#next() << 8) | this.#next();
    this.#range = -1;
    if (zero !== 0) throw lzmaFault("a stretch does not begin with 0");
  }

  /** Copies bytes from the input as they are. */
  plain(count: number): void {
    if (this.at + count > this.#bytes.length) throw lzmaFault("it is truncated");
    this.#check(count, this.#into.length);
    this.#into.set(this.#bytes.subarray(this.at, this.at + count), this.to);
    this.at += count;
    this.to += count;
  }

  /**
   * Decompresses up to a number of bytes in all.
   *
   * @returns true if a mark of the end came before
   */
  decode(until: number): boolean {
    const into = this.#into;
    this.#check(until - this.to, into.length);
    while (this.to < until) {
      const position = (this.to - this.#start) & this.#positionMask;
      if (this.#bit(IS_COPY + this.#state * POSITIONS + position) === 0) {
        this.#literal();
        continue;
      }
      let length: number;
      if (this.#bit(IS_REPEATED + this.#state) === 1) {
        const single = this.#repeated(position);
        if (single) {
          length = 1;
          this.#state = this.#state < 7 ? 9 : 11;
        } else {
          length = LEAST + this.#length(REPEATED_LENGTHS, position);
          this.#state = this.#state < 7 ? 8 : 11;
        }
      } else {
        length = LEAST + this.#length(LENGTHS, position);
        const distance = this.#distance(length);
        if (distance === MARK) return true;
        this.#fourth = this.#third;
        this.#third = this.#second;
        this.#second = this.#first;
        this.#first = distance;
        this.#state = this.#state < 7 ? 7 : 10;
      }
      const back = this.#first + 1;
      if (back > this.to - this.#start) throw lzmaFault("a copy reaches back before the beginning");
      this.#check(length, until);
      const end = this.to + length;
      if (length <= back) {
        into.copyWithin(this.to, this.to - back, end - back);
        this.to = end;
      } else {
        // the copy overlaps itself
        for (let to = this.to; to < end; to++) into[to] = into[to - back] ?? 0;
        this.to = end;
      }
    }
    return false;
  }

  /** Decompresses all that comes before a mark of the end. */
  decodeToMark(): void {
    const most = this.#into.length;
    if (this.decode(most)) return;
    const position = (this.to - this.#start) & this.#positionMask;
    const isMark =
      this.#bit(IS_COPY + this.#state * POSITIONS + position) === 1 &&
      this.#bit(IS_REPEATED + this.#state) === 0 &&
      this.#distance(LEAST + this.#length(LENGTHS, position)) === MARK;
    if (!isMark) this.#check(1, most);
  }

  /** Ends a stretch, after which nothing of its input is left. */
  finish(): void {
    if (this.#code !== 0) throw lzmaFault("a stretch does not end as it must");
  }

  #check(count: number, until: number): void {
    if (this.to + count > until) throw lzmaFault(`it holds more than the expected ${until} bytes`);
  }

  #next(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw lzmaFault("it is truncated");
    return byte;
  }

  /** A bit with the probability of a place. */
  #bit(place: number): 0 | 1 {
    const chance = this.#probabilities[place] ?? 0;
    const bound = Math.imul(this.#range >>> 11, chance);
    let bit: 0 | 1;
    if (this.#code >>> 0 < bound >>> 0) {
      this.#range = bound;
      this.#probabilities[place] = chance + ((2048 - chance) >> LEARNING);
      bit = 0;
    } else {
      this.#range = (this.#range - bound) | 0;
      this.#code = (this.#code - bound) | 0;
      this.#probabilities[place] = chance - (chance >> LEARNING);
      bit = 1;
    }
    if (this.#range >>> 24 === 0) {
      this.#range <<= 8;
      this.#code = (this.#code << 8) | this.#next();
    }
    return bit;
  }

  /** Bits that are 0 as often as 1, the highest one first. */
  #evenBits(count: number): number {
    let bits = 0;
    for (let i = 0; i < count; i++) {
      this.#range >>>= 1;
      const bit = this.#code >>> 0 >= this.#range ? 1 : 0;
      if (bit === 1) this.#code = (this.#code - this.#range) | 0;
      bits = (bits << 1) | bit;
      if (this.#range >>> 24 === 0) {
        this.#range <<= 8;
        this.#code = (this.#code << 8) | this.#next();
      }
    }
    return bits;
  }

  /** Bits whose probabilities are a tree, the highest one first. */
  #tree(place: number, count: number): number {
    let node = 1;
    for (let i = 0; i < count; i++) node = (node << 1) | this.#bit(place + node);
    return node - (1 << count);
  }

  /** Bits whose probabilities are a tree, the lowest one first. */
  #treeFromLowest(place: number, count: number): number {
    let [node, bits] = [1, 0];
    for (let i = 0; i < count; i++) {
      const bit = this.#bit(place + node);
      node = (node << 1) | bit;
      bits |= bit << i;
    }
    return bits;
  }

  #literal(): void {
    const { to } = this;
    const before = to > this.#start ? (this.#into[to - 1] ?? 0) : 0;
    const position = (to - this.#start) & this.#literalMask;
    const context = (position << this.#lc) + (before >> (8 - this.#lc));
    const place = LITERALS + 0x300 * context;
    let symbol = 1;
    if (this.#state >= 7) {
      let copied = this.#into[to - this.#first - 1] ?? 0;
      // as long as the bits are those of the byte that a copy would give, that byte chooses the probabilities
      do {
        const expected = (copied >> 7) & 1;
        copied <<= 1;
        const bit = this.#bit(place + ((1 + expected) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (bit !== expected) break;
      } while (symbol < 0x100);
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#bit(place + symbol);
    this.#into[to] = symbol;
    this.to = to + 1;
    this.#state = this.#state < 4 ? 0 : this.#state < 10 ? this.#state - 3 : this.#state - 6;
  }

  /** Puts one of the last distances first. @returns true if one byte is copied */
  #repeated(position: number): boolean {
    if (this.#bit(IS_OLDER + this.#state) === 0) {
      return this.#bit(IS_LONG + this.#state * POSITIONS + position) === 0;
    }
    let distance = this.#second;
    if (this.#bit(IS_THIRD + this.#state) === 1) {
      distance = this.#third;
      if (this.#bit(IS_FOURTH + this.#state) === 1) {
        distance = this.#fourth;
        this.#fourth = this.#third;
      }
      this.#third = this.#second;
    }
    this.#second = this.#first;
    this.#first = distance;
    return false;
  }

  /** A length less the least one. */
  #length(place: number, position: number): number {
    if (this.#bit(place) === 0) return this.#tree(place + 2 + 8 * position, 3);
    if (this.#bit(place + 1) === 0) return 8 + this.#tree(place + 2 + 8 * (POSITIONS + position), 3);
    return 16 + this.#tree(place + 2 + 16 * POSITIONS, 8);
  }

  /** A distance less 1, or the mark. */
  #distance(length: number): number {
    const slot = this.#tree(SLOTS + 64 * Math.min(length - LEAST, 3), 6);
    if (slot < 4) return slot;
    const count = (slot >> 1) - 1;
    const high = (2 | (slot & 1)) * 2 ** count;
    if (slot < 14) return high + this.#treeFromLowest(SHORT_DISTANCES + high - slot, count);
    return high + this.#evenBits(count - 4) * 16 + this.#treeFromLowest(ALIGNED, 4);
  }
}
