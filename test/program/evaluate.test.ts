import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { type DType, factsOf } from "#src/data/dtype";
import { ArgumentError } from "#src/data/errors";
import { primitive, toValue, type Value } from "#src/program/evaluate";
import {
  binaryPrimitives,
  comparisons,
  indexPrimitives,
  NO_INDEX,
  type Primitive,
  unaryPrimitives,
} from "#src/program/scalar";
import {
  hasPrimitive,
  inexactPrimitives,
  randomOf,
  randomValue,
  realDTypes,
  same,
  specials,
  ulps,
} from "../conformance/backend/values.js";
import { python } from "../support/platform.js";

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

function apply(op: Primitive, dtype: DType, ...values: Value[]): Value {
  const [a, b, c] = values;
  return primitive(op, dtype, dtype)(a!, b, c);
}

const cast = (from: DType, to: DType, value: Value): Value => primitive("cast", from, to)(value);

describe("primitives of floats", () => {
  test.each<[Primitive, number[], number]>([
    ["round", [0.5], 0],
    ["round", [1.5], 2],
    ["round", [-2.5], -2],
    ["round", [-0.2], -0],
    ["round", [-0], -0],
    ["round", [4503599627370495.5], 4503599627370496],
    ["round", [-inf], -inf],
    ["mod", [-1, 3], 2],
    ["mod", [1, -3], -2],
    ["mod", [-3, 3], 0],
    ["mod", [3, -3], -0],
    ["mod", [-0, 3], 0],
    ["mod", [-1, inf], inf],
    ["mod", [1, inf], 1],
    ["mod", [inf, 2], nan],
    ["mod", [1, 0], nan],
    ["fma", [2, 3, 4], 10],
    ["fma", [1 + 2 ** -30, 1 + 2 ** -30, -1 - 2 ** -29], 0],
    ["floordiv", [1, 0.1], 9],
    ["floordiv", [-1, 3], -1],
    ["floordiv", [-1, inf], -0],
    ["floordiv", [1, inf], 0],
    ["floordiv", [1, -inf], -0],
    ["floordiv", [-1, -inf], 0],
    ["floordiv", [0, -inf], -0],
    ["floordiv", [inf, 2], inf],
    ["floordiv", [inf, -2], -inf],
    ["floordiv", [-inf, 2], -inf],
    ["floordiv", [-inf, -2], inf],
    ["floordiv", [inf, 0], inf],
    ["floordiv", [inf, inf], nan],
    ["floordiv", [inf, nan], nan],
    ["floordiv", [1, 0], inf],
    ["floordiv", [-1, 0], -inf],
    ["floordiv", [0, 0], nan],
    ["floordiv", [-0, 3], -0],
    ["pow", [1, nan], 1],
    ["pow", [-1, inf], 1],
    ["pow", [-1, -inf], 1],
    ["pow", [1, -inf], 1],
    ["pow", [nan, 0], 1],
    ["pow", [nan, 1], nan],
    ["pow", [-8, 1 / 3], nan],
    ["pow", [-0, -1], -inf],
    ["div", [1, -0], -inf],
    ["div", [0, 0], nan],
    ["min", [1, nan], nan],
    ["max", [nan, 1], nan],
    ["hypot", [inf, nan], inf],
    ["hypot", [1e200, 1e200], Math.SQRT2 * 1e200],
    ["atan2", [-0, -1], -Math.PI],
    ["sqrt", [-0], -0],
    ["neg", [0], -0],
    ["eq", [nan, nan], 0],
    ["ne", [nan, nan], 1],
    ["le", [nan, nan], 0],
    ["eq", [0, -0], 1],
  ])("%s of %s is %s", (op, args, expected) => {
    expect(apply(op, "float64", ...args)).toBe(expected);
  });

  test("exp2 is exact for whole numbers", () => {
    for (let n = -1074; n < 1024; n++) {
      const bits = n < -1022 ? 1n << BigInt(n + 1074) : BigInt(n + 1023) << 52n;
      expect(apply("exp2", "float64", n)).toBe(new Float64Array(new BigUint64Array([bits]).buffer)[0]);
    }
  });

  test("results of float32 are rounded after each step", () => {
    expect(apply("add", "float32", 16777216, 1)).toBe(16777216);
    expect(apply("mul", "float32", 3e38, 2)).toBe(inf);
    expect(apply("sqrt", "float32", 2)).toBe(Math.fround(Math.SQRT2));
    expect(cast("float64", "float32", 0.1)).toBe(Math.fround(0.1));
  });
});

describe("primitives of integers", () => {
  test.each<[Primitive, DType, Value[], Value]>([
    ["add", "int8", [127, 1], -128],
    ["sub", "uint8", [0, 1], 255],
    ["mul", "int32", [65537, 65537], 131073],
    ["mul", "uint32", [4294967295, 4294967295], 1],
    ["add", "uint32", [4294967295, 2], 1],
    ["add", "int64", [2n ** 63n - 1n, 1n], -(2n ** 63n)],
    ["mul", "uint64", [2n ** 63n, 2n], 0n],
    ["neg", "int16", [-32768], -32768],
    ["neg", "uint16", [1], 65535],
    ["neg", "int8", [0], 0],
    ["abs", "int8", [-128], -128],
    ["abs", "int64", [-(2n ** 63n)], -(2n ** 63n)],
    ["not", "uint8", [0], 255],
    ["not", "int64", [0n], -1n],
    ["floordiv", "int32", [-7, 2], -4],
    ["floordiv", "int32", [7, -2], -4],
    ["floordiv", "int32", [7, 0], 0],
    ["floordiv", "int32", [-2147483648, -1], -2147483648],
    ["floordiv", "int64", [-7n, 2n], -4n],
    ["floordiv", "uint64", [7n, 0n], 0n],
    ["mod", "int8", [-7, 3], 2],
    ["mod", "int8", [7, -3], -2],
    ["mod", "int8", [-4, 2], 0],
    ["mod", "int8", [7, 0], 0],
    ["mod", "int64", [-7n, 3n], 2n],
    ["mod", "int64", [7n, 0n], 0n],
    ["pow", "int32", [2, 31], -2147483648],
    ["pow", "int32", [3, 21], 1870418611],
    ["pow", "int8", [0, 0], 1],
    ["pow", "int64", [3n, 100n], BigInt.asIntN(64, 3n ** 100n)],
    ["pow", "uint64", [2n ** 64n - 1n, 2n ** 64n - 1n], 2n ** 64n - 1n],
    ["shl", "int8", [1, 7], -128],
    ["shl", "int8", [1, 8], 0],
    ["shl", "int32", [1, 32], 0],
    ["shl", "int32", [1, -1], 0],
    ["shl", "uint32", [1, 31], 2147483648],
    ["shr", "int8", [-128, 7], -1],
    ["shr", "int8", [-128, 8], -1],
    ["shr", "int16", [-5, -1], -1],
    ["shr", "int16", [5, -1], 0],
    ["shr", "uint32", [4294967295, 31], 1],
    ["shr", "uint32", [4294967295, 32], 0],
    ["shr", "int64", [-5n, 64n], -1n],
    ["shr", "uint64", [2n ** 64n - 1n, 63n], 1n],
    ["and", "uint32", [4294967295, 2147483648], 2147483648],
    ["lt", "uint32", [1, 4294967295], 1],
    ["round", "int64", [5n], 5n],
    ["add", "bool", [1, 1], 1],
    ["mul", "bool", [1, 0], 0],
    ["xor", "bool", [1, 1], 0],
    ["not", "bool", [1], 0],
  ])("%s on %s of %s is %s", (op, dtype, args, expected) => {
    expect(apply(op, dtype, ...args)).toBe(expected);
  });
});

test.each<[DType, DType, Value, Value]>([
  ["float64", "int32", -1.9, -1],
  ["float64", "int8", nan, 0],
  ["float64", "int64", nan, 0n],
  ["float64", "int8", 300, 127],
  ["float64", "int8", -129, -128],
  ["float64", "int8", -0.5, 0],
  ["float64", "uint8", -1, 0],
  ["float64", "uint8", 255.9, 255],
  ["float64", "uint8", 1e300, 255],
  ["float64", "uint8", nan, 0],
  ["float32", "int16", -inf, -32768],
  ["float32", "uint16", inf, 65535],
  ["float64", "uint64", -1, 0n],
  ["float64", "int64", inf, 2n ** 63n - 1n],
  ["float64", "int64", -inf, -(2n ** 63n)],
  ["float64", "uint64", 1e19, 10n ** 19n],
  ["float64", "uint64", inf, 2n ** 64n - 1n],
  ["float64", "uint64", -inf, 0n],
  ["float64", "uint64", 2 ** 64, 2n ** 64n - 1n],
  ["float32", "int64", 2 ** 63, 2n ** 63n - 1n],
  ["float64", "int32", inf, 2147483647],
  ["float64", "int32", -inf, -2147483648],
  ["float64", "int32", 1e10, 2147483647],
  ["float64", "uint32", -1e10, 0],
  ["float64", "uint32", 1e30, 4294967295],
  ["float64", "uint16", 2 ** 63 - 1024, 65535],
  ["float32", "int64", 2 ** 62, 2n ** 62n],
  ["int32", "uint8", -1, 255],
  ["int8", "uint64", -1, 2n ** 64n - 1n],
  ["int64", "int32", 2n ** 32n + 5n, 5],
  ["int64", "uint32", -1n, 4294967295],
  ["uint64", "int64", 2n ** 64n - 1n, -1n],
  ["int64", "float64", 2n ** 53n + 1n, 2 ** 53],
  ["int64", "float64", 2n ** 53n + 3n, 2 ** 53 + 4],
  ["int64", "float32", 2n ** 60n + 2n ** 36n + 1n, 2 ** 60 + 2 ** 37],
  ["int64", "float32", -(2n ** 60n + 2n ** 36n + 1n), -(2 ** 60) - 2 ** 37],
  ["uint64", "float32", 2n ** 64n - 1n, 2 ** 64],
  ["float64", "bool", nan, 1],
  ["float64", "bool", -0, 0],
  ["int64", "bool", 2n ** 32n, 1],
  ["bool", "int64", 1, 1n],
  ["bool", "float32", 1, 1],
])("cast %s to %s: %s is %s", (from, to, value, expected) => {
  expect(cast(from, to, value)).toBe(expected);
});

test("a negative power of an integer is an error", () => {
  for (const dtype of ["int8", "int16", "int32"] as const) {
    expect(() => apply("pow", dtype, 2, -1)).toThrow(ArgumentError);
  }
  expect(() => apply("pow", "int64", 1n, -1n)).toThrow("pow: an integer has no negative power");
});

test("an index is the int64 of its float64, and that of no element is an error", () => {
  for (const op of indexPrimitives) {
    const found = primitive(op, "float64", "int64");
    expect([0, 7, NO_INDEX - 1].map((x) => found(x))).toEqual([0n, 7n, 2n ** 53n - 1n]);
    expect(() => found(NO_INDEX)).toThrow(ArgumentError);
    expect(() => found(NO_INDEX)).toThrow(`${op}: every element is NaN, so there is no index`);
  }
});

test("select takes its dtype from what it selects", () => {
  expect(primitive("select", "int64", "int64")(1, 5n, 6n)).toBe(5n);
  expect(primitive("select", "float64", "float64")(0, 5, 6)).toBe(6);
});

test("a primitive without a meaning for a dtype is refused by name", () => {
  expect(() => primitive("complex", "float64", "complex128")).toThrow(
    "complex: the primitive has no meaning for float64",
  );
  expect(() => primitive("sqrt", "int32", "int32")).toThrow("sqrt: the primitive has no meaning for int32");
  expect(() => primitive("cast", "complex128", "float64")).toThrow("cast: the primitive has no meaning for complex128");
  expect(hasPrimitive("and", "float64")).toBe(false);
  expect(hasPrimitive("div", "int32")).toBe(false);
  expect(hasPrimitive("neg", "bool")).toBe(false);
});

test("constants of programs become values: bools are 0 and 1", () => {
  expect([toValue(true), toValue(5n), toValue(-0)]).toEqual([1, 5n, -0]);
});

/** One question to NumPy; the answers are in order. */
interface Question {
  readonly op: Primitive;
  readonly dtype: DType;
  readonly to: DType;
  readonly args: readonly (readonly Value[])[];
}

const asked = `
import json, sys, numpy as np
np.seterr(all="ignore")
names = dict(neg="negative", abs="absolute", round="rint", **{"not": "invert"},
  asin="arcsin", acos="arccos", atan="arctan", asinh="arcsinh", acosh="arccosh", atanh="arctanh",
  add="add", sub="subtract", mul="multiply", div="divide", floordiv="floor_divide", mod="remainder", pow="power",
  min="minimum", max="maximum", atan2="arctan2", xor="bitwise_xor", shl="left_shift", shr="right_shift",
  eq="equal", ne="not_equal", lt="less", le="less_equal", gt="greater", ge="greater_equal",
  **{"and": "bitwise_and", "or": "bitwise_or"})
def array(values, dtype):
  if dtype == "bool": return np.array([v == "1" for v in values])
  return np.array([(float if dtype.startswith("float") else int)(v) for v in values], dtype=dtype)
def answer(q):
  args = [array(a, q["dtype"]) for a in q["args"]]
  out = args[0].astype(q["to"]) if q["op"] == "cast" else getattr(np, names.get(q["op"], q["op"]))(*args)
  assert out.dtype == q["to"], (q["op"], q["dtype"], out.dtype)
  return [repr(float(x)) if out.dtype.kind == "f" else str(int(x)) for x in out]
json.dump([answer(q) for q in json.load(sys.stdin)], sys.stdout)
`;

const isInteger = (dtype: DType): boolean => /int/.test(factsOf(dtype).kind);

/**
 * Where NumPy gives no answer, or the machine's: floats to integers that cannot hold them, integers to negative powers.
 */
function defined(op: Primitive, dtype: DType, to: DType, [a, b]: readonly Value[]): boolean {
  if (op === "pow" && isInteger(dtype)) return b! >= 0;
  // here as the Array API standard says
  if (op === "floordiv" && !isInteger(dtype)) return Number.isFinite(a) && Number.isFinite(b);
  if (op !== "cast" || factsOf(dtype).kind !== "float" || !isInteger(to)) return true;
  const bits = 8 * factsOf(to).bytes;
  const [low, high] = factsOf(to).kind === "int" ? [-(2 ** (bits - 1)), 2 ** (bits - 1)] : [0, 2 ** bits];
  return a! > low! - 1 && a! >= low! && a! < high!;
}

function questions(): Question[] {
  const all: Question[] = [];
  const ask = (op: Primitive, dtype: DType, to: DType, rows: Value[][]): void => {
    const kept = rows.filter((row) => defined(op, dtype, to, row));
    all.push({ op, dtype, to, args: rows[0]!.map((_, k) => kept.map((row) => row[k]!)) });
  };
  for (const dtype of realDTypes) {
    const values = specials(dtype);
    const single = values.map((a) => [a]);
    const random = randomOf(7);
    const any = (): Value => randomValue(dtype, random, "wild");
    const pairs = [
      ...values.flatMap((a) => values.map((b) => [a, b])),
      ...Array.from({ length: 500 }, () => [any(), any()]),
    ];
    const rounding = (op: Primitive): boolean => /floor|ceil|trunc|round/.test(op) && !/div/.test(op);
    for (const op of unaryPrimitives) {
      // what rounds floats leaves integers alone, which not every NumPy does
      if (hasPrimitive(op, dtype) && (factsOf(dtype).kind === "float" || !rounding(op))) ask(op, dtype, dtype, single);
    }
    for (const op of binaryPrimitives) if (hasPrimitive(op, dtype)) ask(op, dtype, dtype, pairs);
    for (const op of comparisons) ask(op, dtype, "bool", pairs);
    for (const to of realDTypes) ask("cast", dtype, to, single);
  }
  return all;
}

const text = (value: Value): string => (Object.is(value, -0) ? "-0" : String(value).replace("Infinity", "inf"));
const parse = (answer: string, dtype: DType): Value =>
  factsOf(dtype).big ? BigInt(answer) : Number(answer.replace("inf", "Infinity"));

test("every primitive gives what NumPy gives, for every dtype, on special and random values", () => {
  if (!python) throw new Error("no Python with NumPy: run npm test");
  const all = questions();
  const input = JSON.stringify(
    all.map((question) => ({ ...question, args: question.args.map((arg) => arg.map(text)) })),
  );
  const output = execFileSync(python, ["-c", asked], { input, encoding: "utf8", maxBuffer: 2 ** 28 });
  const answers = JSON.parse(output) as string[][];
  const differences: string[] = [];
  for (const [k, { op, dtype, to, args }] of all.entries()) {
    const evaluate = primitive(op, dtype, to);
    for (const [row, answer] of answers[k]!.entries()) {
      const values = args.map((arg) => arg[row]!);
      const [ours, theirs] = [evaluate(values[0]!, values[1]), parse(answer, to)];
      const close = factsOf(to).kind === "float" && inexactPrimitives.has(op) && ulps(to, ours, theirs) <= 4;
      const zero = (op === "min" || op === "max") && ours === theirs;
      if (!same(ours, theirs) && !close && !zero) {
        differences.push(`${op} ${dtype} → ${to} (${values.map(text)}): ${text(ours)}, NumPy ${text(theirs)}`);
      }
    }
  }
  expect(differences).toEqual([]);
});
