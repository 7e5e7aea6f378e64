/**
 * LZF blocks, as LibLZF writes them.
 *
 *     byte < 32     that many literals and one more
 *     other byte    a copy: length (3 bits, 7: another byte follows), distance back (5 bits and a byte)
 *
 * Invariant: nothing is written beyond the expected size, and nothing is read outside of the block.
 */
import { CodecFault } from "./fault.js";

const fault = (problem: string): CodecFault => new CodecFault(`LZF data is damaged: ${problem}`);

/** Decodes a block, which does not say how large its content is. */
export function unlzf(bytes: Uint8Array, most: number): Uint8Array {
  const into = new Uint8Array(most);
  let [at, to] = [0, 0];
  const next = (): number => {
    const byte = bytes[at++];
    if (byte === undefined) throw fault("it ends inside a copy");
    return byte;
  };
  while (at < bytes.length) {
    const control = next();
    if (control < 32) {
      const end = at + control + 1;
      if (end > bytes.length) throw fault("literals reach beyond its end");
      if (to + control + 1 > most) throw fault(`it holds more than the expected ${most} bytes`);
      while (at < end) into[to++] = bytes[at++] ?? 0;
      continue;
    }
    const length = 2 + (control >> 5) + (control >> 5 === 7 ? next() : 0);
    const distance = 1 + ((control & 31) << 8) + next();
    if (distance > to) throw fault("a copy reaches back before the beginning");
    if (to + length > most) throw fault(`it holds more than the expected ${most} bytes`);
    // the copy may overlap itself
    for (const end = to + length; to < end; to++) into[to] = into[to - distance] ?? 0;
  }
  return into.subarray(0, to);
}
