/**
 * Blocks of BloscLZ, the codec that Blosc has of its own.
 *
 *     byte < 32     that many literals and one more; of the first byte, the highest three bits do not count
 *     other byte    a copy: length (3 bits, 7: the next bytes are added, up to one below 255), distance back (5 bits
 *                   and a byte; if all are ones, two more bytes, the highest first)
 *
 * Invariant: nothing is written beyond the expected size, and nothing is read outside of the block.
 */
import { CodecFault } from "../codecs/fault.js";

const fault = (problem: string): CodecFault => new CodecFault(`BloscLZ data is damaged: ${problem}`);

/** The largest distance of 13 bits, which says that another one follows. */
const FAR = 8191;

/** Decodes a block of a known size. */
export function unblosclz(bytes: Uint8Array, length: number): Uint8Array {
  const into = new Uint8Array(length);
  let [at, to] = [0, 0];
  const next = (): number => {
    const byte = bytes[at++];
    if (byte === undefined) throw fault("it ends inside a copy");
    return byte;
  };
  for (let control = next() & 31; ; control = next()) {
    if (control < 32) {
      const end = at + control + 1;
      if (end > bytes.length) throw fault("literals reach beyond its end");
      if (to + control + 1 > length) throw fault(`it holds more than the expected ${length} bytes`);
      while (at < end) into[to++] = bytes[at++] ?? 0;
    } else {
      let copied = (control >> 5) + 2;
      if (control >> 5 === 7) {
        for (let more = 255; more === 255; copied += more) more = next();
      }
      let distance = ((control & 31) << 8) + next();
      if (distance === FAR) distance += (next() << 8) + next();
      distance++;
      if (distance > to) throw fault("a copy reaches back before the beginning");
      if (to + copied > length) throw fault(`it holds more than the expected ${length} bytes`);
      // the copy may overlap itself
      for (const end = to + copied; to < end; to++) into[to] = into[to - distance] ?? 0;
    }
    if (at >= bytes.length) break;
  }
  if (to !== length) throw fault(`it holds ${to} bytes, and should hold ${length}`);
  return into;
}
