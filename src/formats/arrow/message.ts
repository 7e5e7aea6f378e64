/**
 * The messages of Arrow files and streams: a length, metadata (a flatbuffer), and a body whose length the metadata
 * holds.
 *
 *     ff ff ff ff │ length 4 │ metadata, padded to 8 │ body        before version 0.15 without the first four bytes
 *
 * The metadata is read by accessors that were generated from Arrow's schema. They trust it: a wrong offset makes them
 * read elsewhere, and a length can be any number. Invariant: everything that is returned about a batch was checked
 * against the size of its metadata, its schema and its body.
 */
import { DictionaryBatch } from "apache-arrow/fb/dictionary-batch";
import { Message } from "apache-arrow/fb/message";
import { MessageHeader } from "apache-arrow/fb/message-header";
import { RecordBatch } from "apache-arrow/fb/record-batch";
import { Schema } from "apache-arrow/fb/schema";
import { ByteBuffer } from "flatbuffers";
import { FormatError } from "../../data/errors.js";
import type { RangeReadable } from "../../storage/stores/capabilities.js";
import { type ArrowColumn, type ArrowSchema, type FieldPlace, readSchema } from "./schema.js";
import type { Refuse } from "./types.js";

/** Real metadata is far shorter; longer metadata is damaged or hostile. */
const LONGEST_METADATA_BYTES = 2 ** 28;

/** The bytes that are read at once: most metadata is shorter. */
const FIRST_READ_BYTES = 4096;

/** The bytes of a node or of a buffer in the metadata: two integers of 64 bits. */
const STRUCT_BYTES = 16;

/**
 * The most bytes that one compressed byte can stand for: a block of Zstandard repeats a byte 2^17 times in four bytes.
 */
const MOST_RATIO = 2 ** 15;

/** How the buffers of a body are compressed. */
export type Compression = "none" | "lz4" | "zstd";

/** A stretch of a file. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

/** Where a message is in the file. */
export interface MessagePlace {
  /** Its first byte. */
  readonly offset: number;
  /** The bytes before the body. */
  readonly metadata: number;
  /** The bytes of the body. */
  readonly body: number;
}

/** A message: its place and its metadata. */
export interface FoundMessage extends MessagePlace {
  readonly message: Message;
  readonly refuse: Refuse;
}

/**
 * Reads a message up to its body; undefined at the end of a stream. `end` is where the messages end. One call reads the
 * length and the metadata if the metadata is short, or no longer than `likely`.
 */
export async function readMessage(
  file: RangeReadable,
  offset: number,
  end: number,
  likely = 0,
): Promise<FoundMessage | undefined> {
  const { path } = file;
  const refuse: Refuse = (problem) =>
    new FormatError(`${path}: the message at byte ${offset} is damaged: ${problem}`, { path, offset });
  if (offset === end) return undefined;
  const cut = (): Error =>
    new FormatError(`${path} is truncated: a message begins at byte ${offset}`, { path, offset: end });
  const first = new Uint8Array(Math.min(end - offset, Math.max(FIRST_READ_BYTES, likely)));
  await file.read(first, offset);
  if (first.length < 4) throw cut();
  const view = new DataView(first.buffer);
  const modern = view.getUint32(0, true) === 0xffffffff;
  const prefix = modern ? 8 : 4;
  if (first.length < prefix) throw cut();
  const length = view.getInt32(prefix - 4, true);
  if (length === 0) return undefined;
  if (length < 8 || length > LONGEST_METADATA_BYTES) throw refuse(`it claims to have ${length} bytes of metadata`);
  if (offset + prefix + length > end) throw cut();
  let metadata = first.subarray(prefix, prefix + length);
  if (metadata.length < length) {
    metadata = new Uint8Array(length);
    await file.read(metadata, offset + prefix);
  }
  const message = Message.getRootAsMessage(new ByteBuffer(metadata));
  const body = Number(message.bodyLength());
  if (!Number.isSafeInteger(body) || body < 0) throw refuse(`it claims to have a body of ${body} bytes`);
  const place = { offset, metadata: prefix + length, body };
  if (offset + place.metadata + body > end) {
    const problem = `the message at byte ${offset} has a body of ${body} bytes, which would end at byte`;
    const stop = offset + place.metadata + body;
    throw new FormatError(`${path} is truncated or damaged: ${problem} ${stop}; the messages end at ${end}`, {
      path,
      offset: end,
    });
  }
  return { ...place, message, refuse };
}

/** The schema in the first message of a stream; undefined if that is another message. */
export function schemaIn({ message, metadata, refuse }: FoundMessage): ArrowSchema | undefined {
  if (message.headerType() !== MessageHeader.Schema) return undefined;
  const schema: Schema | null = message.header(new Schema());
  if (schema === null) throw refuse("it has no schema");
  return readSchema(schema, message.version(), metadata, refuse);
}

/** True for a batch of rows, false for dictionaries. */
export function isBatch({ message, refuse }: FoundMessage): boolean {
  const type = message.headerType();
  if (type === MessageHeader.RecordBatch) return true;
  if (type === MessageHeader.DictionaryBatch) return false;
  throw refuse(`expected a batch; it is of kind ${type}`);
}

/** A field's place, and the name of its column for messages. */
type NamedPlace = FieldPlace & Pick<ArrowColumn, "name">;

/** A dictionary, or with `delta` more elements of one. */
export interface DictionaryMessage {
  readonly id: string;
  readonly delta: boolean;
  readonly batch: Batch;
}

/** The dictionary in a message; its elements are the only column of its batch, without further ones inside. */
export function dictionaryIn(source: FoundMessage): DictionaryMessage {
  const found: DictionaryBatch | null = source.message.header(new DictionaryBatch());
  const data = found?.data(new RecordBatch()) ?? null;
  if (found === null || data === null) throw source.refuse("it holds no dictionary");
  const batch = new Batch(source, { nodes: 1, buffers: 2, views: 0 }, data);
  return { id: String(found.id()), delta: found.isDelta(), batch };
}

/** The id of the dictionary in a message. */
export function dictionaryId({ message, refuse }: FoundMessage): string {
  const found: DictionaryBatch | null = message.header(new DictionaryBatch());
  if (found === null) throw refuse("it holds no dictionary");
  return String(found.id());
}

/** A batch: its number of rows, and where the buffers of its columns are. */
export class Batch {
  readonly rows: number;
  readonly compression: Compression;
  readonly #batch: RecordBatch;
  readonly #message: FoundMessage;
  /** The metadata, and where the structs of nodes and of buffers begin in it. */
  readonly #view: DataView;
  readonly #nodes: number;
  readonly #buffers: number;

  constructor(
    source: FoundMessage,
    schema: Pick<ArrowSchema, "nodes" | "buffers" | "views">,
    batch: RecordBatch | null = source.message.header(new RecordBatch()),
  ) {
    const { message, metadata, refuse } = source;
    if (batch === null) throw refuse("it holds no batch");
    if (message.version() < 3) throw refuse(`version ${message.version() + 1} of the metadata is not read`);
    const rows = Number(batch.length());
    if (!Number.isSafeInteger(rows) || rows < 0) throw refuse(`it claims to have ${rows} rows`);
    const views = batch.variadicBufferCountsLength();
    if (views !== schema.views) throw refuse(`it claims ${views} columns of views; the schema has ${schema.views}`);
    let buffers = schema.buffers;
    for (let i = 0; i < views; i++) buffers += viewBuffers(batch, i, refuse);
    const found = { nodes: batch.nodesLength(), buffers: batch.buffersLength() };
    if (
      found.nodes !== schema.nodes ||
      found.buffers !== buffers ||
      STRUCT_BYTES * (schema.nodes + buffers) > metadata
    ) {
      const problem = `it has ${found.nodes} nodes and ${found.buffers} buffers`;
      throw refuse(`${problem}; the schema asks for ${schema.nodes} and ${buffers}`);
    }
    const compression = batch.compression();
    const codec = compression === null ? "none" : (["lz4", "zstd"] as const)[compression.codec()];
    if (codec === undefined || (compression !== null && compression.method() !== 0)) {
      throw refuse("its buffers are compressed in an unknown way");
    }
    this.rows = rows;
    this.compression = codec;
    this.#batch = batch;
    this.#message = source;
    // the accessors make an object and three BigInts for each, which would take most of the time for many columns
    const bytes = message.bb?.bytes();
    if (bytes === undefined) throw refuse("it has no metadata");
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#nodes = structsAt(batch.nodes(0)?.bb_pos, schema.nodes, bytes.length, refuse);
    this.#buffers = structsAt(batch.buffers(0)?.bb_pos, buffers, bytes.length, refuse);
  }

  /** The number of nulls of a column: the most that it or a field that it is inside of has. */
  nulls({ outer, perRow, ...column }: NamedPlace & Pick<ArrowColumn, "outer">): number {
    let most = this.nullsOf({ ...column, perRow });
    for (const field of outer) {
      most = Math.max(most, (this.nullsOf({ ...field, name: column.name }) * perRow) / Math.max(1, field.perRow));
    }
    return most;
  }

  /** The number of nulls of a field itself. */
  nullsOf({ name, node, perRow }: NamedPlace): number {
    const { refuse } = this.#message;
    const at = this.#nodes + STRUCT_BYTES * node;
    const [length, nulls] = [longAt(this.#view, at), longAt(this.#view, at + 8)];
    const expected = this.rows * perRow;
    if (length !== expected) throw refuse(`column ${JSON.stringify(name)} has ${length} of its ${expected} elements`);
    if (nulls < 0 || nulls > length) throw refuse(`column ${JSON.stringify(name)} has ${nulls} nulls of ${length}`);
    return nulls;
  }

  /** The bits that mark the nulls of a field, which are missing if it has none. */
  validity(field: NamedPlace): Extent {
    const valid = this.#extent(this.#bufferOf(field));
    const bits = Math.ceil((this.rows * field.perRow) / 8);
    if (this.compression === "none" && this.nullsOf(field) > 0 && valid.length < bits) {
      const problem = `the bits of column ${JSON.stringify(field.name)} have ${valid.length} bytes`;
      throw this.#message.refuse(`${problem}; ${this.rows} rows take ${bits}`);
    }
    return valid;
  }

  /** Where the elements of a column are, and the bits that mark its nulls, which are missing if it has none. */
  buffers(column: NamedPlace & Pick<ArrowColumn, "bits">): { valid: Extent; values: Extent } {
    const { refuse } = this.#message;
    const valid = this.validity(column);
    const values = this.#extent(this.#bufferOf(column) + 1);
    const bytes = Math.ceil((this.rows * column.perRow * column.bits) / 8);
    if (this.compression !== "none") {
      if (bytes <= values.length * MOST_RATIO) return { valid, values };
      const problem = `column ${JSON.stringify(column.name)} has ${values.length} compressed bytes`;
      throw refuse(`${problem}; ${this.rows} rows take ${bytes}, more than they can hold`);
    }
    if (values.length < bytes) {
      const problem = `the buffer of column ${JSON.stringify(column.name)} has ${values.length} bytes`;
      throw refuse(`${problem}; ${this.rows} rows take ${bytes}`);
    }
    return { valid, values };
  }

  /** The index of a field's first buffer in this batch. */
  #bufferOf({ buffer, views }: FieldPlace): number {
    let number = buffer;
    for (let i = 0; i < views; i++) number += viewBuffers(this.#batch, i, this.#message.refuse);
    return number;
  }

  #extent(number: number): Extent {
    const { offset, metadata, body, refuse } = this.#message;
    const at = this.#buffers + STRUCT_BYTES * number;
    const [from, length] = [longAt(this.#view, at), longAt(this.#view, at + 8)];
    if (!(from >= 0 && length >= 0 && from + length <= body)) {
      throw refuse(`a buffer of ${length} bytes at ${from} is not inside the body of ${body}`);
    }
    return { offset: offset + metadata + from, length };
  }
}

/** Where `count` structs begin in the metadata, which has `bytes` bytes. */
function structsAt(first: number | undefined, count: number, bytes: number, refuse: Refuse): number {
  if (count === 0) return 0;
  if (first !== undefined && first >= 0 && first + STRUCT_BYTES * count <= bytes) return first;
  throw refuse(`it claims ${count} structs that are not inside its metadata`);
}

/** An integer of 64 bits; one that is not exact is larger than any valid one. */
function longAt(view: DataView, at: number): number {
  return view.getInt32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
}

function viewBuffers(batch: RecordBatch, i: number, refuse: Refuse): number {
  const count = Number(batch.variadicBufferCounts(i));
  if (count >= 0 && count < 2 ** 24) return count;
  throw refuse(`a column of views has ${count} buffers`);
}
