/** How a zip archive with Zarr in it is recognised. */
import type { SyncReadable } from "../../storage/stores/capabilities.js";

/** The first bytes of a zip archive. */
export const zipSignature = "PK\x03\x04";

/** The names of the documents that describe arrays and groups. */
const documents = ["zarr.json", ".zarray", ".zgroup"];

/** How much of the end of an archive is looked at: mostly all of its directory. */
const TAIL_BYTES = 2 ** 16;

/** Whether a zip archive holds a document of Zarr, as far as its first entry and the end of its directory show. */
export function holdsDocuments(file: SyncReadable): boolean {
  const [head, tail] = [Buffer.alloc(Math.min(file.size, 512)), Buffer.alloc(Math.min(file.size, TAIL_BYTES))];
  file.readInto(head, 0);
  file.readInto(tail, file.size - tail.length);
  return [head, tail].some((bytes) => documents.some((name) => bytes.includes(name)));
}
