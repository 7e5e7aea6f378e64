/** Memory of backends that have no WebAssembly: an ArrayBuffer that is replaced by a larger one when it is too small. */

/** A memory of at least so many bytes with the content of this one; this one when it is large enough. */
export function grown(buffer: ArrayBuffer, bytes: number): ArrayBuffer {
  if (bytes <= buffer.byteLength) return buffer;
  const larger = new Uint8Array(Math.ceil(bytes / 16) * 16);
  larger.set(new Uint8Array(buffer));
  return larger.buffer;
}
