/**
 * Digits to numbers, as macros for the parser.
 *
 * Up to 16 digits become an integer at once: each byte is a digit, neighbours are joined to numbers below 100, 10^4,
 * 10^8. An integer and a power of ten become the nearest float64 by one exact multiplication if both are small
 * (Clinger), and otherwise by the method of Eisel and Lemire ("Number Parsing at a Gigabyte per Second", 2021): a
 * product of 128 bits, whose uncertain lowest bits hardly ever matter. If they might, or the result is subnormal or not
 * finite, the host decides.
 *
 * Invariant: the result of these macros is the nearest number, to even in a tie.
 */
import type { Body, Label, Local } from "../../assembler/module.js";
import { i32, lane, load, op, type Value, v128 } from "../../assembler/value.js";
import { leastPower, mostPower, places } from "./tables.js";

const repeat = (...bytes: number[]): Value => v128(new Array<number[]>(16 / bytes.length).fill(bytes).flat());
const half = 0xffffffffn;

/** The bytes from an address on, less "0": those of at most 9 are digits. */
export function digitsAt(address: Value, offset = 0): Value {
  return op("i8x16.sub", load("v128.load", address, offset), repeat(0x30));
}

/** A bit for each byte that is a digit. */
export function maskOf(digits: Value): Value {
  return op("i8x16.bitmask", op("i8x16.le_u", digits, repeat(9)));
}

/** The number that the first `count` (at most 16) digits make. */
export function numberOf(body: Body, digits: Value, count: Value): Value {
  return alignedNumber(body, body.let(op("i8x16.swizzle", digits, load("v128.load", count, places.shifts))));
}

/** The number that the first `length` (at most 16) bytes make without the point, which is the byte number `point`. */
export function joinedNumber(body: Body, digits: Value, point: Value, length: Value): Value {
  const lanes = body.let(load("v128.load", length, places.shifts));
  // the digits up to the point move by one place, over it
  const moved = op("i8x16.add", lanes, op("i8x16.le_u", lanes, op("i8x16.splat", point)));
  return alignedNumber(body, body.let(op("i8x16.swizzle", digits, moved)));
}

/** The number that 16 digits make. */
function alignedNumber(body: Body, aligned: Local): Value {
  const tens = op("i16x8.mul", op("v128.and", aligned, repeat(0xff, 0)), repeat(10, 0));
  const pairs = op("i16x8.add", tens, op("i16x8.shr_u", aligned, i32(8)));
  const fours = body.let(op("i32x4.dot_i16x8_s", pairs, repeat(100, 0, 1, 0)));
  const eights = op("i32x4.dot_i16x8_s", op("i16x8.narrow_i32x4_u", fours, fours), repeat(0x10, 0x27, 1, 0));
  const both = body.let(lane("i64x2.extract_lane", eights, 0));
  return both.and(half).mul(100000000).add(both.shr(32));
}

/** An entry of a table of 8 bytes each. */
export const entry = (name: "i64.load" | "f64.load", table: number, index: Value): Value =>
  load(name, index.shl(3), table);

/** The product of two numbers of 64 bits, as two halves. */
function product(body: Body, a: Local, b: Local): { high: Value; low: Value } {
  const [a0, a1] = [body.let(a.and(half)), body.let(a.shr(32))];
  const [b0, b1] = [body.let(b.and(half)), body.let(b.shr(32))];
  const [left, right] = [body.let(a1.mul(b0)), body.let(a0.mul(b1))];
  const middle = a0.mul(b0).shr(32).add(left.and(half)).add(right.and(half));
  return { high: a1.mul(b1).add(left.shr(32)).add(right.shr(32)).add(middle.shr(32)), low: a.mul(b) };
}

/**
 * True where {@link small} is exact and used. It is exact up to 2^53. But files have numbers of 16 and of 17 digits
 * together, some above and some below, and a branch that cannot be predicted costs more than the longer way.
 */
export function isSmall(whole: Value, exponent: Value): Value {
  return whole.le(10n ** 15n).and(exponent.add(22).le(44));
}

/** `whole` · 10^`exponent` by one operation on exact numbers. */
export function small(body: Body, whole: Value, exponent: Local, to: Local): void {
  const number = op("f64.convert_i64_u", whole);
  body.if(
    op("i32.lt_s", exponent, i32(0)),
    () => to.set(op("f64.div", number, entry("f64.load", places.floats, i32(0).sub(exponent)))),
    () => to.set(op("f64.mul", number, entry("f64.load", places.floats, exponent))),
  );
}

/** `whole` · 10^`exponent` into `to`; branches to `undecided` where the host must decide. */
export function scaled(body: Body, whole: Local, exponent: Local, to: Local, undecided: Label): void {
  body.branch(undecided, whole.not());
  body.branch(undecided, exponent.add(-leastPower).gt(mostPower - leastPower));
  const zeros = body.let(op("i64.clz", whole));
  const first = body.let(whole.shl(zeros));
  const place = body.let(exponent.add(-leastPower).shl(4));
  const power = body.let(load("i64.load", place, places.powers));
  const { high: h, low: l } = product(body, first, power);
  const [high, low] = [body.let(h), body.let(l)];
  body.if(high.and(0x1ff).eq(0x1ff), () => {
    const rest = body.let(load("i64.load", place, places.powers + 8));
    const added = body.let(product(body, first, rest).high);
    low.set(low.add(added));
    high.set(high.add(low.lt(added).wide()));
  });
  body.branch(undecided, low.eq(-1));
  const top = body.let(high.shr(63));
  const mantissa = body.let(high.shr(top.add(9)));
  // 217706 / 2^16 is log2(10), near enough for all exponents of the table
  const logarithm = op("i32.shr_s", exponent.mul(217706), i32(16));
  const biased = body.let(logarithm.add(63 + 1023).add(top.sub(zeros).low()));
  body.branch(undecided, biased.sub(1).ge(0x7fd)); // subnormal, or not finite
  const tie = low.le(1).and(exponent.add(4).le(27)).and(mantissa.and(3).eq(1));
  body.if(tie, () => {
    body.if(mantissa.shl(top.add(9)).eq(high), () => mantissa.set(mantissa.and(~1n)));
  });
  mantissa.set(mantissa.add(mantissa.and(1)).shr(1));
  // a carry into bit 53 leaves zeros below, and adds 1 to the exponent by itself
  const bits = mantissa.sub(1n << 52n).add(biased.wide().shl(52));
  to.set(op("f64.reinterpret_i64", bits));
}
