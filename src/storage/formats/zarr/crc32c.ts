/**
 * CRC-32C (Castagnoli), with which Zarr v3 protects the indices of shards, and chunks that ask for it. zarrita cuts it off
 * without looking. Four tables take four bytes per step.
 */

const tables = makeTables();

function makeTables(): readonly Uint32Array[] {
  const first = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0x82f63b78 : rest >>> 1;
    first[byte] = rest;
  }
  const all = [first];
  for (let step = 1; step < 4; step++) {
    const former = all[step - 1]!;
    all.push(former.map((rest) => first[rest & 255]! ^ (rest >>> 8)));
  }
  return all;
}

/** The CRC-32C of some bytes. */
export function crc32c(bytes: Uint8Array): number {
  const [a, b, c, d] = tables as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  let sum = 0xffffffff;
  let at = 0;
  for (const end = bytes.length - 3; at < end; at += 4) {
    sum ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    sum = d[sum & 255]! ^ c[(sum >>> 8) & 255]! ^ b[(sum >>> 16) & 255]! ^ a[sum >>> 24]!;
  }
  for (; at < bytes.length; at++) sum = a[(sum ^ bytes[at]!) & 255]! ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}
