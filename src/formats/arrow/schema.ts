/**
 * The columns of an Arrow schema: which are numbers, and which of a batch's buffers belong to each.
 *
 * A batch lists its nodes (length and nulls of every field) and its buffers in the order of a walk over all fields,
 * parents first. A field's type determines how many it has of either; only for views each batch gives the number
 * itself.
 *
 * Invariant: a walk ends, whatever the bytes say: it visits no field deeper than {@link DEEPEST}, nor more fields than
 * bytes.
 */
import { Date as DateType } from "apache-arrow/fb/date";
import { Endianness } from "apache-arrow/fb/endianness";
import type { Field } from "apache-arrow/fb/field";
import { FloatingPoint } from "apache-arrow/fb/floating-point";
import { Int } from "apache-arrow/fb/int";
import type { Schema } from "apache-arrow/fb/schema";
import { Time } from "apache-arrow/fb/time";
import { Timestamp } from "apache-arrow/fb/timestamp";
import { Type } from "apache-arrow/fb/type";
import { Union } from "apache-arrow/fb/union";
import type { Column, Stored } from "../tables/columns.js";

/** A column, and its place in each batch. */
export interface ArrowColumn extends Column {
  /** The index of its node. */
  readonly node: number;
  /** The index of its first buffer (the bits that mark nulls), without counting extra buffers of views before it. */
  readonly buffer: number;
  /** The number of fields of views before it, each of which has extra buffers. */
  readonly views: number;
  /** The bits of an element; 0 if elements have no fixed size. */
  readonly bits: number;
}

/** The columns of a schema, and how many nodes and buffers a batch must have. */
export interface ArrowSchema {
  readonly columns: readonly ArrowColumn[];
  readonly nodes: number;
  readonly buffers: number;
  readonly views: number;
  /** The schema's custom metadata. */
  metadata(): Record<string, string>;
}

/** Makes the error for bytes that cannot be right. */
export type Refuse = (problem: string) => Error;

/** The deepest nesting of fields. */
const DEEPEST = 64;

/** The buffers of a field itself; unions and fields with a dictionary are treated separately. */
const buffersOf: Readonly<Partial<Record<Type, number>>> = {
  [Type.NONE]: 0,
  [Type.Null]: 0,
  [Type.Int]: 2,
  [Type.FloatingPoint]: 2,
  [Type.Binary]: 3,
  [Type.Utf8]: 3,
  [Type.Bool]: 2,
  [Type.Decimal]: 2,
  [Type.Date]: 2,
  [Type.Time]: 2,
  [Type.Timestamp]: 2,
  [Type.Interval]: 2,
  [Type.List]: 2,
  [Type.Struct_]: 1,
  [Type.FixedSizeBinary]: 2,
  [Type.FixedSizeList]: 1,
  [Type.Map]: 2,
  [Type.Duration]: 2,
  [Type.LargeBinary]: 3,
  [Type.LargeUtf8]: 3,
  [Type.LargeList]: 2,
  [Type.RunEndEncoded]: 0,
  [Type.BinaryView]: 2,
  [Type.Utf8View]: 2,
  [Type.ListView]: 3,
  [Type.LargeListView]: 3,
};

/** Unions have no bits for nulls from this version of the metadata on. */
const UNIONS_WITHOUT_NULLS = 4;

/**
 * Reads a schema.
 *
 * @param bytes the length of the metadata that it is in
 */
export function readSchema(schema: Schema, version: number, bytes: number, refuse: Refuse): ArrowSchema {
  if (schema.endianness() !== Endianness.Little) throw refuse("its numbers are in big-endian order, which is not read");
  const count = { nodes: 0, buffers: 0, views: 0 };
  let left = bytes / 4;
  const walk = (field: Field, depth: number): void => {
    if (depth > DEEPEST) throw refuse(`its fields are nested more than ${DEEPEST} deep`);
    count.nodes += 1;
    const type = field.typeType();
    if (field.dictionary() !== null) {
      count.buffers += 2;
      return;
    }
    if (type === Type.Union) {
      const union: Union | null = field.type(new Union());
      const dense = union?.mode() === 1;
      count.buffers += (dense ? 2 : 1) + (version < UNIONS_WITHOUT_NULLS ? 1 : 0);
    } else {
      const own = buffersOf[type];
      if (own === undefined) throw refuse(`it has a field of an unknown type (${type})`);
      count.buffers += own;
    }
    if (type === Type.BinaryView || type === Type.Utf8View) count.views += 1;
    each(field.childrenLength(), (i) => walk(present(field.children(i)), depth + 1));
  };
  const each = (length: number, visit: (i: number) => void): void => {
    left -= length;
    if (!(length >= 0 && left >= 0)) throw refuse("it has more fields than bytes");
    for (let i = 0; i < length; i++) visit(i);
  };
  const present = <T>(value: T | null): T => {
    if (value === null) throw refuse("a field of it is missing");
    return value;
  };
  const columns: ArrowColumn[] = [];
  each(schema.fieldsLength(), (i) => {
    const field = present(schema.fields(i));
    const { nodes: node, buffers: buffer, views } = count;
    columns.push({ name: String(field.name() ?? ""), node, buffer, views, ...elementsOf(field, refuse) });
    walk(field, 0);
  });
  return { columns, ...count, metadata: () => metadataOf(schema, bytes, refuse) };
}

function metadataOf(schema: Schema, bytes: number, refuse: Refuse): Record<string, string> {
  let left = bytes;
  const pairs = new Map<string, string>();
  for (let i = 0; i < schema.customMetadataLength(); i++) {
    const pair = schema.customMetadata(i);
    const [key, value] = [String(pair?.key() ?? ""), String(pair?.value() ?? "")];
    // a few bytes may refer to the same text again and again
    left -= 4 + key.length + value.length;
    if (left < 0) throw refuse("the texts in its schema have more bytes than it has itself");
    pairs.set(key, value);
  }
  return Object.fromEntries(pairs);
}

const units = ["s", "ms", "us", "ns"];

/** The integers by their bits. */
const integers: Readonly<Record<number, { readonly signed: Stored; readonly unsigned: Stored }>> = {
  8: { signed: "int8", unsigned: "uint8" },
  16: { signed: "int16", unsigned: "uint16" },
  32: { signed: "int32", unsigned: "uint32" },
  64: { signed: "int64", unsigned: "uint64" },
};

/** The floats by their precision. */
const floats: readonly { readonly stored: Stored; readonly bits: number }[] = [
  { stored: "float16", bits: 16 },
  { stored: "float32", bits: 32 },
  { stored: "float64", bits: 64 },
];

/** The type of a field's elements. */
function elementsOf(field: Field, refuse: Refuse): Pick<ArrowColumn, "type" | "stored" | "time" | "bits"> {
  const other = (type: string) => ({ type, stored: undefined, time: false, bits: 0 });
  const number = (stored: Stored, bits: number) => ({ type: stored, stored, time: false, bits });
  const time = (type: string, bits: number) =>
    ({ type, stored: bits === 32 ? "int32" : "int64", time: true, bits }) as const;
  const described = <T extends Int | FloatingPoint | DateType | Time | Timestamp>(into: T): T => {
    const type: T | null = field.type(into);
    if (type === null) throw refuse("the type of a field of it is missing");
    return type;
  };
  if (field.dictionary() !== null) return other(`a dictionary of ${nameOf(field.typeType())}`);
  switch (field.typeType()) {
    case Type.Bool:
      return number("bool", 1);
    case Type.Int: {
      const type = described(new Int());
      const bits = type.bitWidth();
      const found = integers[bits];
      if (found === undefined) return other(`integers of ${bits} bits`);
      return number(type.isSigned() ? found.signed : found.unsigned, bits);
    }
    case Type.FloatingPoint: {
      const found = floats[described(new FloatingPoint()).precision()];
      return found === undefined ? other("floats of an unknown size") : number(found.stored, found.bits);
    }
    case Type.Date:
      return described(new DateType()).unit() === 0 ? time("date[day]", 32) : time("date[ms]", 64);
    case Type.Time: {
      const type = described(new Time());
      return time(`time[${units[type.unit()]}]`, type.bitWidth() === 64 ? 64 : 32);
    }
    case Type.Timestamp:
      return time(`timestamp[${units[described(new Timestamp()).unit()]}]`, 64);
    case Type.Duration:
      return time("duration", 64);
    default:
      return other(nameOf(field.typeType()));
  }
}

function nameOf(type: Type): string {
  return String(Type[type] ?? type)
    .replace("_", "")
    .toLowerCase();
}
