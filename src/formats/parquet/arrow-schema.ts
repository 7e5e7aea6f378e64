/**
 * Arrow's schema in the metadata of a Parquet file, which says of some integers what they count: Parquet has no type
 * for spans of time.
 */
import type { FileMetaData } from "hyparquet";
import { loadMessages } from "../arrow/libraries.js";
import type { TimeType } from "../times.js";

const KEY = "ARROW:schema";
/** The byte that says in a schema that a field holds spans (Type.Duration). */
const SPANS = 18;

/**
 * What columns of spans count, by their names, as Arrow's schema says; none where it is missing or damaged. Texts that
 * are `known` are not read again: the files of a folder mostly have the same.
 */
export async function spansOf(
  { key_value_metadata: pairs }: FileMetaData,
  known: Map<string, ReadonlyMap<string, TimeType>>,
): Promise<ReadonlyMap<string, TimeType>> {
  const text = Array.from(pairs ?? []).find(({ key }) => key === KEY)?.value;
  if (typeof text !== "string") return new Map();
  const found = known.get(text) ?? (await spansIn(Buffer.from(text, "base64")));
  known.set(text, found);
  return found;
}

async function spansIn(bytes: Buffer): Promise<ReadonlyMap<string, TimeType>> {
  const spans = new Map<string, TimeType>();
  // most schemas have no such byte at all, and need no library then
  if (!bytes.includes(SPANS)) return spans;
  const file = {
    path: KEY,
    size: bytes.length,
    version: "",
    read: async (into: Uint8Array, offset: number) => into.set(bytes.subarray(offset, offset + into.length)),
    close: async () => undefined,
  };
  const { readMessage, schemaIn } = await loadMessages();
  const schema = await readMessage(file, 0, file.size)
    .then((message) => (message === undefined ? undefined : schemaIn(message)))
    .catch(() => undefined); // the numbers can be read without it
  for (const { name, time } of schema?.columns ?? []) if (time?.kind === "timedelta64") spans.set(name, time);
  return spans;
}
