/**
 * Arrow's messages as bytes: the schema, the metadata of batches and the footer, built by functions that were generated
 * from Arrow's schema.
 */
import { Block } from "apache-arrow/fb/block";
import { BodyCompression } from "apache-arrow/fb/body-compression";
import { BodyCompressionMethod } from "apache-arrow/fb/body-compression-method";
import { Bool } from "apache-arrow/fb/bool";
import { Buffer as BufferExtent } from "apache-arrow/fb/buffer";
import { CompressionType } from "apache-arrow/fb/compression-type";
import { Endianness } from "apache-arrow/fb/endianness";
import { Field } from "apache-arrow/fb/field";
import { FieldNode } from "apache-arrow/fb/field-node";
import { FloatingPoint } from "apache-arrow/fb/floating-point";
import { Footer } from "apache-arrow/fb/footer";
import { Int } from "apache-arrow/fb/int";
import { Message } from "apache-arrow/fb/message";
import { MessageHeader } from "apache-arrow/fb/message-header";
import { MetadataVersion } from "apache-arrow/fb/metadata-version";
import { Precision } from "apache-arrow/fb/precision";
import { RecordBatch } from "apache-arrow/fb/record-batch";
import { Schema } from "apache-arrow/fb/schema";
import { Type } from "apache-arrow/fb/type";
import { Builder, type Offset } from "flatbuffers";
import { type DType, factsOf } from "../../data/dtype.js";
import type { Compression, Extent, MessagePlace } from "./message.js";

/** The columns of a table to write: all of one dtype. */
export interface NewSchema {
  readonly dtype: DType;
  readonly names: readonly string[];
}

/** Bodies and buffers begin at multiples of this, as Arrow recommends. */
const ALIGNMENT_BYTES = 64;

/** The mark before the length of a message. */
const CONTINUATION = 0xffffffff;

/** The bytes of the mark and the length. */
const PREFIX_BYTES = 8;

/** The next multiple of {@link ALIGNMENT_BYTES}. */
export function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
}

/** The bytes of a column's elements. */
export function columnBytes(dtype: DType, rows: number): number {
  return dtype === "bool" ? Math.ceil(rows / 8) : rows * factsOf(dtype).bytes;
}

function addSchema(builder: Builder, { dtype, names }: NewSchema): Offset {
  const { kind, bytes } = factsOf(dtype);
  const fields = names.map((text) => {
    const name = builder.createString(text);
    let type: [Type, Offset];
    if (kind === "bool") {
      Bool.startBool(builder);
      type = [Type.Bool, Bool.endBool(builder)];
    } else if (kind === "float") {
      const precision = bytes === 4 ? Precision.SINGLE : Precision.DOUBLE;
      type = [Type.FloatingPoint, FloatingPoint.createFloatingPoint(builder, precision)];
    } else {
      type = [Type.Int, Int.createInt(builder, 8 * bytes, kind === "int")];
    }
    const children = Field.createChildrenVector(builder, []);
    Field.startField(builder);
    Field.addName(builder, name);
    Field.addNullable(builder, false);
    Field.addTypeType(builder, type[0]);
    Field.addType(builder, type[1]);
    Field.addChildren(builder, children);
    return Field.endField(builder);
  });
  const vector = Schema.createFieldsVector(builder, fields);
  Schema.startSchema(builder);
  Schema.addEndianness(builder, Endianness.Little);
  Schema.addFields(builder, vector);
  return Schema.endSchema(builder);
}

/** A message with its length before it, padded so that what follows is aligned; `offset` is its place in the file. */
function framed(
  builder: Builder,
  type: MessageHeader,
  header: Offset,
  body: number,
  offset: number,
): Uint8Array<ArrayBuffer> {
  Message.startMessage(builder);
  Message.addVersion(builder, MetadataVersion.V5);
  Message.addHeaderType(builder, type);
  Message.addHeader(builder, header);
  Message.addBodyLength(builder, BigInt(body));
  builder.finish(Message.endMessage(builder));
  const metadata = builder.asUint8Array();
  const bytes = new Uint8Array(aligned(offset + PREFIX_BYTES + metadata.length) - offset);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, CONTINUATION, true);
  view.setUint32(4, bytes.length - PREFIX_BYTES, true);
  bytes.set(metadata, PREFIX_BYTES);
  return bytes;
}

/** The message of a schema. */
export function schemaMessage(schema: NewSchema, offset: number): Uint8Array<ArrayBuffer> {
  const builder = new Builder(1024);
  return framed(builder, MessageHeader.Schema, addSchema(builder, schema), 0, offset);
}

/**
 * The metadata of a batch without nulls.
 *
 * @param values where each column's elements are in the body
 * @param body the length of the body
 */
export function batchMessage(
  rows: number,
  values: readonly Extent[],
  body: number,
  compression: Compression,
  offset: number,
): Uint8Array<ArrayBuffer> {
  const builder = new Builder(1024 + 48 * values.length);
  // vectors of structs are written from their ends
  RecordBatch.startBuffersVector(builder, 2 * values.length);
  for (const extent of values.toReversed()) {
    BufferExtent.createBuffer(builder, BigInt(extent.offset), BigInt(extent.length));
    BufferExtent.createBuffer(builder, BigInt(extent.offset), 0n);
  }
  const buffers = builder.endVector();
  RecordBatch.startNodesVector(builder, values.length);
  for (const _ of values) FieldNode.createFieldNode(builder, BigInt(rows), 0n);
  const nodes = builder.endVector();
  let compressed: Offset | undefined;
  if (compression !== "none") {
    const codec = compression === "lz4" ? CompressionType.LZ4_FRAME : CompressionType.ZSTD;
    compressed = BodyCompression.createBodyCompression(builder, codec, BodyCompressionMethod.BUFFER);
  }
  RecordBatch.startRecordBatch(builder);
  RecordBatch.addLength(builder, BigInt(rows));
  RecordBatch.addNodes(builder, nodes);
  RecordBatch.addBuffers(builder, buffers);
  if (compressed !== undefined) RecordBatch.addCompression(builder, compressed);
  return framed(builder, MessageHeader.RecordBatch, RecordBatch.endRecordBatch(builder), body, offset);
}

/** The bytes after the last batch: the end of the stream, the footer, its length, the signature. */
export function endOfFile(schema: NewSchema, batches: readonly MessagePlace[]): Uint8Array {
  const builder = new Builder(1024 + 24 * batches.length);
  const described = addSchema(builder, schema);
  Footer.startDictionariesVector(builder, 0);
  const dictionaries = builder.endVector();
  Footer.startRecordBatchesVector(builder, batches.length);
  for (const { offset, metadata, body } of batches.toReversed()) {
    Block.createBlock(builder, BigInt(offset), metadata, BigInt(body));
  }
  const blocks = builder.endVector();
  Footer.startFooter(builder);
  Footer.addVersion(builder, MetadataVersion.V5);
  Footer.addSchema(builder, described);
  Footer.addDictionaries(builder, dictionaries);
  Footer.addRecordBatches(builder, blocks);
  builder.finish(Footer.endFooter(builder));
  const footer = builder.asUint8Array();
  const result = Buffer.alloc(PREFIX_BYTES + footer.length + 10);
  result.writeUInt32LE(CONTINUATION, 0);
  result.set(footer, PREFIX_BYTES);
  result.writeInt32LE(footer.length, PREFIX_BYTES + footer.length);
  result.write("ARROW1", PREFIX_BYTES + footer.length + 4, "latin1");
  return result;
}
