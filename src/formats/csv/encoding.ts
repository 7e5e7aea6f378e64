/** How the text of a table is kept in a file, found out from its first bytes. */

export type Compression = "none" | "gzip" | "zstd";

/** How text is kept; plain data. */
export interface Encoding {
  readonly compression: Compression;
  /** ASCII is UTF-8. */
  readonly characters: "utf8" | "utf16le" | "utf16be";
  /** The character at the end of a line; LF may have CR before it. */
  readonly lineEnd: "LF" | "CR";
}

/** How text is compressed, by its first bytes. */
export function compressionOf(first: Uint8Array): Compression {
  if (first[0] === 0x1f && first[1] === 0x8b) return "gzip";
  return Buffer.from(first.subarray(0, 4)).equals(Buffer.from([0x28, 0xb5, 0x2f, 0xfd])) ? "zstd" : "none";
}

/** How characters are encoded, by a byte order mark or by the zeros in the first two ASCII characters. */
export function charactersOf(first: Uint8Array): Encoding["characters"] {
  const [a = 0, b = 0, c = 0, d = 0] = first;
  if (first.length < 2) return "utf8";
  if (a === 0xff && b === 0xfe) return "utf16le";
  if (a === 0xfe && b === 0xff) return "utf16be";
  const ascii = (byte: number): boolean => (byte >= 0x20 && byte < 0x7f) || (byte >= 0x09 && byte <= 0x0d);
  if (first.length < 4) return "utf8";
  if (b === 0 && d === 0 && ascii(a) && ascii(c)) return "utf16le";
  return a === 0 && c === 0 && ascii(b) && ascii(d) ? "utf16be" : "utf8";
}

/** True for a letter, a digit, and anything beyond ASCII: a quote behind it opens no field. */
function isWord(byte = 0): boolean {
  return byte >= 0x80 || /[0-9a-z]/i.test(String.fromCharCode(byte));
}

const [newline, carriage] = [0x0a, 0x0d];

/** How lines end: as the first one does that does not end inside quotes. */
export function lineEndOf(text: Uint8Array, quote: number): Encoding["lineEnd"] {
  let quoted = false;
  for (const [i, byte] of text.entries()) {
    if (byte === quote) quoted = !quoted && !isWord(text[i - 1]);
    else if (quoted) continue;
    else if (byte === newline) return "LF";
    else if (byte === carriage) return text[i + 1] === newline || i + 1 === text.length ? "LF" : "CR";
  }
  return "LF";
}
