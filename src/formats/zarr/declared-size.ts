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

/** numcodecs writes the size before LZ4's block. */
export function checkLz4(bytes: Uint8Array, most: number, refuse: Refuse): void {
  if (bytes.length < 5) throw refuse(`the compressed bytes are truncated: there are only ${bytes.length}`);
  checkDeclared(viewOf(bytes).getUint32(0, true), most, refuse);
}
