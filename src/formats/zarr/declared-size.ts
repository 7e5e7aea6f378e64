/**
 * Checks what compressed bytes declare, before they reach a decoder that has no limit.
 *
 * Invariant: bytes that pass decompress to hardly more than `most`, and are not truncated as far as their structure
 * shows.
 */
import type { Refuse } from "./json.js";

/** Checks compressed bytes. @throws what `refuse` makes */
export type Check = (bytes: Uint8Array, most: number, refuse: Refuse) => void;

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

function checkDeclared(declared: number, most: number, refuse: Refuse): void {
  if (declared > most) throw refuse(`the compressed bytes declare ${declared} bytes; at most ${most} are expected`);
}

/** Blosc's header: versions, flags, the size of an element; the bytes before, in a block, and after compression. */
export function checkBlosc(bytes: Uint8Array, most: number, refuse: Refuse): void {
  if (bytes.length < 16)
    throw refuse(`the compressed bytes are truncated: a Blosc header has 16, and there are ${bytes.length}`);
  const view = viewOf(bytes);
  const [declared, block, compressed] = [view.getUint32(4, true), view.getUint32(8, true), view.getUint32(12, true)];
  checkDeclared(declared, most, refuse);
  if (compressed !== bytes.length) {
    throw refuse(`the Blosc header declares ${compressed} compressed bytes, and there are ${bytes.length}`);
  }
  if (block > Math.max(declared, 2 ** 16)) {
    throw refuse(`the Blosc header declares blocks of ${block} bytes in ${declared}`);
  }
}

/** numcodecs writes the size before LZ4's block. */
export function checkLz4(bytes: Uint8Array, most: number, refuse: Refuse): void {
  if (bytes.length < 5) throw refuse(`the compressed bytes are truncated: there are only ${bytes.length}`);
  checkDeclared(viewOf(bytes).getUint32(0, true), most, refuse);
}
