/**
 * What an element of a Zarr array is: its dtype, how it stands in the bytes of a chunk, and the value of those that were
 * never written.
 *
 * Invariant: a fill value is kept as the bits that the element has in memory, so that a NaN keeps its payload and a 64-bit
 * integer all its digits.
 */
import { endianness } from "node:os";
import { type DType, dtypes, factsOf, viewOf } from "../../../data/dtype.js";
import type { Encoding, Stored } from "../../../data/layout.js";
import { readDescr } from "../descr.js";
import { roundedToHalf, widen } from "./half.js";
import { shown } from "./json.js";

/** Makes the error for what is wrong with the metadata. */
export type Refuse = (problem: string) => Error;

/** True where a number's lowest byte comes first in this machine's memory. */
const littleMachine = endianness() === "LE";

/** The dtypes of Zarr v3 that are read: chunkwise's, and float16. */
const names = [...dtypes, "float16"];

const otherNames: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/string|utf8|utf32|bytes|^"r\d+"$/, "text or raw bytes; save them as numbers"],
  [/struct/, "a structured dtype; save each field as an array of its own"],
  [/datetime|timedelta/, 'times; save them as integers with .view("i8")'],
];

/** The dtype of a name of Zarr v3 or NumPy's long name; in this machine's byte order. */
export function elementOf(name: unknown, refuse: Refuse): Stored {
  if (typeof name === "string" && names.includes(name)) {
    const half = name === "float16";
    return { dtype: half ? "float32" : (name as DType), encoding: { swap: false, half } };
  }
  const text = shown(name);
  const what = otherNames.find(([pattern]) => pattern.test(text))?.[1];
  const reason = what === undefined ? `known are ${names.join(", ")}` : `it holds ${what}`;
  throw refuse(`the dtype ${text} is not read: ${reason}`);
}

/** The dtype of NumPy's short name, such as `"<f8"`, as Zarr v2 and numcodecs use it; of a long name, too. */
export function elementOfDescr(descr: unknown, refuse: Refuse): Stored {
  if (typeof descr !== "string") {
    if (Array.isArray(descr)) {
      throw refuse("the array has a structured dtype; save each field as an array of its own");
    }
    throw refuse(`dtype must be the name of a dtype, such as "<f8", not ${shown(descr)}`);
  }
  if (names.includes(descr)) return elementOf(descr, refuse);
  const described = readDescr(descr);
  if (!("refused" in described)) return described;
  throw refuse(`the dtype ${shown(descr)} is not read: it holds ${described.refused}`);
}

/** The encoding of elements whose bytes stand in a given order. */
export function inOrder({ dtype, encoding }: Stored, endian: "little" | "big"): Stored {
  const single = !encoding.half && factsOf(factsOf(dtype).part).bytes === 1;
  const swap = !single && (endian === "little") !== littleMachine;
  return { dtype, encoding: { swap, half: encoding.half } satisfies Encoding };
}

/** The number of a float's fill value: a number, a name, or the digits of its bits. */
function floatOf(value: unknown, bytes: number, refuse: Refuse): Uint8Array {
  const result = new DataView(new ArrayBuffer(bytes));
  const put = (number: number): void =>
    bytes === 4 ? result.setFloat32(0, number, littleMachine) : result.setFloat64(0, number, littleMachine);
  if (typeof value === "number") put(value);
  else if (typeof value === "string" && new RegExp(`^0x[0-9a-fA-F]{1,${2 * bytes}}$`).test(value)) {
    const bits = BigInt(value);
    if (bytes === 4) result.setUint32(0, Number(bits), littleMachine);
    else result.setBigUint64(0, bits, littleMachine);
  } else if (typeof value === "string" && /^(NaN|-?Infinity|-?\d+)$/.test(value)) put(Number(value));
  else throw refuse(`the fill value ${shown(value)} is no number; right are 0.5, "NaN", "Infinity" or "-Infinity"`);
  return new Uint8Array(result.buffer);
}

function halfOf(value: unknown, refuse: Refuse): Uint8Array {
  if (typeof value === "number") return floatOf(roundedToHalf(value), 4, refuse);
  if (typeof value !== "string" || !/^0x[0-9a-fA-F]{1,4}$/.test(value)) return floatOf(value, 4, refuse);
  return floatOf(`0x${widen(Number(value)).toString(16)}`, 4, refuse);
}

function integerOf(value: unknown, dtype: DType, refuse: Refuse): Uint8Array {
  const { kind, bytes } = factsOf(dtype);
  const whole = (typeof value === "number" && Number.isInteger(value)) || /^-?\d{1,20}$/.test(String(value));
  if (!whole || typeof value === "boolean") throw refuse(`the fill value ${shown(value)} is no ${dtype}`);
  const number = BigInt(value as number | string);
  const bits = 8 * bytes;
  const wrapped = kind === "int" ? BigInt.asIntN(bits, number) : BigInt.asUintN(bits, number);
  if (wrapped !== number) throw refuse(`the fill value ${number} is outside of what ${dtype} holds`);
  const elements = viewOf(dtype, new ArrayBuffer(bytes), 0, 1);
  if (elements instanceof BigInt64Array || elements instanceof BigUint64Array) elements[0] = number;
  else elements[0] = Number(number);
  return new Uint8Array(elements.buffer);
}

/**
 * The bytes in memory, as hexadecimal digits, of the element that missing chunks are full of. `null`, in Zarr v2, leaves it
 * open, and is 0 here.
 */
export function fillOf(value: unknown, { dtype, encoding }: Stored, refuse: Refuse): string {
  const { kind, bytes, part } = factsOf(dtype);
  const hex = (parts: readonly Uint8Array[]): string => Buffer.concat(parts).toString("hex");
  if (value === null || value === undefined) return "00".repeat(bytes);
  if (encoding.half) return hex([halfOf(value, refuse)]);
  if (kind === "float") return hex([floatOf(value, bytes, refuse)]);
  if (kind === "complex") {
    const pair = Array.isArray(value) ? (value as readonly unknown[]) : [value, 0];
    if (pair.length !== 2) throw refuse(`the fill value ${shown(value)} is no complex number; right is [0, 0]`);
    return hex(pair.map((number) => floatOf(number, factsOf(part).bytes, refuse)));
  }
  if (kind !== "bool") return hex([integerOf(value, dtype, refuse)]);
  if (value === true || value === 1) return "01";
  if (value === false || value === 0) return "00";
  throw refuse(`the fill value ${shown(value)} is no bool; right are true and false`);
}
