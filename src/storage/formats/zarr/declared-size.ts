/**
 * What compressed bytes declare about themselves, looked at before a decoder that knows no limit touches them.
 *
 * Invariant: bytes that pass decompress to few more than `most`, and are not truncated as far as their structure tells.
 */
import type { Refuse } from "./json.js";

/** Looks at compressed bytes. @throws what `refuse` makes */
export type Check = (bytes: Uint8Array, most: number, refuse: Refuse) => void;

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

function checkDeclared(declared: number, most: number, refuse: Refuse): void {
  if (declared > most) throw refuse(`the compressed bytes declare ${declared} bytes; at most ${most} are expected`);
}

/** Blosc's header: versions, flags, the size of an element; the bytes before, in a block, and after compression. */
export function checkBlosc(bytes: Uint8Array, most: number, refuse: Refuse): void {
  if (bytes.length < 16)
    throw refuse(`the compressed bytes are truncated: a Blosc header has 16, here are ${bytes.length}`);
  const view = viewOf(bytes);
  const [declared, block, compressed] = [view.getUint32(4, true), view.getUint32(8, true), view.getUint32(12, true)];
  checkDeclared(declared, most, refuse);
  if (compressed !== bytes.length) {
    throw refuse(`the Blosc header tells of ${compressed} compressed bytes, and there are ${bytes.length}`);
  }
  if (block > Math.max(declared, 2 ** 16)) {
    throw refuse(`the Blosc header tells of blocks of ${block} bytes in ${declared}`);
  }
}

/** numcodecs writes the size before LZ4's block. */
export function checkLz4(bytes: Uint8Array, most: number, refuse: Refuse): void {
  if (bytes.length < 5) throw refuse(`the compressed bytes are truncated: only ${bytes.length} are there`);
  checkDeclared(viewOf(bytes).getUint32(0, true), most, refuse);
}

/** The largest block of a Zstandard frame, once it is decompressed. */
const zstdBlock = 2 ** 17;

/**
 * A Zstandard frame declares its size, or its blocks bound it. They are counted in any case: Node takes a frame that lacks
 * its end, and so its checksum, for a whole one. Frames follow each other to the last byte: for one that is only begun, the
 * WebAssembly waits without an end.
 */
export function checkZstd(bytes: Uint8Array, most: number, refuse: Refuse): void {
  const truncated = (): Error =>
    refuse(`the compressed bytes are truncated: the frame goes beyond its ${bytes.length}`);
  const view = viewOf(bytes);
  let [declared, bound, at] = [0, 0, 0];
  do {
    if (at + 6 > bytes.length) throw truncated();
    const magic = view.getUint32(at, true);
    if ((magic & 0xfffffff0) >>> 0 === 0x184d2a50) {
      if (at + 8 > bytes.length) throw truncated();
      at += 8 + view.getUint32(at + 4, true);
    } else {
      if (magic !== 0xfd2fb528) throw refuse(`the compressed bytes do not begin as Zstandard at byte ${at}`);
      const frame = zstdFrame(view, at, truncated);
      if (frame.declared === undefined) bound += frame.bound;
      declared += frame.declared ?? 0;
      at = frame.end;
    }
    checkDeclared(declared, most, refuse);
    // Blocks may hold less than they could; only what cannot be meant is refused.
    if (bound > 16 * (most + zstdBlock)) throw refuse(`the compressed bytes hold far more than the ${most} expected`);
    if (at > bytes.length) throw truncated();
  } while (at < bytes.length);
}

/** Where a frame ends, the bytes that it declares, and the most that its blocks hold. */
function zstdFrame(
  view: DataView,
  start: number,
  truncated: () => Error,
): { readonly declared: number | undefined; readonly bound: number; readonly end: number } {
  const flags = view.getUint8(start + 4);
  const single = (flags & 32) !== 0;
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][flags >>> 6]!;
  const sizeAt = start + 5 + (single ? 0 : 1) + [0, 1, 2, 4][flags & 3]!;
  let at = sizeAt + sizeBytes;
  if (at > view.byteLength) throw truncated();
  let bound = 0;
  for (let last = false; !last; ) {
    if (at + 3 > view.byteLength) throw truncated();
    const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    const [kind, size] = [(header >>> 1) & 3, header >>> 3];
    last = (header & 1) !== 0;
    at += 3 + (kind === 1 ? 1 : size);
    bound += kind === 2 ? zstdBlock : size;
  }
  const declared = sizeBytes === 0 ? undefined : declaredAt(view, sizeAt, sizeBytes);
  return { declared, bound, end: at + ((flags & 4) === 0 ? 0 : 4) };
}

function declaredAt(view: DataView, at: number, bytes: number): number {
  if (bytes === 1) return view.getUint8(at);
  if (bytes === 2) return view.getUint16(at, true) + 256;
  return bytes === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true));
}
