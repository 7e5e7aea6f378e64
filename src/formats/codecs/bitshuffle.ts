/**
 * Shuffled bits: for each byte of an element and each of its bits, that bit of all elements, eight to a byte.
 *
 *     8 elements of 1 byte     abcdefgh ABCDEFGH …     become     … gG hH, lowest bits first
 */

/**
 * Puts the bits of each element together again.
 *
 * @param bytes shuffled bits of `count` elements, a multiple of 8
 * @param at where in `into` the elements go
 */
export function unshuffleBits(
  bytes: Uint8Array,
  count: number,
  elementBytes: number,
  into: Uint8Array,
  at: number,
): void {
  const row = count / 8;
  for (let byte = 0; byte < elementBytes; byte++) {
    const first = 8 * byte * row;
    for (let i = 0; i < row; i++) {
      // eight rows have a byte each with the same bit of eight elements: a square of 8 × 8 bits is transposed
      const p = first + i;
      let low =
        (bytes[p] ?? 0) |
        ((bytes[p + row] ?? 0) << 8) |
        ((bytes[p + 2 * row] ?? 0) << 16) |
        ((bytes[p + 3 * row] ?? 0) << 24);
      let high =
        (bytes[p + 4 * row] ?? 0) |
        ((bytes[p + 5 * row] ?? 0) << 8) |
        ((bytes[p + 6 * row] ?? 0) << 16) |
        ((bytes[p + 7 * row] ?? 0) << 24);
      let swap = (low ^ (low >>> 7)) & 0x00aa00aa;
      low ^= swap ^ (swap << 7);
      swap = (high ^ (high >>> 7)) & 0x00aa00aa;
      high ^= swap ^ (swap << 7);
      swap = (low ^ (low >>> 14)) & 0x0000cccc;
      low ^= swap ^ (swap << 14);
      swap = (high ^ (high >>> 14)) & 0x0000cccc;
      high ^= swap ^ (swap << 14);
      const even = (low & 0x0f0f0f0f) | ((high << 4) & 0xf0f0f0f0);
      const odd = ((low >>> 4) & 0x0f0f0f0f) | (high & 0xf0f0f0f0);
      let place = at + 8 * i * elementBytes + byte;
      for (let shift = 0; shift < 32; shift += 8, place += elementBytes) into[place] = even >>> shift;
      for (let shift = 0; shift < 32; shift += 8, place += elementBytes) into[place] = odd >>> shift;
    }
  }
}
