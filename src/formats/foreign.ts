/** Signatures of files that come near arrays and are not read as such, so that messages can say what a file is. */
import type { Signature } from "./row.js";

/** Signatures of compressed files: text may be in them. */
export const compressed: readonly Signature[] = [
  { bytes: "\x1f\x8b", what: "a gzip-compressed file (decompress it first)" },
  { bytes: "\x28\xb5\x2f\xfd", what: "a Zstandard-compressed file (decompress it first)" },
];

/** All signatures of files that no format reads as they are. */
export const foreign: readonly Signature[] = [
  ...compressed,
  { bytes: "BZh", what: "a bzip2-compressed file (decompress it first)" },
  { bytes: "\xfd7zXZ\x00", what: "an xz-compressed file (decompress it first)" },
  { bytes: "\x80\x02", what: "a Python pickle" },
  { bytes: "\x80\x03", what: "a Python pickle" },
  { bytes: "\x80\x04", what: "a Python pickle" },
  { bytes: "\x80\x05", what: "a Python pickle" },
  { bytes: "II*\x00", what: "a TIFF image" },
  { bytes: "MM\x00*", what: "a TIFF image" },
  { bytes: "\x89PNG", what: "a PNG image" },
  { bytes: "\xff\xd8\xff", what: "a JPEG image" },
  { bytes: "SIMPLE  =", what: "a FITS file" },
  { bytes: "MATLAB 5.0", what: "a MATLAB file" },
];
