/** The row of Arrow IPC files and streams (Feather version 2). */
import type { SyncReadable } from "../../storage/stores/capabilities.js";
import type { FormatRow } from "../row.js";
import { tableOptions } from "../tables/columns.js";
import { columnWords } from "../tables/words.js";
import type { ArrowWriteOptions } from "./writer.js";

/** A stream begins with the mark of a message, then the length of its metadata, which begins with a small number. */
function isStream({ size }: SyncReadable, first: Buffer): boolean {
  if (first.length < 16 || first.readUInt32LE(0) !== 0xffffffff) return false;
  const length = first.readInt32LE(4);
  return length > 0 && length % 8 === 0 && length + 8 <= size && first.readUInt32LE(8) < length;
}

/** Arrow IPC files and streams. */
export const arrowRow = {
  name: "arrow",
  word: "Arrow",
  label: "Arrow",
  signatures: [{ bytes: "ARROW1\0\0", what: "an Arrow file" }],
  // with the padding, which the header of a text does not have
  unread: [{ bytes: "FEA1\0\0\0\0", what: "a file of Feather version 1 (write it again as version 2)" }],
  recognise: isStream,
  columnAttributes: true,
  openOptions: tableOptions,
  openWords: columnWords,
  write: {
    options: { columns: true, compression: true } satisfies Record<keyof ArrowWriteOptions, true>,
    endings: { ".arrow": {}, ".feather": {} },
    compressions: { none: { compression: "none" }, lz4: { compression: "lz4" }, zstd: { compression: "zstd" } },
  },
  load: async () => (await import("./format.js")).arrow,
  loadReader: async () => (await import("./reader.js")).readerOf,
} satisfies FormatRow;
