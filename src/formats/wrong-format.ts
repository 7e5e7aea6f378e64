/** The error for a file that is not of the format that it is opened as. */
import { type FilePlace, FormatError } from "../data/errors.js";

/**
 * A FormatError of a format that does not find its own signature. What the file is instead only the table of formats
 * knows, so this carries the first bytes to where the table is known (see {@link explained}).
 */
export class WrongFormatError extends FormatError {
  override readonly name = "FormatError";
  /** The first bytes of what was opened. */
  readonly first: Uint8Array;

  constructor(message: string, place: FilePlace, first: Uint8Array) {
    super(message, place);
    this.first = first;
  }
}
