/** The checksum of Fletcher over words of 16 bits. */

/** The words' high bytes come first if `bigEndian`; a last byte alone counts as the first one of a word. */
export function fletcher32(bytes: Uint8Array, bigEndian: boolean): number {
  const [first, second] = bigEndian ? [8, 0] : [0, 8];
  let [low, high] = [0, 0];
  const even = bytes.length - (bytes.length % 2);
  for (let at = 0; at < even; ) {
    // after this many words the sums still fit into 32 bits
    const end = Math.min(even, at + 720);
    for (; at < end; at += 2) {
      low += ((bytes[at] ?? 0) << first) | ((bytes[at + 1] ?? 0) << second);
      high += low;
    }
    low = (low & 0xffff) + (low >>> 16);
    high = (high & 0xffff) + (high >>> 16);
  }
  if (even < bytes.length) {
    low += (bytes[even] ?? 0) << first;
    high += low;
    low = (low & 0xffff) + (low >>> 16);
    high = (high & 0xffff) + (high >>> 16);
  }
  low = (low & 0xffff) + (low >>> 16);
  high = (high & 0xffff) + (high >>> 16);
  return ((high << 16) | low) >>> 0;
}
