/**
 * Equality of plain data: what {@link canonical} gives one text for, found without making the text. Of many values that
 * all differ none is compared with another: each has a number, which equal values share and others seldom do.
 */
import { isList } from "./lists.js";

/** The entries of an object by their keys. */
export type Items = Readonly<Record<string, unknown>>;

/** True for an object, whatever its entries are. */
export const isItems = (value: unknown): value is Items => typeof value === "object" && value !== null;

/** True for the same plain data: NaN equals NaN, 0 does not equal -0, the order of keys does not matter. */
export function samePlain(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (isList(a)) return isList(b) && a.length === b.length && a.every((entry, i) => samePlain(entry, b[i]));
  if (!isItems(a) || !isItems(b) || isList(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && samePlain(a[key], b[key]))
  );
}

/** Adds a number of 32 bits to a hash of 32 bits. */
export function mixed(hash: number, value: number): number {
  let sum = (Math.imul(hash, 0x85ebca6b) + value) | 0;
  sum = Math.imul(sum ^ (sum >>> 16), 0xc2b2ae35);
  sum = Math.imul(sum ^ (sum >>> 13), 0x27d4eb2f);
  return sum ^ (sum >>> 16);
}

const float = new Float64Array(1);
const halves = new Int32Array(float.buffer);

/** Numbers of 32 bits for plain data, the same for equal data as long as one object gives them. */
export class Fingerprints {
  readonly #strings = new Map<string, number>();

  #ofString(text: string): number {
    let number = this.#strings.get(text);
    if (number === undefined) {
      number = this.#strings.size;
      this.#strings.set(text, number);
    }
    return number;
  }

  /** The number of a value. */
  of(value: unknown): number {
    if (typeof value === "number") {
      float[0] = value;
      return Number.isNaN(value) ? 1 : mixed(mixed(2, halves[0] ?? 0), halves[1] ?? 0);
    }
    if (typeof value === "string") return mixed(3, this.#ofString(value));
    if (isList(value)) {
      let hash = 4;
      for (let i = 0; i < value.length; i++) hash = mixed(hash, this.of(value[i]));
      return hash;
    }
    if (isItems(value)) {
      // a sum, since keys have no order
      let sum = 5;
      for (const key in value) sum = (sum + mixed(this.#ofString(key), this.of(value[key]))) | 0;
      return sum;
    }
    if (typeof value === "bigint") return mixed(6, Number(BigInt.asIntN(32, value)));
    return typeof value === "boolean" ? Number(value) : 7;
  }
}
