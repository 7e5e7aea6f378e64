/** The messages about a field or a record that is wrong. */
import type { EncodedArray } from "../../data/encoded.js";
import { FormatError } from "../../data/errors.js";
import { columnName, holdsReturn, returnAdvice, roundedAdvice, shortField, textAdvice } from "./columns.js";
import type { Stop } from "./machine.js";
import { type FieldKind, Notation } from "./notation.js";
import { paramsOf } from "./options.js";
import { fieldAt, splitRecords } from "./records.js";
import { faults } from "./tables.js";

/** The text from the field or record at fault on, and its place in the file. */
export interface FaultPlace {
  readonly bytes: Uint8Array;
  readonly line: number;
  readonly offset: number;
}

const many = (count: number): string => `${count} ${count === 1 ? "field" : "fields"}`;

/** What is wrong: the error, and the kind of the field at fault; a record of another length counts as text. */
export interface Fault {
  readonly error: FormatError;
  readonly kind: FieldKind;
}

/** The error for where a parser stopped. */
export function explain(stop: Stop, array: EncodedArray, { bytes, line, offset }: FaultPlace): Fault {
  const { path, dtype } = array;
  const { fields, names, missing, traits } = paramsOf(array);
  const fail = (message: string, kind: FieldKind): Fault => {
    return { error: new FormatError(`${path}: line ${line}${message}`, { path, offset }), kind };
  };
  if (stop.fault === faults.few || stop.fault === faults.many) {
    const [record] = splitRecords(bytes, 0, traits, 1, false);
    const stray = record?.fields.find((field, i) => holdsReturn(field, record.quoted[i] === true));
    if (stray !== undefined) return fail(`: ${shortField(stray)} ${returnAdvice}`, "text");
    const found = record === undefined ? `more than ${many(fields)}` : many(record.fields.length);
    return fail(` has ${found}; the first record has ${fields}`, "text");
  }
  const field = fieldAt(bytes, traits);
  const where = `, ${columnName(stop.column, names)}: ${shortField(field)}`;
  if (stop.fault === faults.rounded) return fail(`${where} is a whole number, and ${roundedAdvice}`, "int");
  if (holdsReturn(field, bytes[0] === traits.quote)) return fail(`${where} ${returnAdvice}`, "text");
  const notation = new Notation(traits, missing);
  const kind = notation.kindOf(field);
  if (traits.elements.kind === "float") return fail(`${where} is not a number; ${textAdvice(field)}`, kind);
  if (kind === "missing") {
    return fail(`${where} is a missing value, and ${dtype} has none; open it with dtype "float64"`, kind);
  }
  const wide = kind === "int" && isUint64(notation.wholeOf(field)) ? "uint64" : "float64";
  return fail(`${where} is not a valid ${dtype}${kind === "text" ? "" : `; open it with dtype "${wide}"`}`, kind);
}

/** True for numbers that no dtype but uint64 holds. */
function isUint64(value: bigint): boolean {
  return value >= 2n ** 63n && value < 2n ** 64n;
}
