/**
 * A check of Thrift's compact encoding before the library decodes it. The library trusts lengths, nesting and numbers
 * of any length, so a few bytes could keep it busy for hours.
 *
 *     struct    field: delta of its number 4 bits, type 4 bits │ value │ … │ 0
 *     list      length 4 bits (15: a varint follows), type 4 bits │ values
 *
 * Invariant: for bytes that pass, the library needs time and memory in proportion to their number.
 */

/** Encoded data that cannot be right, and where. */
export class ThriftFault extends Error {
  readonly at: number;

  constructor(problem: string, at: number) {
    super(problem);
    this.at = at;
  }
}

/** The DEEPEST nesting that passes; Parquet's own structs are nested six deep. */
const DEEPEST = 24;
/** The most bytes of a number of 64 bits, seven bits each. */
const LONGEST_VARINT_BYTES = 10;

/** Checks the struct that begins at a byte; returns where it ends. */
export function checkThrift(bytes: Uint8Array, begin: number): number {
  let at = begin;
  const byte = (): number => {
    const value = bytes[at];
    if (value === undefined) throw new ThriftFault("it ends in the middle of a value", at);
    at += 1;
    return value;
  };
  const varint = (): number => {
    let value = 0;
    for (let i = 0; i < LONGEST_VARINT_BYTES; i++) {
      const next = byte();
      value += (next & 127) * 2 ** (7 * i);
      if (next < 128) return value;
    }
    throw new ThriftFault("a number has more than ten bytes", at);
  };
  const skip = (count: number): void => {
    if (!(count <= bytes.length - at)) throw new ThriftFault(`a value of ${count} bytes reaches beyond the end`, at);
    at += count;
  };
  const value = (type: number, depth: number): void => {
    if (type === 1 || type === 2) return;
    if (type === 3) skip(1);
    else if (type >= 4 && type <= 6) varint();
    else if (type === 7) skip(8);
    else if (type === 8) skip(varint());
    else if (type === 9) list(depth);
    else if (type === 12) struct(depth + 1);
    else throw new ThriftFault(`a value is of type ${type}, which Parquet does not use`, at);
  };
  const list = (depth: number): void => {
    const header = byte();
    const length = header >> 4 === 15 ? varint() : header >> 4;
    const type = header & 15;
    // every element takes at least one byte
    if (length > bytes.length - at) throw new ThriftFault(`a list of ${length} values reaches beyond the end`, at);
    for (let i = 0; i < length; i++) {
      if (type === 1 || type === 2) skip(1);
      else value(type, depth + 1);
    }
  };
  const struct = (depth: number): void => {
    if (depth > DEEPEST) throw new ThriftFault(`values are nested more than ${DEEPEST} deep`, at);
    for (;;) {
      const header = byte();
      if ((header & 15) === 0) return;
      if (header >> 4 === 0) varint();
      value(header & 15, depth);
    }
  };
  struct(0);
  return at;
}
