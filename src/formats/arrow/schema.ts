/**
 * The columns of an Arrow schema: which are numbers, and which of a batch's buffers belong to each. Members of structs
 * are columns of their own, and so are lists of one length with all that is in them:
 *
 *     x: double    s: struct<x: double, y: double>    v: fixed_size_list<float>[4]
 *     "x"          "s.x", "s.y"                       "v"
 *
 * A batch lists its nodes (length and nulls of every field) and its buffers in the order of a walk over all fields,
 * parents first. A field's type determines how many it has of either; only for views each batch gives the number
 * itself.
 *
 * Invariant: a walk ends, whatever the bytes say: it visits no field deeper than {@link DEEPEST}, nor more fields than
 * bytes.
 */
import type { DictionaryEncoding } from "apache-arrow/fb/dictionary-encoding";
import { Endianness } from "apache-arrow/fb/endianness";
import type { Field } from "apache-arrow/fb/field";
import { FixedSizeList } from "apache-arrow/fb/fixed-size-list";
import { Int } from "apache-arrow/fb/int";
import type { Schema } from "apache-arrow/fb/schema";
import { Type } from "apache-arrow/fb/type";
import { Union } from "apache-arrow/fb/union";
import type { Column } from "../tables/columns.js";
import { type Elements, elementsOf, type Refuse } from "./types.js";

/** A field's place in each batch. */
export interface FieldPlace {
  /** The index of its node. */
  readonly node: number;
  /** The index of its first buffer (the bits that mark nulls), without counting extra buffers of views before it. */
  readonly buffer: number;
  /** The number of fields of views before it, each of which has extra buffers. */
  readonly views: number;
  /** How many elements it has for each row of the table. */
  readonly perRow: number;
}

/** A column, and its place in each batch. */
export interface ArrowColumn extends Column, FieldPlace, Elements {
  /** The bits of an element, or of an index into the dictionary; 0 if elements have no fixed size. */
  readonly bits: number;
  /** The fields that it is inside of: a null of one of them is a null of all that is in it. */
  readonly outer: readonly FieldPlace[];
  /** The dictionary that holds its elements. */
  readonly dictionary?: DictionaryUse;
}

/** How a column uses a dictionary. */
export interface DictionaryUse {
  readonly id: string;
  /** True if indices have a sign. */
  readonly signed: boolean;
  /** The bits of an element in the dictionary. */
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

/** The deepest nesting of fields. */
const DEEPEST = 64;
/** More elements than lists of one length have. */
const LONGEST_LIST = 2 ** 24;

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
  /** Counts the nodes and buffers of a field; adds its columns unless `inside` is missing. */
  const walk = (field: Field, depth: number, inside?: Inside): void => {
    if (depth > DEEPEST) throw refuse(`its fields are nested more than ${DEEPEST} deep`);
    const place = { node: count.nodes, buffer: count.buffers, views: count.views, perRow: inside?.perRow ?? 1 };
    count.nodes += 1;
    const type = field.typeType();
    const dictionary = field.dictionary();
    if (dictionary !== null) {
      count.buffers += 2;
      if (inside !== undefined) columns.push(columnOf(field, place, inside, dictionary));
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
    const known = columns.length;
    each(field.childrenLength(), (i) => {
      const child = present(field.children(i));
      walk(child, depth + 1, inside === undefined ? undefined : insideOf(field, child, place, inside));
    });
    const below = columns.slice(known);
    if (inside === undefined || below.some(({ name }) => name === inside.name)) return;
    const members = below.map(({ name }) => JSON.stringify(name));
    const column = columnOf(field, place, inside, null);
    columns.push(members.length === 0 ? column : { ...column, type: `${column.type} (${members.join(", ")})` });
  };
  const columnOf = (
    field: Field,
    place: FieldPlace,
    inside: Inside,
    dictionary: DictionaryEncoding | null,
  ): ArrowColumn => {
    const { name, list, outer } = inside;
    const found = elementsOf(field, refuse);
    const named = { name, ...place, outer, ...(outer.length === 0 ? {} : { nested: true }) };
    const type = list === undefined ? found.type : `lists of ${list} ${found.type}`;
    const column = { ...named, ...found, type, ...(list === undefined ? {} : { list }) };
    if (dictionary === null) return column;
    const index: Int | null = dictionary.indexType(new Int());
    const described = { ...column, type: `a dictionary of ${column.type}`, bits: index?.bitWidth() ?? 32 };
    if (![8, 16, 32, 64].includes(described.bits)) return { ...described, stored: undefined };
    const use = { id: String(dictionary.id()), signed: index?.isSigned() ?? true, bits: column.bits };
    return { ...described, dictionary: use };
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
    walk(field, 0, { name: String(field.name() ?? ""), perRow: 1, list: undefined, outer: [] });
  });
  return { columns, ...count, metadata: () => metadataOf(schema, bytes, refuse) };
}

/** Where a field is, as far as its columns are concerned. */
interface Inside {
  /** The name of its column. */
  readonly name: string;
  readonly perRow: number;
  /** The length of the lists that it is in. */
  readonly list: number | undefined;
  readonly outer: readonly FieldPlace[];
}

/** Where a child of a field is; undefined if its elements do not belong to rows in a fixed way. */
function insideOf(field: Field, child: Field, place: FieldPlace, inside: Inside): Inside | undefined {
  const outer = [...inside.outer, place];
  const type = field.typeType();
  if (type === Type.Struct_) return { ...inside, outer, name: `${inside.name}.${String(child.name() ?? "")}` };
  if (type !== Type.FixedSizeList) return undefined;
  const fixed: FixedSizeList | null = field.type(new FixedSizeList());
  const perRow = (fixed?.listSize() ?? -1) * inside.perRow;
  return perRow >= 0 && perRow <= LONGEST_LIST ? { ...inside, outer, perRow, list: perRow } : undefined;
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
