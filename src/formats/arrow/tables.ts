/**
 * Arrow tables in memory: tables from typed arrays, and arrays from columns of tables. This needs the whole of
 * apache-arrow, which is slow to load, so it is separate from the reader of files.
 *
 * Invariant: columns keep their names, dtypes and values; bools are bits in Arrow, and bytes 0 and 1 here.
 */
import {
  Bool,
  type Data,
  DataType,
  DateUnit,
  Field,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  TimeUnit,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
} from "apache-arrow";
import { allocate, type DType, type TypedArray } from "../../data/dtype.js";
import { ArgumentError, DTypeError, FormatError } from "../../data/errors.js";
import { at } from "../../data/lists.js";
import {
  type Column,
  chooseColumns,
  commonDType,
  markOf,
  type Numeric,
  type Stored,
  type TableOptions,
} from "../tables/columns.js";
import { decimalsIn, isScale } from "../tables/decimals.js";
import { isBig, markUnset, packBits, UnfitFault, unpackBits, widen } from "../tables/elements.js";
import type { TimeType } from "../times.js";

export { namesFor } from "../tables/shape.js";

/** A column of a table in memory. */
export interface TableColumn {
  readonly name: string;
  readonly dtype: DType;
  /** Its elements; bools as bytes. */
  readonly data: TypedArray;
}

const types: Readonly<Partial<Record<DType, () => DataType>>> = {
  bool: () => new Bool(),
  int8: () => new Int8(),
  int16: () => new Int16(),
  int32: () => new Int32(),
  int64: () => new Int64(),
  uint8: () => new Uint8(),
  uint16: () => new Uint16(),
  uint32: () => new Uint32(),
  uint64: () => new Uint64(),
  float32: () => new Float32(),
  float64: () => new Float64(),
};

/** The units of times. */
const units = {
  [TimeUnit.SECOND]: "s",
  [TimeUnit.MILLISECOND]: "ms",
  [TimeUnit.MICROSECOND]: "us",
  [TimeUnit.NANOSECOND]: "ns",
} as const;

/** The types whose elements can be read. */
const storedTypes: readonly Stored[] = [
  "bool",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "float16",
  "float32",
  "float64",
];

/**
 * Makes an Arrow table of one batch. The elements are shared with the columns, not copied; those of bools are packed.
 *
 * @throws DTypeError for complex numbers; ArgumentError if columns differ in length or have the same name
 * @example
 * const table = toArrowTable([{ name: "x", dtype: "float64", data: Float64Array.of(1, 2) }]);
 */
export function toArrowTable(columns: readonly TableColumn[]): Table {
  const length = columns[0]?.data.length ?? 0;
  const names = new Set<string>();
  const parts = columns.map(({ name, dtype, data }) => {
    if (data.length !== length) {
      const problem = `column ${JSON.stringify(name)} has ${data.length} elements; the first has ${length}`;
      throw new ArgumentError(`toArrowTable: ${problem}`);
    }
    if (names.has(name)) throw new ArgumentError(`toArrowTable: column ${JSON.stringify(name)} is given twice`);
    names.add(name);
    const type = types[dtype]?.();
    if (type === undefined) {
      throw new DTypeError(`toArrowTable: a column cannot be ${dtype}; give the real and the imaginary part`);
    }
    const elements = dtype === "bool" ? packBits(bytesIn(data)) : data;
    // the library's overloads ask for one type of column, and this may be any
    const child: Data = makeData({ type, length, nullCount: 0, data: elements } as never);
    return { field: new Field(name, type, false), child };
  });
  const schema = new Schema(parts.map(({ field }) => field));
  const children = parts.map(({ child }) => child);
  const struct = makeData({ type: new Struct(schema.fields), length, nullCount: 0, children });
  return new Table(schema, [new RecordBatch(schema, struct)]);
}

/** An array made of columns of a table. */
export interface ArrayOfTable {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** The elements, column after column: with two axes, in order F. */
  readonly data: TypedArray;
}

/**
 * Makes an array of columns of an Arrow table, as opening a file does: an array [rows, columns] whose columns are
 * contiguous, or with `column` an array of one axis. The elements are copied.
 *
 * @throws FormatError if a column does not hold numbers, or has nulls and `nulls` is `"error"`; ArgumentError for wrong
 * options
 * @example
 * const { dtype, shape, data } = fromArrow(table, { columns: ["a", "b"] });
 */
export function fromArrow(table: Table, options: TableOptions = {}): ArrayOfTable {
  const label = "the table";
  const all = table.schema.fields.map(({ name, type }, index): Column & { readonly index: number } => {
    return { name, index, ...describe(type) };
  });
  const { columns, flat, width, nulls, inexact } = chooseColumns(label, all, options, "fromArrow");
  const pieces = columns.map(({ index }) => piecesOf(table, index));
  const counts = pieces.map((list) => list.reduce((sum, piece) => sum + piece.nullCount, 0));
  const dtype = commonDType(label, columns, counts, nulls, "fromArrow");
  const rows = table.numRows;
  const data = allocate(dtype, rows * columns.length);
  for (const [i, column] of columns.entries()) {
    const mark = markOf(nulls, column, dtype);
    let start = i * rows;
    for (const piece of at(pieces, i)) {
      const into = data.subarray(start, start + piece.length);
      if (nulls !== "mask") widenPiece(piece, column, into, inexact);
      if (piece.nullCount > 0) markUnset(piece.nullBitmap, piece.offset, into, mark);
      start += piece.length;
    }
  }
  return { dtype, shape: flat ? [rows] : [rows, width], data };
}

/** Writes the elements of a piece of a column; in the place of a null they mean nothing. */
function widenPiece(piece: Data, { name, stored, scale }: Numeric, into: TypedArray, inexact: boolean): void {
  let elements = scale === undefined ? elementsOf(piece, stored) : decimalsOf(piece, scale);
  if (piece.nullCount > 0 && into instanceof Float64Array && !(elements instanceof Float64Array)) {
    elements = elements.slice(); // what is stored in the place of a null may be any integer
    markUnset(piece.nullBitmap, piece.offset, elements, isBig(elements) ? 0n : 0);
  }
  try {
    widen(stored, elements, into, inexact);
  } catch (cause) {
    if (!(cause instanceof UnfitFault)) throw cause;
    throw new FormatError(`fromArrow: column ${JSON.stringify(name)} holds ${cause.message}`, {}, { cause });
  }
}

/** The pieces of a column, one for each batch. */
function piecesOf(table: Table, index: number): readonly Data[] {
  const vector = table.getChildAt(index);
  if (vector === null) throw new FormatError(`fromArrow: the table lacks column ${index} of its schema`);
  return vector.data;
}

/** The elements of a piece of a column; in the place of a null they mean nothing. */
function elementsOf({ values, offset, length }: Data, stored: Stored): TypedArray {
  const found = typed(values);
  if (stored === "bool") {
    const bools = new Uint8Array(length);
    unpackBits(bytesIn(found), offset, bools);
    return bools;
  }
  // some versions of the library hold times of 64 bits as pairs
  const isPairs = stored === "int64" && found instanceof Int32Array;
  return isPairs ? new BigInt64Array(found.buffer, found.byteOffset, length) : found.subarray(0, length);
}

/** The decimals of a piece of a column as float64. */
function decimalsOf({ values, type, length }: Data, scale: number): TypedArray {
  if (!DataType.isDecimal(type)) throw new FormatError("fromArrow: a column of decimals has another type");
  const width = type.bitWidth / 8;
  return decimalsIn(bytesIn(typed(values)).subarray(0, length * width), width, scale, "little");
}

function isTypedArray(values: unknown): values is TypedArray {
  return ArrayBuffer.isView(values) && !(values instanceof DataView);
}

/** The values of a column of numbers, which the library types as anything. */
function typed(values: unknown): TypedArray {
  if (isTypedArray(values)) return values;
  throw new FormatError("fromArrow: a column of numbers has no values");
}

function bytesIn({ buffer, byteOffset, byteLength }: TypedArray): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** What times count; undefined for other types. */
function timeOf(type: DataType): TimeType | undefined {
  if (DataType.isDate(type)) return { kind: "datetime64", unit: type.unit === DateUnit.DAY ? "D" : "ms" };
  if (DataType.isTimestamp(type)) return { kind: "datetime64", unit: units[type.unit] };
  if (DataType.isTime(type) || DataType.isDuration(type)) return { kind: "timedelta64", unit: units[type.unit] };
  return undefined;
}

/** Describes a type of Arrow for the rules that choose columns. */
function describe(type: DataType): Omit<Column, "name"> {
  if (DataType.isDecimal(type) && isScale(type.scale)) {
    return { type: `decimal(${type.precision}, ${type.scale})`, stored: "float64", scale: type.scale };
  }
  const time = timeOf(type);
  if (time !== undefined) {
    const isShort = (DataType.isDate(type) && time.unit === "D") || (DataType.isTime(type) && type.bitWidth === 32);
    return { type: `${time.kind}[${time.unit}]`, stored: isShort ? "int32" : "int64", time };
  }
  const name = String(type).toLowerCase();
  return { type: name, stored: storedTypes.find((stored) => stored === name) };
}
