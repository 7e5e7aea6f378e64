/**
 * Values in messages. Users pass anything: BigInts, circles, 10 million numbers, proxies. Whatever it is, its text is
 * short, takes no longer than the first few entries, and runs none of the user's code.
 */
import { types } from "node:util";

/** The longest text of a value, in characters, before its end is cut off. */
const LONGEST = 120;
/** The most characters of a string, and of a name. */
const MOST_CHARACTERS = 80;
/** The most entries of a list, and of an object. */
const MOST_ENTRIES = 8;
/** How many lists or objects inside each other are shown. */
const MOST_LEVELS = 3;
/** Longer BigInts are not written out: that takes more than linear time. */
const MOST_BITS = 256n;

const short = (text: string, most = MOST_CHARACTERS): string => (text.length > most ? `${text.slice(0, most)}…` : text);

/** A value as text for a message. */
export function shown(value: unknown): string {
  try {
    return short(textOf(value, 0), LONGEST);
  } catch {
    return "an object that cannot be read"; // a deep chain of prototypes, or what no one thought of
  }
}

function textOf(value: unknown, level: number): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(short(value));
    case "bigint":
      return value >> MOST_BITS === 0n || value >> MOST_BITS === -1n ? `${value}n` : "a bigint of more than 256 bits";
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "symbol":
      return short(String(value));
    case "function":
      return functionText(value);
    case "object":
      return value === null ? "null" : objectText(value, level);
    default:
      return String(value);
  }
}

/** The value of a property, without calling a getter. */
function own(object: object, key: PropertyKey): unknown {
  return Object.getOwnPropertyDescriptor(object, key)?.value;
}

function functionText(value: object): string {
  if (types.isProxy(value)) return "a Proxy";
  const name = own(value, "name");
  return typeof name === "string" && name !== "" ? `the function ${short(name)}` : "a function";
}

function objectText(value: object, level: number): string {
  if (types.isProxy(value)) return "a Proxy";
  if (Array.isArray(value)) return listText(value, level);
  const name = classOf(value);
  if (types.isTypedArray(value)) return `${withArticle(name)} of ${value.length} elements`;
  return name === "Object" ? plainText(value, level) : withArticle(name);
}

/** The name of an object's class; that of an object without a prototype is "Object" too. */
function classOf(value: object): string {
  for (let next: object | null = value; next !== null; next = Object.getPrototypeOf(next)) {
    if (next !== value && types.isProxy(next)) return "Proxy";
    const made = own(next, "constructor");
    if (next === value || typeof made !== "function" || types.isProxy(made)) continue;
    const name = own(made, "name");
    if (typeof name === "string" && name !== "") return short(name);
  }
  return "Object";
}

/** "a Map", "an NDArray". */
function withArticle(name: string): string {
  return /^([AEIO]|[FHLMNRSX][A-Z])/.test(name) ? `an ${name}` : `a ${name}`;
}

function listText(list: readonly unknown[], level: number): string {
  if (list.length > 0 && level === MOST_LEVELS) return "[…]";
  const texts: string[] = [];
  for (let i = 0; i < Math.min(list.length, MOST_ENTRIES); i++) texts.push(textOf(own(list, i), level + 1));
  const rest = list.length > MOST_ENTRIES ? `, … of ${list.length} entries` : "";
  return `[${texts.join(", ")}${rest}]`;
}

function plainText(object: object, level: number): string {
  const keys = Object.keys(object);
  if (keys.length === 0) return "{}";
  if (level === MOST_LEVELS) return "{…}";
  const texts = keys.slice(0, MOST_ENTRIES).map((key) => {
    const name = /^[A-Za-z_$][\w$]*$/.test(key) ? short(key) : JSON.stringify(short(key));
    const { get, value } = Object.getOwnPropertyDescriptor(object, key) ?? {};
    return `${name}: ${get === undefined ? textOf(value, level + 1) : "a getter"}`;
  });
  return `{ ${texts.join(", ")}${keys.length > MOST_ENTRIES ? ", …" : ""} }`;
}
