/** The messages about a field or a record that is wrong. */
import type { EncodedArray } from "../../data/encoded.js";
import { FormatError } from "../../data/errors.js";
import type { Stop } from "./machine.js";
import { paramsOf } from "./options.js";
import { kindOf, splitRecords } from "./records.js";
import { columnName, shown } from "./sample.js";
import { faults } from "./tables.js";

/** The text from the field or record at fault on, and its place in the file. */
export interface FaultPlace {
  readonly bytes: Uint8Array;
  readonly line: number;
  readonly offset: number;
}

const many = (count: number): string => `${count} ${count === 1 ? "field" : "fields"}`;

/** The error for where a parser stopped. */
export function explain(stop: Stop, array: EncodedArray, { bytes, line, offset }: FaultPlace): FormatError {
  const { path, dtype } = array;
  const { fields, names, missing, traits } = paramsOf(array);
  const fail = (message: string): FormatError => new FormatError(`${path}: line ${line}${message}`, { path, offset });
  if (stop.fault !== faults.text) {
    const [record] = splitRecords(bytes, 0, traits, 1, false);
    const found = record === undefined ? `more than ${many(fields)}` : many(record.fields.length);
    return fail(` has ${found}; the first record has ${fields}`);
  }
  const [record] = splitRecords(bytes, 0, { ...traits, comment: -1 }, 1, true);
  const field = record?.fields[0] ?? "";
  const where = `, ${columnName(stop.column, names)}: `;
  const kind = kindOf(field, missing);
  if (traits.elements.kind === "float") {
    const advice = "if it stands for a missing value, name it in the option missing";
    return fail(`${where}${shown(field)} is not a number; ${advice}`);
  }
  if (kind === "missing") {
    return fail(`${where}${shown(field)} is a missing value, and ${dtype} has none; open it with dtype "float64"`);
  }
  const advice = kind === "text" ? "" : '; open it with dtype "float64"';
  return fail(`${where}${shown(field)} is not a valid ${dtype}${advice}`);
}
