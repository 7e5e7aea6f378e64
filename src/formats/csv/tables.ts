/**
 * The memory of the machines that scan and parse: fixed places, and the tables there.
 *
 *     0       words that machine and host exchange
 *     64      shifts: 16 bytes from 64 + n move n digits to a vector's end
 *     128     powers of ten that are exact as float64, 10^0 … 10^22
 *     320     powers of ten as integers, 10^0 … 10^18
 *     512     the count of short words such as "nan", then 16 bytes for each: the word, its value
 *     4096    128 bits of 10^q for each q, the higher half first
 *     16384   the slot of each field of a record, or -1; then the numbers; then the text
 */

/** The places of the words that machine and host exchange. */
export const words = {
  /** The beginning of the first record that was not finished; the end of a field. */
  position: 0,
  /** The reason why a machine stopped: one of {@link faults}. */
  fault: 4,
  /** The beginning of the field at fault. */
  field: 8,
  /** The number of that field in its record. */
  column: 12,
  /** The scanner's mode, between two pieces of text. */
  mode: 16,
  /** Ends of records and of lines that the scanner met. */
  records: 20,
  lines: 24,
  /** The quote at which the scanner saw a field open. */
  quote: 28,
  /** The end of the text. */
  end: 32,
  /** Not 0 if the scanner met anything that a table of whole numbers does not need. */
  other: 36,
} as const;

/** The reasons why the parser stops. */
export const faults = { none: 0, incomplete: 1, text: 2, few: 3, many: 4, rounded: 5 } as const;

/** The places of the tables. */
export const places = { shifts: 64, floats: 128, integers: 320, words: 512, powers: 4096, slots: 16384 } as const;

/**
 * The powers of ten in the table. Below it, 19 digits do not reach the least float64; above it, 1 is beyond the
 * greatest.
 */
export const leastPower = -342;
export const mostPower = 308;

/** Words longer than this are looked up by the host. */
export const mostWords = Math.floor((places.powers - places.words) / 16) - 1;

const all = (1n << 64n) - 1n;
const bitsOf = (value: bigint): bigint => BigInt(value.toString(2).length);

/**
 * The first 128 bits of 10^q, that is of 5^q: cut off, but for q from -27 to -1 the next greater number, as the proof
 * of Eisel and Lemire's method demands (a product with the inverse of a divisor below 2^64 is then never too small).
 */
export function powerOfTen(q: number): bigint {
  const power = 5n ** BigInt(Math.abs(q));
  const bits = bitsOf(power);
  if (q >= 0) return bits <= 128n ? power << (128n - bits) : power >> (bits - 128n);
  const inverse = (1n << (bits + 256n)) / power;
  return (inverse >> (bitsOf(inverse) - 128n)) + (q >= -27 ? 1n : 0n);
}

let powers: BigUint64Array | undefined;

/**
 * Writes the tables to a machine's memory; `short` are words of at most 8 characters and their values, which are whole
 * if the elements are.
 */
export function writeTables(memory: ArrayBufferLike, short: ReadonlyMap<string, number>, float: boolean): void {
  const bytes = new Uint8Array(memory);
  bytes.fill(0x80, places.shifts, places.shifts + 16);
  for (let i = 0; i < 16; i++) bytes[places.shifts + 16 + i] = i;
  const view = new DataView(memory);
  for (let i = 0; i <= 22; i++) view.setFloat64(places.floats + 8 * i, Number(`1e${i}`), true);
  for (let i = 0; i <= 18; i++) view.setBigUint64(places.integers + 8 * i, 10n ** BigInt(i), true);
  view.setUint32(places.words, short.size, true);
  let at: number = places.words + 16;
  for (const [word, value] of short) {
    for (let i = 0; i < word.length; i++) bytes[at + i] = word.charCodeAt(i);
    if (float) view.setFloat64(at + 8, value, true);
    else view.setBigInt64(at + 8, BigInt(value), true);
    at += 16;
  }
  if (powers === undefined) {
    powers = new BigUint64Array(2 * (mostPower - leastPower + 1));
    for (let q = leastPower; q <= mostPower; q++) {
      const power = powerOfTen(q);
      powers[2 * (q - leastPower)] = power >> 64n;
      powers[2 * (q - leastPower) + 1] = power & all;
    }
  }
  new BigUint64Array(memory, places.powers, powers.length).set(powers);
}
