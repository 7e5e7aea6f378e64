/**
 * Damage as plain data, so that a failing case can be printed, made smaller and made again: what happens to the files
 * of an array between their writing and their reading.
 */
import fc from "fast-check";

/** The files of an array by their paths below its folder; a single file is called by its own name. */
export type Files = ReadonlyMap<string, Buffer>;

/** One thing that happens to one file. Numbers are taken modulo what there is. */
export interface Damage {
  readonly kind: (typeof kinds)[number];
  /** Which file, in the order of {@link inOrder}. */
  readonly file: number;
  /** What `at` counts from: headers are at the beginning, footers at the end. */
  readonly from: "start" | "end";
  readonly at: number;
  readonly length: number;
  readonly value: number;
}

const kinds = [
  ...(["flip", "nudge", "fill", "number", "digits", "copy"] as const), // bytes or numbers replaced
  ...(["cut", "delete", "repeat"] as const), // the length changed
  ...(["missing", "swap"] as const), // of files
];

/** Lengths, counts and places that overflow something: each is written in 2, 4 or 8 bytes. */
const numbers = [0n, 1n, -1n, -2n, 127n, 255n, 2n ** 15n, 2n ** 24n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 32n - 1n].concat([
  2n ** 40n,
  2n ** 53n,
  2n ** 62n,
  2n ** 63n - 1n,
  2n ** 63n,
]);

/** What replaces a number in JSON or in the header of a .npy file. */
const digits = ["0", "1", "-1", "7", "0.5", "1e400", "-0", "65536", "2147483648", "4294967297", "1000000000000"].concat(
  ["9007199254740993", "99999999999999999999", "NaN", "null", '"x"', "[]", "{}", "true", ""],
);

const at = fc.oneof(fc.nat(64), fc.nat(1024), fc.nat(2 ** 20));

/** One to three things that happen. */
export const damages: fc.Arbitrary<Damage[]> = fc.array(
  fc.record({
    kind: fc.constantFrom(...kinds),
    file: fc.oneof(fc.constant(0), fc.nat(20)),
    from: fc.constantFrom("start", "end"),
    at,
    length: fc.oneof(fc.nat(8), fc.nat(300)),
    value: fc.nat(255),
  }),
  { minLength: 1, maxLength: 3, size: "max" },
);

/** The files after all that. */
export function damaged(files: Files, list: readonly Damage[]): Files {
  const result = new Map(files);
  for (const damage of list) strike(result, damage);
  return result;
}

/** Metadata first, which is damaged most: there are few such files, and they say most. */
function inOrder(names: readonly string[]): string[] {
  const rank = (name: string): string => `${/\.(json|z\w+)$/.test(name) ? 0 : 1}${name}`;
  return names.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

/** Damages one of the files, if there is one left. */
function strike(files: Map<string, Buffer>, damage: Damage): void {
  const names = inOrder([...files.keys()]);
  const name = names[damage.file % names.length];
  if (name === undefined) return;
  const bytes = files.get(name)!;
  if (damage.kind === "missing") {
    // the only file of an array cannot be missing: that is not damage
    if (names.length > 1) files.delete(name);
  } else if (damage.kind === "swap") {
    const other = names[damage.value % names.length]!;
    files.set(name, files.get(other)!).set(other, bytes);
  } else if (bytes.length > 0) files.set(name, struck(bytes, damage));
}

/** A copy of the bytes with the damage. */
function struck(bytes: Buffer, { kind, from, at: where, length, value }: Damage): Buffer {
  const start = from === "start" ? where % bytes.length : bytes.length - 1 - (where % bytes.length);
  const end = Math.min(bytes.length, start + 1 + length);
  const result = Buffer.from(bytes);
  switch (kind) {
    case "flip":
      result[start]! ^= 1 << (value % 8);
      return result;
    case "nudge":
      result[start]! += value % 2 === 0 ? 1 : -1;
      return result;
    case "fill":
      return result.fill(value < 100 ? 0 : value < 200 ? 255 : value, start, end);
    case "number":
      return withNumber(result, start, numbers[value % numbers.length]!, [2, 4, 8][length % 3]!);
    case "digits":
      return withDigits(bytes, start, digits[value % digits.length]!);
    case "copy":
      bytes.copy(result, (start + value) % bytes.length, start, end);
      return result;
    case "cut":
      return result.subarray(0, start);
    case "delete":
      return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
    default:
      return Buffer.concat([bytes.subarray(0, end), bytes.subarray(start)]);
  }
}

function withNumber(bytes: Buffer, start: number, value: bigint, width: number): Buffer {
  const number = Buffer.alloc(8);
  number.writeBigInt64LE(BigInt.asIntN(64, value));
  number.copy(bytes, start, 0, width);
  return bytes;
}

/** Replaces the next number in digits from a place on, or else the first one. */
function withDigits(bytes: Buffer, start: number, text: string): Buffer {
  const all = bytes.toString("latin1");
  const number = /-?\d+(\.\d+)?/g;
  number.lastIndex = start;
  const found = number.exec(all) ?? number.exec(all);
  if (found === null) return bytes;
  return Buffer.from(all.slice(0, found.index) + text + all.slice(found.index + found[0].length), "latin1");
}
