/**
 * The header of a netCDF-3 file: classic (CDF-1), with 64-bit offsets (CDF-2), or with 64-bit sizes (CDF-5). All its
 * numbers are big-endian. What follows it are the elements of each variable:
 *
 *     header │ variable a │ variable b │ record 0: c d │ record 1: c d │ …
 *
 * A variable whose first axis is the record dimension lies in pieces, one in each record, between those of the others.
 *
 * Invariant: a header is described only if it has what it promises; its size is bounded by that of the file.
 */
import type { DType } from "../../data/dtype.js";
import { FormatError } from "../../data/errors.js";
import { at } from "../../data/lists.js";
import { sizeOf } from "../../data/region.js";
import type { SyncReadable } from "../../storage/stores/capabilities.js";
import { WrongFormatError } from "../wrong-format.js";
import { HeaderBytes } from "./header-bytes.js";

/** The value of an attribute: text, a number, or several; 64-bit integers are bigints. */
export type Netcdf3Attribute = string | number | bigint | readonly (number | bigint)[];

/** Attributes by their names, and the dtypes of those that are numbers. */
export interface Netcdf3Attributes {
  readonly values: Readonly<Record<string, Netcdf3Attribute>>;
  readonly types: Readonly<Record<string, DType>>;
}

/** A variable. */
export interface Netcdf3Variable {
  readonly name: string;
  /** The names of its axes, and their lengths. */
  readonly dimensions: readonly string[];
  readonly shape: readonly number[];
  /** The dtype of its elements; undefined for text. */
  readonly dtype: DType | undefined;
  /** Bytes of an element. */
  readonly itemBytes: number;
  /** True if its first axis is the record dimension. */
  readonly isRecord: boolean;
  /** Where its elements begin; those of its first record. */
  readonly begin: number;
  readonly attributes: Netcdf3Attributes;
}

/** The header of a file. */
export interface Netcdf3Header {
  readonly variables: readonly Netcdf3Variable[];
  readonly attributes: Netcdf3Attributes;
  /** Bytes from one record to the next. */
  readonly recordBytes: number;
}

/** The types of elements by their numbers, with their bytes; the second is text. */
const types: readonly (readonly [dtype: DType | undefined, bytes: number])[] = [
  ["int8", 1],
  [undefined, 1],
  ["int16", 2],
  ["int32", 4],
  ["float32", 4],
  ["float64", 8],
  ["uint8", 1],
  ["uint16", 2],
  ["uint32", 4],
  ["int64", 8],
  ["uint64", 8],
];

/** The tags of the lists of a header. */
const [DIMENSIONS, VARIABLES, ATTRIBUTES] = [10, 11, 12];

/** As in NumPy. */
const MOST_AXES = 64;

/** A variable before the number of records is known. */
type Declared = Omit<Netcdf3Variable, "shape"> & { readonly lengths: readonly number[] };

/**
 * Reads the header of a file.
 *
 * @throws FormatError if it is not a netCDF-3 file or damaged; StorageError if it cannot be read
 */
export function readHeader(file: SyncReadable): Netcdf3Header {
  const { path, size } = file;
  const first = Buffer.alloc(Math.min(16, size));
  file.readInto(first, 0);
  if (size === 0) throw new FormatError(`${path}: the file is empty`, { path, offset: 0 });
  const version = first[3] ?? 0;
  if (first.toString("latin1", 0, 3) !== "CDF" || ![1, 2, 5].includes(version)) {
    throw new WrongFormatError(`${path}: this is not a netCDF-3 file`, { path, offset: 0 }, first);
  }
  const bytes = new HeaderBytes(file, version);
  bytes.skip(4);
  const records = bytes.count(true);
  const dimensions = listOf(bytes, DIMENSIONS, () => ({ name: bytes.text(), length: bytes.count() }));
  if (dimensions.filter(({ length }) => length === 0).length > 1) throw bytes.refuse("it has two record dimensions");
  const attributes = attributesIn(bytes);
  const declared = listOf(bytes, VARIABLES, () => variableIn(bytes, dimensions));
  const recordBytes = recordBytesOf(declared);
  const inRecords = declared.filter(({ isRecord }) => isRecord);
  const start = inRecords.reduce((least, { begin }) => Math.min(least, begin), size);
  // of a file that is still being written, the number is not known
  const known = records ?? (recordBytes === 0 ? 0 : Math.floor((size - start) / recordBytes));
  const variables = declared.map(({ lengths, ...variable }) => {
    const shape = lengths.map((length, axis) => (axis === 0 && variable.isRecord ? known : length));
    const elements = shape.reduce((product, length) => product * Math.max(1, length), variable.itemBytes);
    if (elements <= Number.MAX_SAFE_INTEGER) return { ...variable, shape };
    const lengthsText = `its shape [${shape.join(", ")}]`;
    throw bytes.refuse(`the variable ${variable.name} has more bytes than can be counted: ${lengthsText}`);
  });
  return { variables, attributes, recordBytes };
}

/** A list of the header: a tag and a number of entries, or zeros. */
function listOf<T>(bytes: HeaderBytes, expected: number, read: () => T): T[] {
  const tag = bytes.uint32();
  const count = bytes.count();
  if (tag !== expected && !(tag === 0 && count === 0)) {
    throw bytes.refuse(`a list of the header has the tag ${tag}; expected ${expected}`);
  }
  const list: T[] = [];
  // each entry takes bytes, so a number that is too large ends at the end of the file
  for (let i = 0; i < count; i++) list.push(read());
  return list;
}

function typeIn(bytes: HeaderBytes): (typeof types)[number] {
  const type = bytes.uint32();
  const found = types[type - 1];
  if (found === undefined) throw bytes.refuse(`the type ${type} of elements is unknown`);
  return found;
}

function attributesIn(bytes: HeaderBytes): Netcdf3Attributes {
  const found = listOf(bytes, ATTRIBUTES, () => {
    const name = bytes.text();
    const [dtype, itemBytes] = typeIn(bytes);
    const count = bytes.count();
    if (dtype === undefined) return { name, dtype, value: bytes.textOf(count) };
    const values = bytes.numbers(dtype, itemBytes, count);
    return { name, dtype, value: values.length === 1 ? at(values, 0) : values };
  });
  return {
    values: Object.fromEntries(found.map(({ name, value }) => [name, value])),
    types: Object.fromEntries(found.flatMap(({ name, dtype }) => (dtype === undefined ? [] : [[name, dtype]]))),
  };
}

function variableIn(
  bytes: HeaderBytes,
  dimensions: readonly { readonly name: string; readonly length: number }[],
): Declared {
  const name = bytes.text();
  const rank = bytes.count();
  if (rank > MOST_AXES) throw bytes.refuse(`the variable ${name} has ${rank} axes; at most ${MOST_AXES} are read`);
  const axes = Array.from({ length: rank }, () => {
    const id = bytes.count();
    const dimension = dimensions[id];
    if (dimension === undefined) throw bytes.refuse(`the variable ${name} has the dimension ${id}, which is none`);
    return dimension;
  });
  const attributes = attributesIn(bytes);
  const [dtype, itemBytes] = typeIn(bytes);
  bytes.count(true); // its size follows from the shape, and is wrong for variables beyond 4 GiB
  const begin = bytes.offset();
  if (axes.slice(1).some(({ length }) => length === 0)) {
    throw bytes.refuse(`the variable ${name} has the record dimension behind another axis`);
  }
  return {
    name,
    dimensions: axes.map((axis) => axis.name),
    lengths: axes.map((axis) => axis.length),
    dtype,
    itemBytes,
    isRecord: axes[0]?.length === 0,
    begin,
    attributes,
  };
}

/** Bytes of a record: the pieces of all variables in it, each filled up to 4 bytes unless it is the only one. */
function recordBytesOf(variables: readonly Declared[]): number {
  const pieces = variables
    .filter(({ isRecord }) => isRecord)
    .map(({ lengths, itemBytes }) => sizeOf(lengths.slice(1)) * itemBytes);
  const [only, ...others] = pieces;
  if (only !== undefined && others.length === 0) return only;
  return pieces.reduce((sum, bytes) => sum + Math.ceil(bytes / 4) * 4, 0);
}
