/**
 * The messages of Arrow files and streams: a length, metadata (a flatbuffer), and a body of that many bytes.
 *
 *     ff ff ff ff │ length 4 │ metadata, filled up to 8 │ body     before version 0.15 without the first four bytes
 *
 * Accessors that Arrow's own schema generates read the metadata. They trust it: a wrong offset makes them read elsewhere,
 * and a length is whatever stands there. Invariant: nothing is taken from a batch that was not checked against the size of
 * its metadata, its schema, and its body.
 */
import { Message } from "apache-arrow/fb/message";
import { MessageHeader } from "apache-arrow/fb/message-header";
import { RecordBatch } from "apache-arrow/fb/record-batch";
import { Schema } from "apache-arrow/fb/schema";
import { ByteBuffer } from "flatbuffers";
import { FormatError } from "../../data/errors.js";
import type { RangeReadable } from "../../storage/stores/capabilities.js";
import { type ArrowColumn, type ArrowSchema, type Refuse, readSchema } from "./schema.js";

/** No metadata of a table that is worth reading comes near this; more is damaged or hostile. */
const maxMetadata = 2 ** 28;

/** What compression can make of a byte at the most: a block of Zstandard repeats one 2^17 times and takes four. */
const mostRatio = 2 ** 15;

/** How the buffers of a body are compressed. */
export type Compression = "none" | "lz4" | "zstd";

/** A stretch of a file; `offset` is that in the file. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

/** Where a message stands. */
export interface Place {
  /** Where it begins in the file. */
  readonly offset: number;
  /** Bytes before the body. */
  readonly metadata: number;
  /** Bytes of the body. */
  readonly body: number;
}

/** A message: its place and its metadata. */
export interface Found extends Place {
  readonly message: Message;
  readonly refuse: Refuse;
}

/**
 * Reads what stands before the body of a message; undefined where a stream ends. `end` is where the messages end. Most metadata
 * is short: one call reads it with its length if it is, or no longer than `likely`.
 */
export async function readMessage(
  file: RangeReadable,
  offset: number,
  end: number,
  likely = 0,
): Promise<Found | undefined> {
  const { path } = file;
  const refuse: Refuse = (problem) =>
    new FormatError(`${path}: the message at byte ${offset} is damaged: ${problem}`, { path, offset });
  if (offset === end) return undefined;
  const cut = (): Error =>
    new FormatError(`${path} is truncated: a message begins at byte ${offset}`, { path, offset: end });
  const first = new Uint8Array(Math.min(end - offset, Math.max(4096, likely)));
  await file.read(first, offset);
  if (first.length < 4) throw cut();
  const view = new DataView(first.buffer);
  const modern = view.getUint32(0, true) === 0xffffffff;
  const prefix = modern ? 8 : 4;
  if (first.length < prefix) throw cut();
  const length = view.getInt32(prefix - 4, true);
  if (length === 0) return undefined;
  if (length < 8 || length > maxMetadata) throw refuse(`it claims to have ${length} bytes of metadata`);
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

/** The schema in the first message of a stream; undefined where another message stands there. */
export function schemaIn({ message, metadata, refuse }: Found): ArrowSchema | undefined {
  if (message.headerType() !== MessageHeader.Schema) return undefined;
  const schema = message.header(new Schema()) as Schema | null;
  if (schema === null) throw refuse("it has no schema");
  return readSchema(schema, message.version(), metadata, refuse);
}

/** True for a batch of rows, false for dictionaries. */
export function isBatch({ message, refuse }: Found): boolean {
  const type = message.headerType();
  if (type === MessageHeader.RecordBatch) return true;
  if (type === MessageHeader.DictionaryBatch) return false;
  throw refuse(`a batch should stand there, and it is of kind ${type}`);
}

/** A batch: how many rows, and where the buffers of its columns are. */
export class Batch {
  readonly rows: number;
  readonly compression: Compression;
  readonly #batch: RecordBatch;
  readonly #found: Found;
  /** The metadata, and where the structs of nodes and of buffers begin there: two integers of 64 bits each. */
  readonly #view: DataView;
  readonly #nodes: number;
  readonly #buffers: number;

  constructor(found: Found, schema: Pick<ArrowSchema, "nodes" | "buffers" | "views">) {
    const { message, metadata, refuse } = found;
    const batch = message.header(new RecordBatch()) as RecordBatch | null;
    if (batch === null) throw refuse("it holds no batch");
    if (message.version() < 3) throw refuse(`version ${message.version() + 1} of the metadata is not read`);
    const rows = Number(batch.length());
    if (!Number.isSafeInteger(rows) || rows < 0) throw refuse(`it claims to have ${rows} rows`);
    const views = batch.variadicBufferCountsLength();
    if (views !== schema.views) throw refuse(`it tells of ${views} columns of views; the schema has ${schema.views}`);
    let buffers = schema.buffers;
    for (let i = 0; i < views; i++) buffers += viewBuffers(batch, i, refuse);
    const counts = [batch.nodesLength(), batch.buffersLength()];
    if (counts[0] !== schema.nodes || counts[1] !== buffers || 16 * (schema.nodes + buffers) > metadata) {
      const problem = `it has ${counts[0]} nodes and ${counts[1]} buffers`;
      throw refuse(`${problem}; by the schema it must have ${schema.nodes} and ${buffers}`);
    }
    const compression = batch.compression();
    const codec = compression === null ? "none" : (["lz4", "zstd"] as const)[compression.codec()];
    if (codec === undefined || (compression !== null && compression.method() !== 0)) {
      throw refuse("its buffers are compressed in a way that is not known");
    }
    this.rows = rows;
    this.compression = codec;
    this.#batch = batch;
    this.#found = found;
    // the accessors make an object of each and three BigInts: for a table of many columns, most of the time
    const bytes = message.bb!.bytes();
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#nodes = structsAt(batch.nodes(0)?.bb_pos, schema.nodes, bytes.length, refuse);
    this.#buffers = structsAt(batch.buffers(0)?.bb_pos, buffers, bytes.length, refuse);
  }

  /** How many nulls a column has. */
  nulls({ name, node }: Pick<ArrowColumn, "name" | "node">): number {
    const { refuse } = this.#found;
    const at = this.#nodes + 16 * node;
    const [length, nulls] = [longAt(this.#view, at), longAt(this.#view, at + 8)];
    if (length !== this.rows) throw refuse(`column ${JSON.stringify(name)} has ${length} of its ${this.rows} elements`);
    if (nulls < 0 || nulls > length) throw refuse(`column ${JSON.stringify(name)} has ${nulls} nulls of ${length}`);
    return nulls;
  }

  /** Where the elements of a column are, and the bits that tell its nulls, which stand there only where it has any. */
  buffers(column: Pick<ArrowColumn, "name" | "node" | "buffer" | "views" | "bits">): { valid: Extent; values: Extent } {
    const { refuse } = this.#found;
    let number = column.buffer;
    for (let i = 0; i < column.views; i++) number += viewBuffers(this.#batch, i, refuse);
    const [valid, values] = [this.#extent(number), this.#extent(number + 1)];
    const [bits, bytes] = [Math.ceil(this.rows / 8), Math.ceil((this.rows * column.bits) / 8)];
    if (this.compression !== "none") {
      if (bytes <= values.length * mostRatio) return { valid, values };
      const problem = `column ${JSON.stringify(column.name)} has ${values.length} compressed bytes`;
      throw refuse(`${problem}; ${this.rows} rows take ${bytes}, which is more than can come of them`);
    }
    if (values.length < bytes || (this.nulls(column) > 0 && valid.length < bits)) {
      const problem = `the buffers of column ${JSON.stringify(column.name)} have ${valid.length} and ${values.length} bytes`;
      throw refuse(`${problem}; ${this.rows} rows take ${bits} and ${bytes}`);
    }
    return { valid, values };
  }

  #extent(number: number): Extent {
    const { offset, metadata, body, refuse } = this.#found;
    const at = this.#buffers + 16 * number;
    const [from, length] = [longAt(this.#view, at), longAt(this.#view, at + 8)];
    if (!(from >= 0 && length >= 0 && from + length <= body)) {
      throw refuse(`a buffer of ${length} bytes at ${from} does not lie inside the body of ${body}`);
    }
    return { offset: offset + metadata + from, length };
  }
}

/** Where so many structs of 16 bytes begin in metadata of so many bytes. */
function structsAt(first: number | undefined, count: number, bytes: number, refuse: Refuse): number {
  if (count === 0) return 0;
  if (first !== undefined && first >= 0 && first + 16 * count <= bytes) return first;
  throw refuse(`it tells of ${count} structs that do not lie inside of its metadata`);
}

/** An integer of 64 bits; one that is not exact is larger than any that is right. */
function longAt(view: DataView, at: number): number {
  return view.getInt32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
}

function viewBuffers(batch: RecordBatch, i: number, refuse: Refuse): number {
  const count = Number(batch.variadicBufferCounts(i));
  if (count >= 0 && count < 2 ** 24) return count;
  throw refuse(`a column of views has ${count} buffers`);
}
