/** What was caught, read without trusting that it is an Error: JavaScript can throw any value. */

/** The message of something that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/**
 * What is wrong with bytes, in words for users, when decoding them threw something: the message, unless the engine made
 * it ("Offset is outside the bounds of the DataView"), which says what a program did and nothing of the bytes.
 */
export function problemOf(thrown: unknown): string {
  const ofEngine = thrown instanceof TypeError || thrown instanceof RangeError;
  return ofEngine ? "its bytes cannot be decoded" : messageOf(thrown);
}

/** The operating system's code of something that was thrown, such as `"ENOSPC"`; undefined if it has none. */
export function systemCodeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : undefined;
}
