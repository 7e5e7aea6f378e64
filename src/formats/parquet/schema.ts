/**
 * The columns of a Parquet schema: the leaves of its tree, by names that users know.
 *
 *     x                                    "x"
 *     s { x, y }                           "s.x", "s.y"
 *     v (LIST) { list* { element } }       "v"
 *
 * An element is present if its definition level is the highest one. Levels count the optional and the repeated nodes on
 * the way to a leaf.
 */
import type { SchemaElement } from "hyparquet";
import type { Column, Stored } from "../tables/columns.js";
import { isScale } from "../tables/decimals.js";
import type { TimeType } from "../times.js";

/** The deepest nesting of a schema. */
const DEEPEST_SCHEMA = 64;

/** A column of the table. */
export interface ParquetColumn extends Column {
  /** Its number among the columns of a row group. */
  readonly leaf: number;
  /** The names of the nodes on the way to it. */
  readonly path: readonly string[];
  readonly levels: Levels;
  /** The type of its elements in pages. */
  readonly physical: SchemaElement["type"];
  /** The bytes of an element in pages; 0 if they have no fixed size there. */
  readonly bytes: number;
}

/** The levels of a column. */
export interface Levels {
  /** The definition level of an element that is there. */
  readonly definition: number;
  /** The least definition level of an element of a list, null or not; 0 if there are no lists. */
  readonly list: number;
  /** The number of repeated nodes. */
  readonly repetition: number;
}

/** True if a column may have nulls. */
export function mayHaveNulls({ levels }: ParquetColumn): boolean {
  return levels.definition > levels.list;
}

type Refuse = (problem: string) => Error;

/** A node on the way to a leaf. */
interface Node {
  readonly name: string;
  readonly path: readonly string[];
  readonly levels: Levels;
}

const root: Node = { name: "", path: [], levels: { definition: 0, list: 0, repetition: 0 } };

/** The columns of a schema, which lists its elements in the order of a walk, parents first. */
export function columnsOf(schema: readonly SchemaElement[], refuse: Refuse): ParquetColumn[] {
  const columns: ParquetColumn[] = [];
  let [at, leaf] = [1, 0];
  /** Adds the leaves of a node; the name of the next `unnamed` nodes on each way is that of the node above. */
  const visit = (above: Node, unnamed: number): void => {
    const element = schema[at];
    if (element === undefined || above.path.length > DEEPEST_SCHEMA) throw refuse("its schema does not add up");
    at += 1;
    const node = nodeOf(element, above, unnamed > 0);
    const children = element.num_children ?? 0;
    if (children === 0) {
      columns.push({ leaf, ...columnOf(element, node) });
      leaf += 1;
    }
    const below = children === 1 && isList(element) ? namelessBelow(schema[at]) : Math.max(0, unnamed - 1);
    for (let i = 0; i < children; i++) visit(node, below);
  };
  for (let i = 0; i < (schema[0]?.num_children ?? 0); i++) {
    const first = columns.length;
    const name = schema[at]?.name ?? "";
    visit(root, 0);
    const members = columns.slice(first);
    // so that messages say what a column holds that has no leaf of its name
    if (members.some((member) => member.name === name)) continue;
    const type = `nested values (${members.map((member) => JSON.stringify(member.name)).join(", ")})`;
    const { levels, path } = root;
    columns.push({ leaf: -1, name, type, stored: undefined, levels, path, physical: undefined, bytes: 0 });
  }
  if (at !== schema.length) throw refuse("its schema does not add up");
  return columns;
}

function nodeOf({ name, repetition_type: repetition }: SchemaElement, above: Node, unnamed: boolean): Node {
  const repeated = repetition === "REPEATED";
  const definition = above.levels.definition + (repeated || repetition === "OPTIONAL" ? 1 : 0);
  return {
    name: unnamed ? above.name : above.path.length === 0 ? name : `${above.name}.${name}`,
    path: [...above.path, name],
    levels: {
      definition,
      list: repeated ? definition : above.levels.list,
      repetition: above.levels.repetition + (repeated ? 1 : 0),
    },
  };
}

function isList({ converted_type: converted, logical_type: logical }: SchemaElement): boolean {
  return converted === "LIST" || logical?.type === "LIST";
}

/** How many nodes below a list have no name of their own: the repeated one, and the element in it. */
function namelessBelow(repeated: SchemaElement | undefined): number {
  return repeated?.num_children === 1 ? 2 : 1;
}

function columnOf(element: SchemaElement, { name, path, levels }: Node): Omit<ParquetColumn, "leaf"> {
  const nested = path.length > 1 || levels.repetition > 0;
  const { physical, bytes } = { physical: element.type, bytes: bytesOf(element) };
  const described = levels.repetition > 1 ? other("lists of lists") : typeOf(element);
  return { name, path, levels, physical, bytes, ...described, ...(nested ? { nested } : {}) };
}

const physicalBytes: Readonly<Record<string, number>> = { INT32: 4, INT64: 8, INT96: 12, FLOAT: 4, DOUBLE: 8 };

/** More bytes than any number has. */
const MOST_FIXED_BYTES = 64;

function bytesOf({ type, type_length: length }: SchemaElement): number {
  if (type !== "FIXED_LEN_BYTE_ARRAY") return physicalBytes[type ?? ""] ?? 0;
  return length !== undefined && Number.isInteger(length) && length > 0 && length <= MOST_FIXED_BYTES ? length : 0;
}

const integers: Readonly<Record<string, Stored>> = {
  INT_8: "int8",
  INT_16: "int16",
  INT_32: "int32",
  INT_64: "int64",
  UINT_8: "uint8",
  UINT_16: "uint16",
  UINT_32: "uint32",
  UINT_64: "uint64",
};

type Described = Pick<Column, "type" | "stored" | "time" | "zone" | "scale">;

const other = (name: string): Described => ({ type: name, stored: undefined });
const number = (stored: Stored): Described => ({ type: stored, stored });

/** A column of whole numbers that Arrow's schema declares as spans of time. */
export function asSpans(column: ParquetColumn, time: TimeType): ParquetColumn {
  return { ...column, ...timeColumn("int64", time) };
}

/** The type of a column's elements. */
function typeOf(element: SchemaElement): Described {
  const { type, converted_type: converted, logical_type: logical } = element;
  const kind = logical?.type ?? converted;
  if (type === "FIXED_LEN_BYTE_ARRAY" && kind === "FLOAT16" && bytesOf(element) === 2) return number("float16");
  if (type === "BOOLEAN") return number("bool");
  if (type === "FLOAT") return number("float32");
  if (type === "DOUBLE") return number("float64");
  if (type === "INT96") return timeColumn("int64", { kind: "datetime64", unit: "ns" });
  if (kind === "DECIMAL") return decimalColumn(element);
  if (type !== "INT32" && type !== "INT64") return other(String(kind ?? type ?? "nothing").toLowerCase());
  const stored = type === "INT32" ? "int32" : "int64";
  if (kind === undefined) return number(stored);
  const time = timeOf(element);
  const isUtc = logical?.type === "TIMESTAMP" && logical.isAdjustedToUTC;
  if (time !== undefined) return { ...timeColumn(stored, time), ...(isUtc ? { zone: "UTC" } : {}) };
  const integer = logical?.type === "INTEGER" ? `${logical.isSigned ? "" : "U"}INT_${logical.bitWidth}` : kind;
  const found = integers[integer];
  // the width of an integer must fit the type that it is stored in
  if (found === undefined || found.endsWith("64") !== (type === "INT64")) return other(kind.toLowerCase());
  return number(found);
}

function timeColumn(stored: Stored, time: TimeType): Described {
  return { type: `${time.kind}[${time.unit}]`, stored, time };
}

const units: Readonly<Record<string, string>> = { MILLIS: "ms", MICROS: "us", NANOS: "ns" };

/** What times count; a time of day is the span since midnight. */
function timeOf({ converted_type: converted, logical_type: logical }: SchemaElement): TimeType | undefined {
  const kind = logical?.type ?? converted ?? "";
  if (kind === "DATE") return { kind: "datetime64", unit: "D" };
  const [, word = "", suffix] = /^(TIME|TIMESTAMP)(?:_(MILLIS|MICROS))?$/.exec(kind) ?? [];
  const named = logical?.type === "TIME" || logical?.type === "TIMESTAMP" ? logical.unit : suffix;
  const unit = units[named ?? ""];
  if (unit === undefined) return undefined;
  return { kind: word === "TIME" ? "timedelta64" : "datetime64", unit };
}

/** Decimals: whole numbers of any width, with a point. */
function decimalColumn(element: SchemaElement): Described {
  const { logical_type: logical, precision = 0, scale = 0 } = element;
  const found = logical?.type === "DECIMAL" ? logical : { precision, scale };
  const type = `decimal(${found.precision}, ${found.scale})`;
  const stored = element.type === "BYTE_ARRAY" || bytesOf(element) > 0 ? "float64" : undefined;
  return stored !== undefined && isScale(found.scale) ? { type, stored, scale: found.scale } : other(type);
}
