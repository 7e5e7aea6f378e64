/**
 * Detects elementwise operations that take what they should refuse, or report the mistake late or unclearly: each
 * message names the operation, what was given and what was expected, and is thrown at the user's line.
 */
import { add, clip, compute, dtypes, fromArray, where, zeros } from "chunkwise";
import { describe, expect, test } from "vitest";
import { refuses } from "./refused.js";

const x = zeros([3, 4]);
const i = zeros([4], { dtype: "int32" });
const z = zeros([4], { dtype: "complex128" });
const b = zeros([4], { dtype: "bool" });
const wrong = (value: unknown): never => value as never;
const operands = "expected a chunked array, a number, a bigint, a boolean or { re, im }";
const known = dtypes.join(", ");

describe("elementwise operations on shapes that do not match", () => {
  refuses([
    ["two arrays", () => x.add(zeros([3])), "ShapeError", "add: shapes [3, 4] and [3] do not fit together on axis 1"],
    [
      "three arrays",
      () => where(x, zeros([5, 1, 1]), zeros([2, 4])),
      "ShapeError",
      "where: shapes [3, 4] and [5, 1, 1] and [2, 4] do not fit together on axis 1",
    ],
    ["bounds", () => clip(x, zeros([3]), 1), "ShapeError", "clip: shapes [3, 4] and [3] do not fit together on axis 1"],
    [
      "an array of nothing and one of two elements",
      () => zeros([0]).less(zeros([2])),
      "ShapeError",
      "less: shapes [0] and [2] do not fit together on axis 0",
    ],
  ]);
});

describe("elementwise operations on operands of other types", () => {
  refuses([
    ["undefined", () => x.add(wrong(undefined)), "ArgumentError", `add: cannot take undefined; ${operands}`],
    ["text", () => x.multiply(wrong("2")), "ArgumentError", `multiply: cannot take "2"; ${operands}`],
    ["an object", () => x.subtract(wrong({ a: 1 })), "ArgumentError", `subtract: cannot take { a: 1 }; ${operands}`],
    [
      "a missing operand",
      () => where(x, 1, wrong(undefined)),
      "ArgumentError",
      `where: cannot take undefined; ${operands}`,
    ],
    [
      "no array at all",
      () => add(wrong(1), wrong({ re: 1 })),
      "ArgumentError",
      "add: none of the arguments (1, { re: 1 }) is a chunked array; make one with fromArray()",
    ],
  ]);
});

describe("elementwise operations on dtypes that they do not accept", () => {
  const not = (operation: string, dtype: string, kinds: string): string =>
    `${operation}: not defined for ${dtype}; expected dtypes of kind ${kinds}`;
  refuses([
    [
      "the difference of bools",
      () => b.subtract(b),
      "DTypeError",
      not("subtract", "bool", "int, uint, float, complex"),
    ],
    ["bits of floats", () => i.bitwiseAnd(1.5), "DTypeError", not("bitwiseAnd", "float64", "bool, int, uint")],
    [
      "bits of int64 and uint64",
      () => zeros([1], { dtype: "int64" }).bitwiseOr(zeros([1], { dtype: "uint64" })),
      "DTypeError",
      not("bitwiseOr", "float64", "bool, int, uint"),
    ],
    ["shifts of bools", () => b.bitwiseLeftShift(b), "DTypeError", not("bitwiseLeftShift", "bool", "int, uint")],
    [
      "the order of complex numbers",
      () => z.less(1),
      "DTypeError",
      not("less", "complex128", "bool, int, uint, float"),
    ],
    ["bounds of complex numbers", () => z.clip(0, 1), "DTypeError", not("clip", "complex128", "int, uint, float")],
    ["bounds of bools", () => b.clip(false, null), "DTypeError", not("clip", "bool", "int, uint, float")],
    [
      "complex only by the value",
      () => x.maximum({ re: 1, im: 0 }),
      "DTypeError",
      not("maximum", "complex128", "bool, int, uint, float"),
    ],
    [
      "an unknown dtype",
      () => x.astype(wrong("float16")),
      "DTypeError",
      `astype: unknown dtype "float16"; expected ${known}`,
    ],
    ["no dtype", () => x.astype(wrong(undefined)), "DTypeError", `astype: unknown dtype undefined; expected ${known}`],
  ]);
});

describe("values that an integer dtype cannot hold", () => {
  const bytes = zeros([2], { dtype: "int8" });
  const unsigned = zeros([2], { dtype: "uint16" });
  const advice = "convert the array with astype() first";
  refuses([
    [
      "a value that is too large",
      () => bytes.add(128),
      "DTypeError",
      `add: 128 does not fit into int8 (-128 to 127); ${advice}`,
    ],
    [
      "a negative value",
      () => unsigned.subtract(-1),
      "DTypeError",
      `subtract: -1 does not fit into uint16 (0 to 65535); ${advice}`,
    ],
    [
      "a bigint",
      () => zeros([1], { dtype: "uint64" }).add(2n ** 64n),
      "DTypeError",
      `add: 18446744073709551616n does not fit into uint64 (0 to 18446744073709551615); ${advice}`,
    ],
    [
      "a side",
      () => b.where(bytes.slice([0]), -129),
      "DTypeError",
      `where: -129 does not fit into int8 (-128 to 127); ${advice}`,
    ],
    ["a bound", () => bytes.clip(0, 255), "DTypeError", `clip: 255 does not fit into int8 (-128 to 127); ${advice}`],
  ]);

  test("do not widen the dtype when they fit", async () => {
    expect((await bytes.add(127).compute()).toArray()).toEqual([127, 127]);
    expect((await bytes.subtract(-128).compute()).toArray()).toEqual([-128, -128]);
    expect(unsigned.add(65535n).dtype).toBe("uint16");
    expect(fromArray([1], { dtype: "float32" }).add(1e300).dtype).toBe("float32");
  });
});

/**
 * Detects products that wrap around elsewhere than the power, and constants that mean something else than arrays of
 * them.
 */
describe("a constant power gives the bits of an array of that power", () => {
  const values = [-129, -3, -1, 0, 1, 2, 7, 46341, 2 ** 31 - 1];
  test.each(["int8", "uint8", "int32", "uint32", "int64", "uint64"] as const)("holds for %s", async (dtype) => {
    const base = fromArray(values).astype(dtype);
    for (const power of [0, 1, 2, 3, 4, 7, 31, 63, 64, 65]) {
      const powers = fromArray(values.map(() => power)).astype(dtype);
      const [one, other] = await compute([base.pow(power), base.pow(powers)]);
      expect(one, `power ${power}`).toEqual(other);
      expect(one!.dtype).toBe(dtype);
    }
  });
});
