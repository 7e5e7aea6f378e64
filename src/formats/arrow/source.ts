/**
 * Where the batches of an Arrow file or stream are. Bodies are skipped; only metadata is read.
 *
 *     file      ARROW1 0 0 │ schema │ batches … │ 0 │ footer: schema, place of each batch │ its length 4 │ ARROW1
 *     stream    schema │ batches … │ 0 (or the end)
 */
import type { Block } from "apache-arrow/fb/block";
import { Footer } from "apache-arrow/fb/footer";
import { ByteBuffer } from "flatbuffers";
import { FormatError } from "../../data/errors.js";
import type { RangeReadable } from "../../storage/stores/capabilities.js";
import { WrongFormatError } from "../wrong-format.js";
import {
  Batch,
  type DictionaryMessage,
  dictionaryId,
  dictionaryIn,
  type FoundMessage,
  isBatch,
  type MessagePlace,
  readMessage,
  schemaIn,
} from "./message.js";
import { type ArrowSchema, readSchema } from "./schema.js";

const magic = "ARROW1";
/** The footer's length and the signature, which follow the footer. */
const TAIL_BYTES = 10;
/** The bytes of a batch's entry in the footer. */
const ENTRY_BYTES = 24;

/** A batch, or a dictionary that the batches after it use. */
export type Part =
  | { readonly place: MessagePlace; readonly batch: Batch; readonly dictionary?: undefined }
  | { readonly place: MessagePlace; readonly dictionary: DictionaryMessage };

/** The schema, and one batch after the other. */
export interface Source {
  readonly schema: ArrowSchema;
  /** The batches, and the dictionaries of these ids, each before the batches that it holds for. */
  parts(ids: ReadonlySet<string>): AsyncGenerator<Part>;
}

/** Detects whether a file is a file or a stream of Arrow, and reads its schema. */
export async function openSource(file: RangeReadable): Promise<Source> {
  const { path, size } = file;
  if (size === 0)
    throw new FormatError(`${path}: the file is empty; an Arrow file begins with its schema`, { path, offset: 0 });
  const first = new Uint8Array(Math.min(size, 16));
  await file.read(first, 0);
  const text = Buffer.from(first).toString("latin1");
  if (text.startsWith(magic)) return openFile(file);
  const plausible = first.length >= 8 && (text.startsWith("\xff\xff\xff\xff") || (first[3] === 0 && first[0] !== 0));
  if (!plausible)
    throw new WrongFormatError(`${path}: this is not an Arrow file or stream`, { path, offset: 0 }, first);
  return openStream(file, first);
}

async function openStream(file: RangeReadable, firstBytes: Uint8Array): Promise<Source> {
  const { path, size } = file;
  const first = await readMessage(file, 0, size);
  const schema = first === undefined ? undefined : schemaIn(first);
  if (first === undefined || schema === undefined) {
    const problem = "this is not an Arrow stream: its first message is not a schema";
    throw new WrongFormatError(`${path}: ${problem}`, { path, offset: 0 }, firstBytes);
  }
  return {
    schema,
    async *parts(ids) {
      let at = first.metadata + first.body;
      let likely = 0;
      for (;;) {
        const found = await readMessage(file, at, size, likely);
        if (found === undefined) return;
        if (isBatch(found)) yield { place: placeOf(found), batch: new Batch(found, schema) };
        else if (ids.has(dictionaryId(found))) yield { place: placeOf(found), dictionary: dictionaryIn(found) };
        at = found.offset + found.metadata + found.body;
        likely = found.metadata; // batches of one table have metadata of one length
      }
    },
  };
}

async function openFile(file: RangeReadable): Promise<Source> {
  const { path, size } = file;
  const damaged = (problem: string, offset: number): FormatError =>
    new FormatError(`${path}: ${problem}`, { path, offset });
  if (size < 8 + TAIL_BYTES) throw damaged(`the file is truncated: it has ${size} bytes`, size);
  const tail = Buffer.alloc(TAIL_BYTES);
  await file.read(tail, size - TAIL_BYTES);
  if (tail.toString("latin1", 4) !== magic) {
    throw damaged(`the file is truncated: it begins as an Arrow file but does not end with ${magic}`, size);
  }
  const length = tail.readInt32LE(0);
  const start = size - TAIL_BYTES - length;
  if (length < 8 || start < 8) throw damaged(`the footer claims to have ${length} bytes`, size - TAIL_BYTES);
  const bytes = new Uint8Array(length);
  await file.read(bytes, start);
  const footer = Footer.getRootAsFooter(new ByteBuffer(bytes));
  const refuse = (problem: string): Error => damaged(`the footer is damaged: ${problem}`, start);
  const found = footer.schema();
  if (found === null) throw refuse("it has no schema");
  const schema = readSchema(found, footer.version(), length, refuse);
  const count = footer.recordBatchesLength();
  if (!(count >= 0 && count * ENTRY_BYTES <= length)) throw refuse(`it claims to list ${count} batches`);
  const dictionaries = footer.dictionariesLength();
  if (!(dictionaries >= 0 && dictionaries * ENTRY_BYTES <= length)) {
    throw refuse(`it claims to list ${dictionaries} dictionaries`);
  }
  /** The message of an entry of the footer. */
  const messageAt = async (block: Block | null, likely: number): Promise<FoundMessage> => {
    if (block === null) throw refuse("an entry is missing");
    const [offset, body] = [Number(block.offset()), Number(block.bodyLength())];
    if (!(offset >= 8 && body >= 0 && offset + body <= start)) {
      throw refuse(`it claims a batch at byte ${offset}, with a body of ${body} bytes`);
    }
    const message = await readMessage(file, offset, start, likely);
    if (message === undefined) throw refuse(`there is no batch at byte ${offset}`);
    if (message.body === body) return message;
    throw message.refuse(`its body has ${message.body} bytes; the footer claims ${body}`);
  };
  return {
    schema,
    async *parts(ids) {
      for (let i = 0; i < dictionaries && ids.size > 0; i++) {
        const message = await messageAt(footer.dictionaries(i), 0);
        if (isBatch(message)) throw message.refuse("expected a dictionary; it is a batch");
        if (ids.has(dictionaryId(message))) yield { place: placeOf(message), dictionary: dictionaryIn(message) };
      }
      let likely = 0;
      for (let i = 0; i < count; i++) {
        const message = await messageAt(footer.recordBatches(i), likely);
        if (!isBatch(message)) throw refuse(`there is no batch at byte ${message.offset}`);
        likely = message.metadata;
        yield { place: placeOf(message), batch: new Batch(message, schema) };
      }
    },
  };
}

function placeOf({ offset, metadata, body }: FoundMessage): MessagePlace {
  return { offset, metadata, body };
}
