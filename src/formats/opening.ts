/**
 * Asking a format for something: it is loaded, asked, and where it refuses a file of another format, the error says of
 * which.
 */
import { explained, refuseSigned } from "./detect.js";
import type { Format, OpenedArray } from "./format.js";
import type { EagerRow, FormatRow } from "./row.js";

/** Loads a format and uses it. */
export async function withFormat<T>(row: FormatRow, use: (format: Format) => T | Promise<T>): Promise<T> {
  try {
    return await use(await row.load());
  } catch (error) {
    throw explained(error);
  }
}

/**
 * Opens a path as one format.
 *
 * @throws StorageError when it cannot be opened, FormatError when it is damaged or of another format
 */
export function openArray(row: FormatRow, path: string, options: object = {}): Promise<OpenedArray> {
  return withFormat(row, ({ open }) => {
    if (open === undefined) throw new Error(`the format ${row.name} opens no files`);
    return open(path, options, (first) => refuseSigned(path, first));
  });
}

/** {@link openArray} at once, for a format that is always loaded. */
export function openArrayNow(row: EagerRow, path: string, options: object = {}): OpenedArray {
  try {
    return row.load().open(path, options);
  } catch (error) {
    throw explained(error);
  }
}
