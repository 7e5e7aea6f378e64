/** The dtypes that the types of HDF5 become, and the types that are refused. */
import type { Metadata } from "h5wasm";
import { type DType, dtypes } from "../../data/dtype.js";
import type { Encoding } from "../../data/layout.js";
import { isLittleEndian } from "../../storage/encoding.js";
import type { DatasetHeader } from "./object-header.js";

/** The classes of types, by their numbers. */
const [INTEGER, FLOAT, BITS, ENUM, COMPOUND] = [0, 1, 4, 8, 6];

const refusals: Readonly<Record<number, string>> = {
  2: "times; save them as integers",
  3: "strings; save them as numbers",
  5: "opaque bytes; save them as numbers",
  6: "records (a compound type); name one of their fields",
  7: "references to other objects",
  9: "lists of different lengths; save them as numbers and offsets",
  10: "arrays in each element; save them as a dataset with more axes",
};

/** The encoding of the elements in the file, or why they cannot be read (to follow "holds"). */
export type Hdf5Type =
  | {
      readonly dtype: DType;
      readonly encoding: Encoding;
      /** True if the library returns the bytes in the order of the file, not in that of this machine. */
      readonly unswapped: boolean;
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

/** What a type becomes. The header, if it could be read, shows numbers that have fewer bits than their bytes. */
export function typeOf(metadata: Metadata, header?: DatasetHeader): Hdf5Type {
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
    const { number } = header ?? {};
    if (number?.kind === "float") {
      const [exponent, fraction, bias] = right;
      if (number.exponent !== exponent || number.fraction !== fraction || number.bias !== bias) {
        return { refused: `floats with ${number.exponent} bits of exponent, not those of IEEE 754; save as float32` };
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
    const { number } = header ?? {};
    if (number?.kind === "integer" && (number.first !== 0 || number.bits !== 8 * size)) {
      return { refused: `integers of ${number.bits} bits in ${size} bytes; save them without the filling` };
    }
    return found(integer, size, type === ENUM);
  }
  if (type === COMPOUND && isComplexCompound(metadata))
    return found(size === 16 ? "complex128" : "complex64", size / 2);
  return { refused: refusals[type] ?? `elements of a type of HDF5 that is unknown (class ${type})` };
}

/** A field of records, or of records in them. */
export interface RecordField {
  /** Its name; of records in records, all names. */
  readonly names: readonly string[];
  /** Where it is in a record. */
  readonly offset: number;
  readonly metadata: Metadata;
}

/** The fields of records; none of other types, and of complex numbers. */
export function fieldsOf(metadata: Metadata): RecordField[] {
  if (metadata.type !== COMPOUND || isComplexCompound(metadata)) return [];
  return (metadata.compound_type?.members ?? []).flatMap((member): RecordField[] => {
    const facts = { ...metadata, ...member, shape: metadata.shape };
    const inner = fieldsOf(facts);
    if (inner.length === 0) return [{ names: [member.name], offset: member.offset, metadata: facts }];
    return inner.map(({ names, offset, metadata: of }) => {
      return { names: [member.name, ...names], offset: member.offset + offset, metadata: of };
    });
  });
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
