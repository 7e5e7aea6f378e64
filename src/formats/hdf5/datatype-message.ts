/**
 * What the message of a header says of a type, and the library does not report: numbers with fewer bits than their
 * bytes, floats that are not those of IEEE 754, and the tags of opaque bytes; also in the fields of records.
 *
 *     class and version, flags (3 bytes), bytes of an element │ what the class needs, perhaps other types
 *
 * Invariant: the result is undefined if something is not understood.
 */

/** A type, as far as the library does not report it. */
export type StoredType =
  /** How many bits the exponent and the fraction have. */
  | { readonly kind: "float"; readonly exponent: number; readonly fraction: number; readonly bias: number }
  /** The first bit, and how many there are. */
  | { readonly kind: "integer"; readonly first: number; readonly bits: number }
  | { readonly kind: "opaque"; readonly tag: string }
  /** Fields by their names. */
  | { readonly kind: "records"; readonly fields: ReadonlyMap<string, StoredType> }
  | { readonly kind: "other" };

/** The classes of types, by their numbers. */
const [INTEGER, FLOAT, TIME, TEXT, BITS, OPAQUE, RECORDS, REFERENCE, ENUM, LIST, ARRAY] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
];

const headBytes = 8;
/** Types in types; more is damage. */
const DEEPEST = 32;

/** Reads a type. */
export function storedTypeFrom(data: Buffer): StoredType | undefined {
  try {
    return new Parser(data).type(0);
  } catch (error) {
    if (error instanceof RangeError) return undefined; // it ends too early
    throw error;
  }
}

/** Goes through types that are in each other. @throws RangeError at the end */
class Parser {
  readonly #data: Buffer;
  #at = 0;

  constructor(data: Buffer) {
    this.#data = data;
  }

  /** The type that begins here; afterwards, the place is behind it. */
  type(depth: number): StoredType | undefined {
    if (depth > DEEPEST) return undefined;
    const data = this.#data;
    const at = this.#skip(headBytes);
    const first = data.readUInt8(at);
    const [kind, version] = [first & 15, first >> 4];
    const [flags, bytes] = [data.readUIntLE(at + 1, 3), data.readUInt32LE(at + 4)];
    if (version < 1 || version > 4) return undefined;
    switch (kind) {
      case INTEGER:
      case BITS: {
        const place = this.#skip(4);
        return { kind: "integer", first: data.readUInt16LE(place), bits: data.readUInt16LE(place + 2) };
      }
      case FLOAT: {
        const place = this.#skip(12);
        const [exponent, fraction] = [data.readUInt8(place + 5), data.readUInt8(place + 7)];
        return { kind: "float", exponent, fraction, bias: data.readUInt32LE(place + 8) };
      }
      case OPAQUE: {
        const length = flags & 255;
        const place = this.#skip(length);
        return { kind: "opaque", tag: data.toString("latin1", place, place + length).replace(/\0.*$/s, "") };
      }
      case RECORDS:
        return this.#records(flags & 0xffff, { version, bytes, depth });
      case ENUM: {
        const base = this.#data.readUInt32LE(this.#at + 4);
        const type = this.type(depth + 1);
        for (let left = flags & 0xffff; left > 0; left--) this.#name(version);
        this.#skip((flags & 0xffff) * base);
        return type;
      }
      case ARRAY: {
        const rank = data.readUInt8(this.#skip(version < 3 ? 4 : 1));
        this.#skip(rank * (version < 3 ? 8 : 4));
        return this.type(depth + 1);
      }
      case LIST:
        return this.type(depth + 1) === undefined ? undefined : { kind: "other" };
      case TIME:
        this.#skip(2);
        return { kind: "other" };
      case TEXT:
      case REFERENCE:
        return { kind: "other" };
      default:
        return undefined;
    }
  }

  #records(count: number, of: { version: number; bytes: number; depth: number }): StoredType | undefined {
    const { version, bytes, depth } = of;
    const fields = new Map<string, StoredType>();
    for (let left = count; left > 0; left--) {
      const name = this.#name(version);
      // where it is in a record; in the first version, its axes follow
      this.#skip(version >= 3 ? Math.floor(Math.log2(bytes) / 8) + 1 : 4);
      if (version === 1) this.#skip(28);
      const type = this.type(depth + 1);
      if (type === undefined) return undefined;
      fields.set(name, type);
    }
    return { kind: "records", fields };
  }

  /** A text that ends with 0, in older versions filled up to eight bytes. */
  #name(version: number): string {
    const end = this.#data.indexOf(0, this.#at);
    if (end < 0) throw new RangeError("a name has no end");
    const name = this.#data.toString("utf8", this.#at, end);
    const length = end + 1 - this.#at;
    this.#skip(version < 3 ? 8 * Math.ceil(length / 8) : length);
    return name;
  }

  #skip(bytes: number): number {
    const at = this.#at;
    if (at + bytes > this.#data.length) throw new RangeError("a type has no end");
    this.#at += bytes;
    return at;
  }
}
