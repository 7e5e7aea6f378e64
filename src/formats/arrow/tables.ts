/**
 * Arrow tables in memory: columns of one from typed arrays, and arrays from columns. This needs the whole of apache-arrow,
 * which takes long to load, so it lies apart from the reader of files.
 *
 * Invariant: columns keep their names, dtypes and values; bools are bits in Arrow, and bytes 0 and 1 here.
 */
import {
  Bool,
  type Data,
  type DataType,
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
  Uint8,
  Uint16,
  Uint32,
  Uint64,
} from "apache-arrow";
import { allocate, type DType, type TypedArray } from "../../data/dtype.js";
import { ArgumentError, DTypeError } from "../../data/errors.js";
import { type Column, chooseColumns, commonDType, type Stored, type TableOptions } from "../tables/columns.js";
import { packBits, unpackBits, widen } from "../tables/elements.js";

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

/**
 * Makes an Arrow table of one batch. The elements are shared with the columns, not copied; those of bools are packed.
 *
 * @throws DTypeError for complex numbers; ArgumentError where columns differ in length or have the same name
 * @example
 * const table = toArrowTable([{ name: "x", dtype: "float64", data: Float64Array.of(1, 2) }]);
 */
export function toArrowTable(columns: readonly TableColumn[]): Table {
  const length = columns[0]?.data.length ?? 0;
  const names = new Set<string>();
  const children = columns.map(({ name, dtype, data }) => {
    if (data.length !== length) {
      const message = `toArrowTable: column ${JSON.stringify(name)} has ${data.length} elements; the first has ${length}`;
      throw new ArgumentError(message);
    }
    if (names.has(name)) throw new ArgumentError(`toArrowTable: column ${JSON.stringify(name)} stands there twice`);
    names.add(name);
    const type = types[dtype]?.();
    if (type === undefined) {
      throw new DTypeError(`toArrowTable: ${dtype} is no type of a column; give the real and the imaginary part`);
    }
    const elements = dtype === "bool" ? packBits(data as Uint8Array) : data;
    return makeData({ type, length, nullCount: 0, data: elements } as never) as Data;
  });
  const schema = new Schema(columns.map(({ name }, i) => new Field(name, children[i]!.type, false)));
  const struct = makeData({ type: new Struct(schema.fields), length, nullCount: 0, children });
  return new Table(schema, [new RecordBatch(schema, struct as never)]);
}

/** An array made of columns of a table. */
export interface ArrayOfTable {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** The elements, each column by itself: in order F where there are two axes. */
  readonly data: TypedArray;
}

/**
 * Makes an array of columns of an Arrow table, as opening a file does: one of two axes [rows, columns] whose columns are
 * contiguous, or with `column` one of one axis. The elements are copied.
 *
 * @throws FormatError where a column holds no numbers, or nulls that are to be an error; ArgumentError for wrong options
 * @example
 * const { dtype, shape, data } = fromArrow(table, { columns: ["a", "b"] });
 */
export function fromArrow(table: Table, options: TableOptions = {}): ArrayOfTable {
  const label = "the table";
  const all = table.schema.fields.map(({ name, type }): Column => ({ name, ...describe(type) }));
  const { indices, flat, nulls } = chooseColumns(label, all, options, "fromArrow");
  const vectors = indices.map((i) => table.getChildAt(i)!);
  const columns = indices.map((i) => all[i]!);
  const counts = vectors.map((vector) => vector.nullCount);
  const dtype = commonDType(label, columns, counts, nulls, "fromArrow");
  const rows = table.numRows;
  const data = allocate(dtype, rows * columns.length);
  for (const [i, vector] of vectors.entries()) {
    let at = i * rows;
    for (const piece of vector.data) {
      const into = data.subarray(at, at + piece.length) as TypedArray;
      if (nulls !== "mask") widen(columns[i]!.stored!, elementsOf(piece, columns[i]!.stored!), dtype, into);
      const { nullBitmap } = piece;
      if (piece.nullCount > 0) {
        for (let j = 0; j < piece.length; j++) {
          const bit = piece.offset + j;
          if (((nullBitmap[bit >> 3]! >> (bit & 7)) & 1) === 0) into[j] = nulls === "mask" ? 1 : Number.NaN;
        }
      }
      at += piece.length;
    }
  }
  return { dtype, shape: flat ? [rows] : [rows, columns.length], data };
}

/** The elements of a piece of a column; what stands where a null is means nothing. */
function elementsOf(piece: Data, stored: Stored): TypedArray {
  if (stored === "bool") {
    const bytes = new Uint8Array(piece.length);
    unpackBits(piece.values as Uint8Array, piece.offset, bytes);
    return bytes;
  }
  return (piece.values as TypedArray).subarray(0, piece.length) as TypedArray;
}

/** What a type of Arrow is to the rules for columns. */
function describe(type: DataType): Omit<Column, "name"> {
  const name = String(type).toLowerCase();
  const dtype = Object.keys(types).find((key) => key === name);
  if (dtype !== undefined) return { type: dtype, stored: dtype as Stored, time: false };
  if (name === "float16") return { type: name, stored: "float16", time: false };
  return { type: name, stored: undefined, time: false };
}
