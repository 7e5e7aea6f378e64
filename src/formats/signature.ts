/**
 * What a file is, judged by its first bytes: so that someone who opens a file with the wrong function is told what the
 * file is, and not only what it is not.
 */

/** The first bytes (latin1) of the formats that come near arrays, and what to call them. */
const signatures: readonly (readonly [bytes: string, name: string])[] = [
  ["\x93NUMPY", "a NumPy .npy file"],
  ["PK\x03\x04", "a zip archive, such as .npz (unpack it: it holds one .npy file per array)"],
  ["PK\x05\x06", "an empty zip archive"],
  ["\x89HDF\r\n\x1a\n", "an HDF5 or netCDF-4 file"],
  ["CDF\x01", "a netCDF-3 file"],
  ["CDF\x02", "a netCDF-3 file"],
  ["CDF\x05", "a netCDF-3 file"],
  ["PAR1", "a Parquet file"],
  ["ARROW1", "an Arrow file"],
  ["\x1f\x8b", "a gzip-compressed file (decompress it first)"],
  ["\x28\xb5\x2f\xfd", "a Zstandard-compressed file (decompress it first)"],
  ["BZh", "a bzip2-compressed file (decompress it first)"],
  ["\xfd7zXZ\x00", "an xz-compressed file (decompress it first)"],
  ["\x80\x02", "a Python pickle"],
  ["\x80\x03", "a Python pickle"],
  ["\x80\x04", "a Python pickle"],
  ["\x80\x05", "a Python pickle"],
  ["II*\x00", "a TIFF image"],
  ["MM\x00*", "a TIFF image"],
  ["\x89PNG", "a PNG image"],
  ["\xff\xd8\xff", "a JPEG image"],
  ["SIMPLE  =", "a FITS file"],
  ["MATLAB 5.0", "a MATLAB file"],
];

/**
 * The name of the format that the first bytes of a file (10 are enough) belong to, with its article; undefined when it
 * is none that is known.
 *
 * ```ts
 * signatureOf(Buffer.from("PAR1…")); // "a Parquet file"
 * ```
 */
export function signatureOf(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  return signatures.find(([signature]) => text.startsWith(signature))?.[1];
}
