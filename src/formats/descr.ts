/**
 * NumPy's short names of dtypes, such as `"<f8"`: byte order, kind, bytes. A dtype that cannot be read is refused by
 * name.
 */
import { type DType, factsOf, type Kind } from "../data/dtype.js";
import type { Encoding } from "../data/layout.js";
import { isLittleEndian } from "../storage/encoding.js";
import { type TimeType, timeOfDescr } from "./times.js";

const known: ReadonlyMap<string, DType> = new Map([
  ["b1", "bool"],
  ["i1", "int8"],
  ["i2", "int16"],
  ["i4", "int32"],
  ["i8", "int64"],
  ["u1", "uint8"],
  ["u2", "uint16"],
  ["u4", "uint32"],
  ["u8", "uint64"],
  ["f2", "float32"],
  ["f4", "float32"],
  ["f8", "float64"],
  ["c8", "complex64"],
  ["c16", "complex128"],
]);

const longDouble = "long double, whose format differs between machines; save it as";
const refused: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^O/, "Python objects; pickled Python objects are never read"],
  [/^V2$/, "raw bytes, perhaps bfloat16; save it as float32"],
  [/^V/, "raw or structured bytes; save each field as an array of its own"],
  [/^[SaUT]/, "strings; save them as numbers"],
  [/^[Mm]/, 'times in a unit that is not known; save them as integers with .view("i8")'],
  [/^f(10|12|16)$/, `${longDouble} float64`],
  [/^c(20|24|32)$/, `complex ${longDouble} complex128`],
];

/** How elements are stored; `time` is there for times, which are read as int64. */
export interface DescribedElement {
  readonly dtype: DType;
  readonly encoding: Encoding;
  readonly time?: TimeType;
}

/** How the elements are stored, or why they cannot be read (a phrase that follows "holds"). */
export type Described = DescribedElement | { readonly refused: string };

/** Interprets a short name. Without an order, or with `=` or `|`, the bytes are in this machine's order. */
export function readDescr(descr: string): Described {
  const order = /^[<>=|]/.exec(descr)?.[0] ?? "";
  const name = descr.slice(order.length);
  const time = timeOfDescr(name);
  const dtype = time === undefined ? known.get(name) : "int64";
  if (dtype !== undefined) {
    const machine = isLittleEndian ? "<" : ">";
    const singleByte = name.endsWith("1");
    const otherEndian = (order === "<" || order === ">") && order !== machine && !singleByte;
    return { dtype, encoding: { otherEndian, half: name === "f2" }, ...(time === undefined ? {} : { time }) };
  }
  const reason = refused.find(([pattern]) => pattern.test(name))?.[1];
  return {
    refused: reason ?? `elements of an unknown type; expected ${[...known.keys(), "M8[ns]", "m8[ns]"].join(", ")}`,
  };
}

/** The letters of NumPy's kinds. */
const letters: Readonly<Record<Kind, string>> = { bool: "b", int: "i", uint: "u", float: "f", complex: "c" };

/** The short name that NumPy writes for a dtype, in little-endian order. */
export function descrOf(dtype: DType): string {
  const { kind, bytes } = factsOf(dtype);
  return `${bytes === 1 ? "|" : "<"}${letters[kind]}${bytes}`;
}
