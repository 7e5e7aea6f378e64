/**
 * CRC-32C (Castagnoli), which Zarr uses for the index of a shard and for the codec crc32c. Node has only the other
 * CRC-32, and zarrita has neither.
 *
 * Eight bytes are taken at a time, each with a table of its own ("slicing by 8").
 */

/** The polynomial 0x1EDC6F41 with its bits reversed. */
const polynomial = 0x82f63b78;

/** The checksum of one byte. */
function checksumOfByte(byte: number): number {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? polynomial : 0);
  return crc;
}

const t0 = Uint32Array.from({ length: 256 }, (_, byte) => checksumOfByte(byte));

/** A table of checksums of bytes with one more zero byte after them. */
const shifted = (table: Uint32Array): Uint32Array => table.map((crc) => (crc >>> 8) ^ (t0[crc & 255] ?? 0));

const t1 = shifted(t0);
const t2 = shifted(t1);
const t3 = shifted(t2);
const t4 = shifted(t3);
const t5 = shifted(t4);
const t6 = shifted(t5);
const t7 = shifted(t6);

/** The checksum of bytes, from 0 to 2^32 - 1. */
export function crc32c(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let crc = -1;
  let at = 0;
  for (const whole = bytes.length - 7; at < whole; at += 8) {
    // no index is out of range; the zeros are for the compiler
    const low = crc ^ view.getUint32(at, true);
    const high = view.getUint32(at + 4, true);
    crc =
      (t7[low & 255] ?? 0) ^
      (t6[(low >>> 8) & 255] ?? 0) ^
      (t5[(low >>> 16) & 255] ?? 0) ^
      (t4[low >>> 24] ?? 0) ^
      (t3[high & 255] ?? 0) ^
      (t2[(high >>> 8) & 255] ?? 0) ^
      (t1[(high >>> 16) & 255] ?? 0) ^
      (t0[high >>> 24] ?? 0);
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ (t0[(crc ^ view.getUint8(at)) & 255] ?? 0);
  return ~crc >>> 0;
}
