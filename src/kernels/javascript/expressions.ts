/**
 * Expressions: each primitive as JavaScript text if that is short, and otherwise as a call of its function in
 * `program/evaluate.ts`, which defines the meaning of all of them.
 *
 * Arithmetic is text, because an engine then sees the dtypes and needs neither calls nor boxed numbers; `Math.fround(a
 * + b)` and `a + b | 0` are one machine instruction each. Invariant: a value is always one that its dtype can hold.
 */
import { type DType, type DTypeFacts, factsOf } from "../../data/dtype.js";
import { type PrimitiveFunction, primitive } from "../../program/evaluate.js";
import type { Primitive } from "../../program/scalar.js";

/** Returns the name of a function that the text gets from outside. */
export type Outside = (function_: PrimitiveFunction) => string;

type Text = (...args: readonly string[]) => string;
type Texts = Partial<Record<Primitive, Text>>;

const infix =
  (operator: string): Text =>
  (a, b) =>
    `${a} ${operator} ${b}`;
const prefix =
  (operator: string): Text =>
  (a) =>
    `${operator}${a}`;
const call =
  (name: string): Text =>
  (...args) =>
    `${name}(${args.join(", ")})`;

/** The text that wraps a result into its dtype. */
const wraps: Partial<Record<DType, (text: string) => string>> = {
  float32: (text) => `Math.fround(${text})`,
  int8: (text) => `(${text}) << 24 >> 24`,
  int16: (text) => `(${text}) << 16 >> 16`,
  int32: (text) => `(${text}) | 0`,
  uint8: (text) => `(${text}) & 0xff`,
  uint16: (text) => `(${text}) & 0xffff`,
  uint32: (text) => `(${text}) >>> 0`,
  int64: (text) => `BigInt.asIntN(64, ${text})`,
  uint64: (text) => `BigInt.asUintN(64, ${text})`,
};

const wrapped = (text: string, dtype: DType): string => wraps[dtype]?.(text) ?? text;

const comparisons: Texts = {
  eq: infix("==="),
  ne: infix("!=="),
  lt: infix("<"),
  le: infix("<="),
  gt: infix(">"),
  ge: infix(">="),
};

const arithmetic: Texts = { neg: prefix("-"), add: infix("+"), sub: infix("-") };
const bitwise: Texts = { and: infix("&"), or: infix("|"), xor: infix("^") };

/** `Math` has most functions of floats under their names; its `round` and `pow` have another meaning. */
const mathematical: Texts = Object.fromEntries(
  Object.getOwnPropertyNames(Math)
    .filter((name) => name !== "round" && name !== "pow" && typeof Math[name as keyof Math] === "function")
    .map((name) => [name, call(`Math.${name}`)]),
);

const floats: Texts = { ...mathematical, ...arithmetic, mul: infix("*"), div: infix("/") };
const integers: Texts = {
  ...arithmetic,
  ...bitwise,
  not: prefix("~"),
  mul: call("Math.imul"),
  min: call("Math.min"),
  max: call("Math.max"),
};
const bigIntegers: Texts = { ...arithmetic, ...bitwise, not: prefix("~"), mul: infix("*") };
const bools: Texts = { ...bitwise, add: infix("|"), max: infix("|"), mul: infix("&"), min: infix("&") };

function textsOf({ kind, big }: DTypeFacts): Texts {
  if (kind === "float") return floats;
  if (kind === "bool") return bools;
  return big ? bigIntegers : integers;
}

/** A conversion; undefined from floats to integers, which is not short. */
function conversion(a: string, from: DTypeFacts, to: DTypeFacts): string | undefined {
  if (to.kind === "bool") return `+(${a} !== ${from.big ? "0n" : "0"})`;
  if (to.big) return from.kind === "float" ? undefined : wrapped(from.big ? a : `BigInt(${a})`, to.name);
  if (to.kind === "float")
    return from.big && to.bytes < 8 ? undefined : wrapped(from.big ? `Number(${a})` : a, to.name);
  if (from.kind === "float") return undefined;
  return wrapped(from.big ? `Number(BigInt.asIntN(32, ${a}))` : a, to.name);
}

/** The text of a primitive; `argument` is the dtype of its last argument. */
export function expressionOf(
  op: Primitive,
  argument: DType,
  result: DType,
  args: readonly string[],
  outside: Outside,
): string {
  const [a, b, c] = args as [string, string, string];
  if (op === "select") return `${a} ? ${b} : ${c}`;
  if (op === "guard") return `${a} ? ${c} : ${b}`;
  const comparison = comparisons[op];
  if (comparison) return `+(${comparison(a, b)})`;
  if (op === "cast") {
    const text = conversion(a, factsOf(argument), factsOf(result));
    if (text !== undefined) return text;
  } else {
    const text = textsOf(factsOf(argument))[op];
    if (text) return wrapped(text(...args), result);
  }
  return `${outside(primitive(op, argument, result))}(${args.join(", ")})`;
}
