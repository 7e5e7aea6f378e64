/** The elements of a Zarr array: their dtype, and how they are stored in the bytes of a chunk. */
import { dtypes, factsOf } from "../../data/dtype.js";
import type { Encoding, Stored } from "../../data/layout.js";
import { isLittleEndian } from "../../storage/encoding.js";
import { type DescribedElement, readDescr } from "../descr.js";
import { type TimeType, timeOfDescr } from "../times.js";
import { isObject, type JsonObject, type Refuse, shown } from "./json.js";

/** The dtypes of Zarr v3 that are read: chunkwise's, and float16. */
const names: readonly string[] = [...dtypes, "float16"];

const otherNames: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/string|utf8|utf32|bytes|^"r\d+"$/, "text or raw bytes; save them as numbers"],
  [/struct/, "a structured dtype; save each field as an array of its own"],
  [/datetime|timedelta/, 'times in a unit that is not known; save them as integers with .view("i8")'],
];

/** The dtype of a name of Zarr v3 or NumPy's long name; in this machine's byte order. */
export function elementOf(name: unknown, refuse: Refuse): DescribedElement {
  if (name === "float16") return { dtype: "float32", encoding: { otherEndian: false, half: true } };
  const dtype = dtypes.find((known) => known === name);
  if (dtype !== undefined) return { dtype, encoding: { otherEndian: false, half: false } };
  const time = timeOf(name);
  if (time !== undefined) return { dtype: "int64", encoding: { otherEndian: false, half: false }, time };
  const text = shown(name);
  const what = otherNames.find(([pattern]) => pattern.test(text))?.[1];
  const reason = what === undefined ? `expected ${names.join(", ")}` : `it holds ${what}`;
  throw refuse(`the dtype ${text} is not read: ${reason}`);
}

/** The dtype of NumPy's short name, such as `"<f8"`, as Zarr v2 and numcodecs use it; of a long name, too. */
export function elementOfDescr(descr: unknown, refuse: Refuse): DescribedElement {
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

/** The times of a dtype of Zarr v3: NumPy's, with a unit and the number of units in a step. */
function timeOf(name: unknown): TimeType | undefined {
  if (!isObject(name) || !isObject(name.configuration)) return undefined;
  const letter = { "numpy.datetime64": "M", "numpy.timedelta64": "m" }[String(name.name)];
  const { unit, scale_factor: steps = 1 } = name.configuration;
  if (letter === undefined || typeof unit !== "string" || !Number.isInteger(steps)) return undefined;
  return timeOfDescr(unit === "generic" ? `${letter}8` : `${letter}8[${steps === 1 ? "" : steps}${unit}]`);
}

/** The times that the metadata of an array describes; undefined for other elements, and for what cannot be read. */
export function timeInMetadata({ data_type: long, dtype: short }: JsonObject): TimeType | undefined {
  return typeof short === "string" ? timeOfDescr(short.replace(/^[<>=|]/, "")) : timeOf(long);
}

/** Elements whose bytes are in a given order. */
export function inOrder({ dtype, encoding }: Stored, endian: "little" | "big"): Stored {
  const single = !encoding.half && factsOf(factsOf(dtype).part).bytes === 1;
  const otherEndian = !single && (endian === "little") !== isLittleEndian;
  return { dtype, encoding: { otherEndian, half: encoding.half } satisfies Encoding };
}
