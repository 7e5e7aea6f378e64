/** The dtypes that the types of HDF5 become, and the types that are refused. */
import type { Metadata } from "h5wasm";
import { type DType, dtypes } from "../../data/dtype.js";
import type { Encoding } from "../../data/layout.js";
import { isLittleEndian } from "../../storage/encoding.js";
import { type TimeType, timeOfDescr } from "../times.js";
import type { StoredType } from "./datatype-message.js";

/** The classes of types, by their numbers. */
const [INTEGER, FLOAT, BITS, OPAQUE, COMPOUND, ENUM, ARRAY] = [0, 1, 4, 5, 6, 8, 10];

const refusals: Readonly<Record<number, string>> = {
  2: "times; save them as integers",
  3: "strings; save them as numbers",
  5: "opaque bytes; save them as numbers",
  6: "records (a compound type); name one of their fields",
  7: "references to other objects",
  9: "lists of different lengths; save them as numbers and offsets",
  10: "arrays of records in each element; save them as a dataset with more axes",
};

/** The encoding of the elements in the file, or why they cannot be read (to follow "holds"). */
export type Hdf5Type =
  | {
      readonly dtype: DType;
      readonly encoding: Encoding;
      /** True if the library returns the bytes in the order of the file, not in that of this machine. */
      readonly unswapped: boolean;
      /** What elements count if they are times. */
      readonly time?: TimeType;
    }
  | { readonly refused: string };

/** The library's complaint if it is asked for enumerations in this machine's order; it returns them in the file's. */
export const unswappable = "operation not allowed after enum members are defined";

/** The exponent, the fraction and the bias of the floats of IEEE 754, by their bytes. */
const floats: Readonly<Record<number, readonly [exponent: number, fraction: number, bias: number]>> = {
  2: [5, 10, 15],
  4: [8, 23, 127],
  8: [11, 52, 1023],
};

/** What a type becomes. What the file says of it, if that is known, shows numbers of fewer bits than their bytes. */
export function typeOf(metadata: Metadata, stored?: StoredType): Hdf5Type {
  const { type, size, littleEndian } = metadata;
  const foreign = littleEndian !== isLittleEndian;
  const found = (dtype: DType, partBytes: number, unswapped = false): Hdf5Type => {
    const otherEndian = foreign && partBytes > 1;
    return {
      dtype,
      encoding: { otherEndian, half: dtype === "float32" && partBytes === 2 },
      unswapped: unswapped && otherEndian,
    };
  };
  if (type === FLOAT) {
    const right = floats[size];
    if (right === undefined) return { refused: `floats of ${size} bytes; save them as float64` };
    if (stored?.kind === "float") {
      const [exponent, fraction, bias] = right;
      if (stored.exponent !== exponent || stored.fraction !== fraction || stored.bias !== bias) {
        return { refused: `floats with ${stored.exponent} bits of exponent, not those of IEEE 754; save as float32` };
      }
    }
    return found(size === 8 ? "float64" : "float32", size);
  }
  if (type === INTEGER || type === BITS || (type === ENUM && metadata.enum_type?.type === INTEGER)) {
    const { FALSE, TRUE } = metadata.enum_type?.members ?? {};
    const isBool = type === ENUM && size === 1 && FALSE === 0 && TRUE === 1 && metadata.enum_type?.nmembers === 2;
    if (isBool) return found("bool", 1);
    const integer = dtypes.find((dtype) => dtype === `${metadata.signed && type !== BITS ? "int" : "uint"}${8 * size}`);
    if (integer === undefined) return { refused: `integers of ${size} bytes; save them as int64` };
    if (stored?.kind === "integer" && (stored.first !== 0 || stored.bits !== 8 * size)) {
      return { refused: `integers of ${stored.bits} bits in ${size} bytes; save them without the filling` };
    }
    return found(integer, size, type === ENUM);
  }
  if (type === COMPOUND && isComplexCompound(metadata))
    return found(size === 16 ? "complex128" : "complex64", size / 2);
  if (type === OPAQUE && size === 8 && stored?.kind === "opaque") {
    const [, order, name = ""] = /^NUMPY:([<>])(.*)$/.exec(stored.tag) ?? [];
    const time = timeOfDescr(name);
    // the library returns opaque bytes as they are
    const otherEndian = (order === "<") !== isLittleEndian;
    const encoding = { otherEndian, half: false };
    if (time !== undefined) return { dtype: "int64", encoding, unswapped: otherEndian, time };
  }
  return { refused: refusals[type] ?? `elements of a type of HDF5 that is unknown (class ${type})` };
}

/** A field of records, or of records in them. */
export interface RecordField {
  /** Its name; of records in records, all names. */
  readonly names: readonly string[];
  /** Where it is in a record. */
  readonly offset: number;
  readonly metadata: Metadata;
  readonly stored?: StoredType;
}

/** The fields of records; none of other types, and of complex numbers. */
export function fieldsOf(metadata: Metadata, stored?: StoredType): RecordField[] {
  if (metadata.type !== COMPOUND || isComplexCompound(metadata)) return [];
  return (metadata.compound_type?.members ?? []).flatMap((member): RecordField[] => {
    const facts = { ...metadata, ...member, shape: metadata.shape };
    const own = stored?.kind === "records" ? stored.fields.get(member.name) : undefined;
    const inner = fieldsOf(facts, own);
    if (inner.length === 0) {
      const field = { names: [member.name], offset: member.offset, metadata: facts };
      return [own === undefined ? field : { ...field, stored: own }];
    }
    return inner.map((field) => {
      return { ...field, names: [member.name, ...field.names], offset: member.offset + field.offset };
    });
  });
}

/**
 * The type of the elements of arrays that are elements themselves, and the lengths of their axes; of other types, the
 * type as it is.
 */
export function withoutArrays(metadata: Metadata): { readonly metadata: Metadata; readonly inner: readonly number[] } {
  let [found, inner]: [Metadata, readonly number[]] = [metadata, []];
  for (let of = found.array_type; found.type === ARRAY && of !== undefined; of = found.array_type) {
    // records in arrays have no path
    if (of.type === COMPOUND && !isComplexCompound(of)) return { metadata, inner: [] };
    inner = [...inner, ...(of.shape ?? [])];
    found = { ...metadata, ...of };
  }
  return { metadata: found, inner };
}

/** As h5py writes complex numbers: two floats, r and i, with nothing between them. */
function isComplexCompound({ compound_type, size }: Metadata): boolean {
  const [first, second] = compound_type?.members ?? [];
  if (compound_type?.nmembers !== 2 || first === undefined || second === undefined) return false;
  const part = size / 2;
  return (
    (part === 4 || part === 8) &&
    [first, second].every((member) => member.type === FLOAT && member.size === part) &&
    first.littleEndian === second.littleEndian &&
    [first.name, second.name].join() === "r,i" &&
    [first.offset, second.offset].join() === `0,${part}`
  );
}
