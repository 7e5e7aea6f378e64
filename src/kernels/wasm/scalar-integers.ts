/**
 * Integers in scalar lanes: 64-bit ones in an i64, all others in an i32. The meaning is that of `program/evaluate.ts`:
 * results out of range wrap, a division by 0 gives 0, and a shift by the width or more leaves nothing.
 *
 * Invariant: an integer of 8 or 16 bits is kept in its i32 as its dtype would read it (sign- or zero-extended), so
 * every operation that can leave the range ends with {@link wrap}.
 */

import type { Code, Local } from "../../assembler/code.js";
import { type DType, type DTypeFacts, factsOf } from "../../data/dtype.js";
import { at } from "../../data/lists.js";
import type { Value } from "../../program/evaluate.js";
import type { Primitive } from "../../program/scalar.js";
import { type Address, type LaneValue, powerRefusal } from "./lanes.js";

/** The types of WebAssembly that hold integers. */
export type Integer = "i32" | "i64";

/** The type of WebAssembly that holds one element. */
export function scalarType(dtype: DType): Integer | "f32" | "f64" {
  const { kind, bytes } = factsOf(dtype);
  if (kind === "float") return bytes === 8 ? "f64" : "f32";
  return bytes === 8 ? "i64" : "i32";
}

/** The type of WebAssembly that holds one integer. */
function integerType(dtype: DType): Integer {
  return factsOf(dtype).bytes === 8 ? "i64" : "i32";
}

/** True if the high bit is not a sign. */
export function isUnsigned({ kind }: DTypeFacts): boolean {
  return kind === "uint" || kind === "bool";
}

/** Wraps the integer on the stack into the range of its dtype. */
export function wrap(code: Code, { kind, bytes }: DTypeFacts): void {
  if (bytes >= 4) return;
  if (kind === "uint") code.i32(2 ** (8 * bytes) - 1).op("i32.and");
  else code.op(bytes === 1 ? "i32.extend8_s" : "i32.extend16_s");
}

/** Pushes a constant. */
export function integerConstant(code: Code, type: Integer, value: number): Code {
  return type === "i64" ? code.op("i64.const", BigInt(value)) : code.i32(value);
}

/** By the bits of an integer, the masks of every other 8, 16 and 32 bits. */
const alternating = {
  32: { 8: 0x00ff00ff, 16: 0x0000ffff },
  64: { 8: 0x00ff00ff00ff00ffn, 16: 0x0000ffff0000ffffn, 32: 0x00000000ffffffffn },
} as const;

/** Reverses the bytes of the integer on the stack: exchanges its halves, then their halves, down to bytes. */
function reverseBytes(code: Code, type: Integer, bytes: number): void {
  const turning = code.local(type, "turning");
  const masks: Readonly<Record<number, number | bigint>> = alternating[type === "i64" ? 64 : 32];
  for (let bits = 4 * bytes; bits >= 8; bits /= 2) {
    const mask = (): Code => code.op(`${type}.const`, masks[bits]!).op(`${type}.and`);
    code.tee(turning);
    mask();
    integerConstant(code, type, bits).op(`${type}.shl`);
    code.get(turning);
    integerConstant(code, type, bits).op(`${type}.shr_u`);
    mask().op(`${type}.or`);
  }
}

/** Pushes an element from memory whose bytes are in the other order. */
export function loadReversed(code: Code, dtype: DType, { pointer, offset }: Address): void {
  const { bytes } = factsOf(dtype);
  const type = scalarType(dtype);
  const integer = bytes === 8 ? "i64" : "i32";
  code.get(pointer).op(bytes === 1 ? "i32.load8_u" : bytes === 2 ? "i32.load16_u" : `${integer}.load`, offset);
  reverseBytes(code, integer, bytes);
  if (type === "f64") code.op("f64.reinterpret_i64");
  else if (type === "f32") code.op("f32.reinterpret_i32");
  else wrap(code, factsOf(dtype));
}

/** Quotient and remainder towards minus infinity; by 0 they are 0. */
function divide(code: Code, op: "floordiv" | "mod", type: Integer, facts: DTypeFacts, a: Local, b: Local): void {
  const constant = (value: number): Code => integerConstant(code, type, value);
  const sign = isUnsigned(facts) ? "u" : "s";
  const [safe, rest] = [code.local(type, "divisor"), code.local(type, "rest")];
  // The machine traps when it divides by 0, or the least number by -1: divide by 1 instead, and correct the answer.
  constant(1).get(b, b).op(`${type}.eqz`);
  if (sign === "s") constant(-1).get(b).op(`${type}.eq`).op("i32.or");
  code.op("select").set(safe);
  code.get(a, safe).op(`${type}.rem_${sign}`).set(rest);
  // 1 if the remainder does not have the sign of the divisor.
  const crosses = (): Code => {
    code.get(rest, safe).op(`${type}.xor`);
    constant(0).op(`${type}.lt_s`);
    code.get(rest);
    constant(0).op(`${type}.ne`);
    return code.op("i32.and");
  };
  if (op === "mod") {
    code.get(rest);
    if (sign === "u") return;
    code.get(safe);
    constant(0);
    crosses().op("select").op(`${type}.add`);
    return;
  }
  // b = -1: the answer is -a; b = 0: it is 0.
  if (sign === "s") constant(0).get(a).op(`${type}.sub`);
  constant(0).get(a, safe).op(`${type}.div_${sign}`);
  if (sign === "s") {
    crosses();
    if (type === "i64") code.op("i64.extend_i32_u");
    code.op(`${type}.sub`);
  }
  code.get(b).op(`${type}.eqz`).op("select");
  if (sign === "s") {
    code.get(b);
    constant(-1).op(`${type}.eq`).op("select");
  }
}

/** Powers by squaring. A negative power leaves the kernel with an error. */
function power(code: Code, type: Integer, facts: DTypeFacts, a: Local, b: Local): void {
  const constant = (value: number): Code => integerConstant(code, type, value);
  const [result, base, rest] = [code.local(type, "power"), code.local(type, "base"), code.local(type, "exponent")];
  if (!isUnsigned(facts)) {
    code.get(b);
    constant(0)
      .op(`${type}.lt_s`)
      .if(() => code.call(powerRefusal).op("drop"));
  }
  code.get(a).set(base);
  constant(1).set(result);
  code.get(b).set(rest);
  const isNotZero = (): Code => constant(0).op(`${type}.ne`);
  code.get(rest);
  isNotZero().if(() =>
    code.loop(() => {
      code.get(result, base).op(`${type}.mul`).get(result, rest);
      constant(1).op(`${type}.and`);
      isNotZero().op("select").set(result);
      code.get(base, base).op(`${type}.mul`).set(base).get(rest);
      constant(1).op(`${type}.shr_u`).tee(rest);
      isNotZero();
    }),
  );
  code.get(result);
}

/** Shifts by the width or more, or by a negative count, leave nothing (or, to the right, the sign). */
function shift(code: Code, op: "shl" | "shr", type: Integer, facts: DTypeFacts, a: Local, b: Local): void {
  const constant = (value: number): Code => integerConstant(code, type, value);
  const fits = (): Code => {
    code.get(b);
    return constant(8 * facts.bytes).op(`${type}.lt_u`);
  };
  if (op === "shr" && !isUnsigned(facts)) {
    code.get(a, b);
    constant(8 * facts.bytes - 1);
    fits().op("select").op(`${type}.shr_s`);
    return;
  }
  code.get(a, b).op(op === "shl" ? `${type}.shl` : `${type}.shr_u`);
  constant(0);
  fits().op("select");
}

/** The count of a shift if it is a constant less than the width; undefined otherwise. */
export function constantShift(op: Primitive, dtype: DType, count: Value | undefined): number | undefined {
  if ((op !== "shl" && op !== "shr") || count === undefined) return undefined;
  return count >= 0 && count < 8 * factsOf(dtype).bytes ? Number(count) : undefined;
}

/** Pushes the result of a shift by a constant; false, with nothing pushed, if it is not one. */
export function shiftByConstant(code: Code, op: Primitive, dtype: DType, args: readonly LaneValue[]): boolean {
  const count = constantShift(op, dtype, args[1]?.constant);
  if (count === undefined) return false;
  const type = integerType(dtype);
  code.get(at(args, 0).local);
  integerConstant(code, type, count).op(
    op === "shl" ? `${type}.shl` : `${type}.shr_${isUnsigned(factsOf(dtype)) ? "u" : "s"}`,
  );
  wrap(code, factsOf(dtype));
  return true;
}

const integerOps = { add: "add", sub: "sub", mul: "mul", and: "and", or: "or", xor: "xor" } as const;

/** Pushes the result of a primitive on integers. */
export function applyInteger(code: Code, op: Primitive, dtype: DType, args: readonly Local[]): void {
  const facts = factsOf(dtype);
  const type = integerType(dtype);
  const constant = (value: number): Code => integerConstant(code, type, value);
  const [a, b] = [at(args, 0), at(args, args.length - 1)];
  const sign = isUnsigned(facts) ? "u" : "s";
  switch (op) {
    case "neg":
      constant(0).get(a).op(`${type}.sub`);
      break;
    case "not":
      code.get(a);
      constant(-1).op(`${type}.xor`);
      break;
    case "abs":
      if (sign === "s") constant(0).get(a).op(`${type}.sub`);
      code.get(a);
      if (sign === "s") {
        code.get(a);
        constant(0).op(`${type}.lt_s`).op("select");
      }
      break;
    case "min":
    case "max":
      code
        .get(a, b, a, b)
        .op(`${type}.${op === "min" ? "lt" : "gt"}_${sign}`)
        .op("select");
      break;
    case "floordiv":
    case "mod":
      divide(code, op, type, facts, a, b);
      break;
    case "pow":
      power(code, type, facts, a, b);
      break;
    case "shl":
    case "shr":
      shift(code, op, type, facts, a, b);
      break;
    case "add":
    case "sub":
    case "mul":
    case "and":
    case "or":
    case "xor":
      code.get(a, b).op(`${type}.${integerOps[op]}`);
      break;
    default:
      // floor, ceil, trunc and round: it is whole already.
      code.get(a);
  }
  wrap(code, facts);
}
