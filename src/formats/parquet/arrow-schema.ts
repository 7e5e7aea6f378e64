/**
 * Arrow's schema in the metadata of a Parquet file, which says of some integers what they count: Parquet has no type
 * for spans of time.
 */
import type { FileMetaData } from "hyparquet";
import { loadMessages } from "../arrow/libraries.js";
import type { TimeType } from "../times.js";

const KEY = "ARROW:schema";

/** What a column of spans counts; undefined if the schema is missing, damaged, or says nothing of the kind. */
export async function spansOf(
  { key_value_metadata: pairs }: FileMetaData,
  name: string,
): Promise<TimeType | undefined> {
  const text = Array.from(pairs ?? []).find(({ key }) => key === KEY)?.value;
  if (typeof text !== "string") return undefined;
  const bytes = Buffer.from(text, "base64");
  const file = {
    path: KEY,
    size: bytes.length,
    version: "",
    read: async (into: Uint8Array, offset: number) => into.set(bytes.subarray(offset, offset + into.length)),
    close: async () => undefined,
  };
  const { readMessage, schemaIn } = await loadMessages();
  const found = await readMessage(file, 0, file.size)
    .then((message) => (message === undefined ? undefined : schemaIn(message)))
    .catch(() => undefined); // the numbers can be read without it
  const time = found?.columns.find((column) => column.name === name)?.time;
  return time?.kind === "timedelta64" ? time : undefined;
}
