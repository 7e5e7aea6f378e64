import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeRuns, EncodingFault, isRunOf } from "#src/formats/parquet/encodings";

type Run = { readonly kind: "run" | "packed"; readonly numbers: readonly number[] };

/** Encodes runs as the format's description says, number by number. */
function encoded(runs: readonly Run[], width: number): Uint8Array {
  const bytes: number[] = [];
  const varint = (value: number): void => {
    for (let rest = value; ; rest >>>= 7) {
      if (rest < 128) return void bytes.push(rest);
      bytes.push((rest & 127) | 128);
    }
  };
  for (const { kind, numbers } of runs) {
    if (kind === "run") {
      varint(numbers.length << 1);
      for (let byte = 0; byte < Math.ceil(width / 8); byte++) bytes.push((numbers[0]! >>> (8 * byte)) & 255);
      continue;
    }
    varint(((numbers.length / 8) << 1) | 1);
    const bits = numbers.flatMap((number) => Array.from({ length: width }, (_, bit) => (number >>> bit) & 1));
    for (let at = 0; at < bits.length; at += 8) {
      bytes.push(bits.slice(at, at + 8).reduce((byte, bit, place) => byte | (bit << place), 0));
    }
  }
  return Uint8Array.from(bytes);
}

const numbersOf = (width: number) => fc.integer({ min: 0, max: 2 ** width - 1 });
const runsOf = (width: number): fc.Arbitrary<Run[]> => {
  const run = fc.tuple(numbersOf(width), fc.integer({ min: 1, max: 300 }));
  const groups = fc.integer({ min: 1, max: 5 });
  return fc.array(
    fc.oneof(
      run.map(([number, length]) => ({ kind: "run" as const, numbers: Array<number>(length).fill(number) })),
      groups.chain((count) =>
        fc
          .array(numbersOf(width), { minLength: 8 * count, maxLength: 8 * count })
          .map((numbers) => ({ kind: "packed" as const, numbers })),
      ),
    ),
    { minLength: 1, maxLength: 6 },
  );
};

test("runs and packed numbers of every width are decoded, however many of the last are needed", () => {
  const cases = fc
    .integer({ min: 0, max: 24 })
    .chain((width) => fc.tuple(fc.constant(width), runsOf(width), fc.nat(7)));
  fc.assert(
    fc.property(cases, ([width, runs, less]) => {
      const all = runs.flatMap(({ numbers }) => numbers);
      const into = new Uint32Array(Math.max(0, all.length - less));
      const bytes = encoded(runs, width);
      decodeRuns(bytes, width, into);
      expect([...into]).toEqual(all.slice(0, into.length));
      const beyond = new Uint32Array(all.length + 1);
      expect(() => decodeRuns(bytes, width, beyond)).toThrow(EncodingFault);
    }),
  );
});

test.each<[string, Run[], number, boolean]>([
  ["a run of ones", [{ kind: "run", numbers: Array<number>(300).fill(1) }], 300, true],
  ["a run that is longer", [{ kind: "run", numbers: Array<number>(300).fill(1) }], 299, true],
  ["a run that is shorter", [{ kind: "run", numbers: Array<number>(300).fill(1) }], 301, false],
  ["a run of zeros", [{ kind: "run", numbers: [0, 0, 0] }], 3, false],
  ["packed ones", [{ kind: "packed", numbers: Array<number>(8).fill(1) }], 8, false],
  ["nothing", [], 1, false],
])("levels of %s are recognised as all present or not", (_, runs, count, expected) => {
  expect(isRunOf(encoded(runs, 1), 1, count)).toBe(expected);
});
