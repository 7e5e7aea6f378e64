/**
 * Opens variables of netCDF-3 files: only the header is read. Elements lie in the file as they are, so loops read them
 * in place. Only elements of 8 bytes in records whose length is no multiple of 8 have no regular distances; a reader
 * puts them together.
 */
import { cut } from "../../data/chunks.js";
import type { EncodedArray } from "../../data/encoded.js";
import { ArgumentError, FormatError } from "../../data/errors.js";
import { sizeOf, stridesOf } from "../../data/region.js";
import { shown } from "../../data/shown.js";
import { isLittleEndian } from "../../storage/encoding.js";
import { type LocalFile, withLocalFile } from "../../storage/stores/file.js";
import { LARGEST_GAP_BYTES } from "../../storage/strided-layout.js";
import type { ListedEntry, NamedArray } from "../format.js";
import type { Variable } from "../variable.js";
import { type Netcdf3Attributes, type Netcdf3Variable, readHeader } from "./header.js";
import { type Records, UNIT_BYTES, unitsOf } from "./records.js";

/** The options of opening a netCDF-3 file. */
export interface Netcdf3Options {
  /** The name of the variable. May be left out if the file holds exactly one. */
  readonly variable?: string;
}

/** The most bytes of the file that a part of what must be put together takes. */
const PART_BYTES = 2 ** 23;

const text = "text; only numbers are read";

/**
 * Opens a variable.
 *
 * @throws StorageError if the file cannot be opened; FormatError if it is damaged or of another format, if there is no
 * such variable or more than one to choose from, and for text
 */
export function openNetcdf3(path: string, { variable: name }: Netcdf3Options = {}): NamedArray {
  if (name !== undefined && typeof name !== "string") {
    throw new ArgumentError(`${path}: variable is the name of a variable, not ${shown(name)}`);
  }
  return withLocalFile(path, (file) => {
    const { variables, recordBytes } = readHeader(file);
    const variable = findVariable(path, variables, name);
    const { dtype, shape, itemBytes, begin, isRecord } = variable;
    if (dtype === undefined) throw new FormatError(`${path}: ${variable.name} holds ${text}`, { path });
    checkEnd(file, variable, recordBytes);
    const { size, modified } = file;
    const encoding = { otherEndian: isLittleEndian && itemBytes > 1, half: false };
    const inside = variable.name;
    if (isRecord && recordBytes % itemBytes !== 0) {
      return { kind: "encoded", inside, array: inRecords(file, variable, dtype, recordBytes) };
    }
    const whole = stridesOf(shape);
    const strides = isRecord ? [recordBytes / itemBytes, ...whole.slice(1)] : whole;
    const place = { path, offset: begin, size, modified };
    return { kind: "strided", inside, file: { ...place, dtype, encoding, shape, strides } };
  });
}

function findVariable(path: string, variables: readonly Netcdf3Variable[], name?: string): Netcdf3Variable {
  const names = variables.map((variable) => variable.name);
  const some = names.slice(0, 20).join(", ") + (names.length > 20 ? ", …" : "");
  const [only, ...others] = variables;
  if (only === undefined) throw new FormatError(`${path}: the file holds no variable`, { path });
  if (name === undefined) {
    if (others.length === 0) return only;
    throw new FormatError(`${path}: the file holds ${names.length} variables; name one of them: ${some}`, { path });
  }
  const found = variables.find((variable) => variable.name === name);
  if (found !== undefined) return found;
  throw new FormatError(`${path}: there is no variable ${JSON.stringify(name)}; variables are ${some}`, { path });
}

/** Refuses a file that ends before the last element; the filling behind it may be missing. */
function checkEnd({ path, size }: LocalFile, variable: Netcdf3Variable, recordBytes: number): void {
  const { name, shape, itemBytes, begin, isRecord } = variable;
  if (shape.includes(0)) return;
  const [records = 1, ...rest] = shape;
  const end = isRecord
    ? begin + (records - 1) * recordBytes + sizeOf(rest) * itemBytes
    : begin + sizeOf(shape) * itemBytes;
  if (end <= size) return;
  const message = `${path} is truncated: the elements of ${name} end at byte ${end}; the file has ${size}`;
  throw new FormatError(message, { path, offset: size });
}

/** A variable that must be put together from its records. */
function inRecords(
  file: LocalFile,
  { shape, itemBytes, begin }: Netcdf3Variable,
  dtype: EncodedArray["dtype"],
  recordBytes: number,
): EncodedArray {
  const rest = shape.slice(1);
  const piece = sizeOf(rest) * itemBytes;
  // pieces that are close together are read with what lies between them
  const apart = Math.min(recordBytes, piece + LARGEST_GAP_BYTES);
  const rows = sizeOf(rest.slice(1)) * itemBytes;
  const grid = shape.map((length, axis) => {
    if (axis === 0) return cut(length, Math.max(1, Math.floor(PART_BYTES / Math.max(1, apart))));
    return cut(length, axis === 1 ? Math.max(1, Math.floor(PART_BYTES / Math.max(1, rows))) : Math.max(1, length));
  });
  const records: Records = { begin, recordBytes, itemBytes };
  const largest = grid.map((sizes) => Math.max(1, sizes[0] ?? 1));
  const { path, version } = file;
  return {
    format: "netcdf3",
    path,
    version,
    dtype,
    shape,
    grid,
    order: "C",
    workspace: unitsOf(records, shape, largest).layout.length * UNIT_BYTES,
    storedBytes: itemBytes,
    params: records,
  };
}

/** Lists the variables of a file. Reads only the header. */
export function list(path: string): ListedEntry[] {
  return withLocalFile(path, (file) =>
    readHeader(file).variables.map(({ name, shape, dtype }) => {
      return dtype === undefined ? { name, shape, dtype: "text", refused: `it holds ${text}` } : { name, shape, dtype };
    }),
  );
}

/** Reads the attributes of a variable; of the file if none is named. */
export async function attributes(path: string, name?: string): Promise<Netcdf3Attributes["values"]> {
  return withLocalFile(path, (file) => {
    const header = readHeader(file);
    return (name === undefined ? header : findVariable(path, header.variables, name)).attributes.values;
  });
}

/** Reads what a file says of a variable. */
export async function variable(path: string, name?: string): Promise<Variable> {
  return withLocalFile(path, (file) => {
    const { attributes, dimensions } = findVariable(path, readHeader(file).variables, name);
    return { attributes: attributes.values, types: attributes.types, ...(dimensions.length > 0 ? { dimensions } : {}) };
  });
}
