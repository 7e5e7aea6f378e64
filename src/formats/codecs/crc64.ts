/** The checksum CRC-64 of xz files (ECMA-182, lowest bits first). */

/** Halves of the remainder of each byte. */
const [high, low] = ((): readonly [Uint32Array, Uint32Array] => {
  const halves = [new Uint32Array(256), new Uint32Array(256)] as const;
  for (let byte = 0; byte < 256; byte++) {
    let crc = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0xc96c5795d7870f42n : crc >> 1n;
    halves[0][byte] = Number(crc >> 32n);
    halves[1][byte] = Number(crc & 0xffffffffn);
  }
  return halves;
})();

/** The checksum. */
export function crc64(bytes: Uint8Array): bigint {
  let [upper, lower] = [-1, -1];
  for (const byte of bytes) {
    const at = (lower ^ byte) & 255;
    lower = ((lower >>> 8) | (upper << 24)) ^ (low[at] ?? 0);
    upper = (upper >>> 8) ^ (high[at] ?? 0);
  }
  return (BigInt(~upper >>> 0) << 32n) | BigInt(~lower >>> 0);
}
