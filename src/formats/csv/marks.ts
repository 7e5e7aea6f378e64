/**
 * The part that the fast and the slow way of reading a field share: ends of fields, quotes, exponents, and numbers that
 * must not be rounded twice.
 */
import type { Body, Label, Local } from "../../assembler/module.js";
import { f64, i32, i64, load, op, select, type Value } from "../../assembler/value.js";

/** The kind of elements that fields are read as: floats, or whole numbers (bools are 0 and 1) of some bytes. */
export interface Elements {
  readonly kind: "float" | "int" | "uint" | "bool";
  readonly bytes: number;
}

/** The characters with a meaning, as bytes; -1 where there is none. */
export interface Dialect {
  readonly delimiter: number;
  /**
   * True if any number of blanks (spaces and tabs) is one delimiter, and blanks at the ends of a line mean nothing. The
   * delimiter is then a space.
   */
  readonly runs: boolean;
  readonly quote: number;
  readonly comment: number;
}

/** How numbers are written. */
export interface NumberStyle {
  /** The character before the fraction, as a byte. */
  readonly decimal: number;
  /** The character between groups of three digits, as a byte; -1: none. */
  readonly thousands: number;
  /** Numbers that stand for a missing value, in plain decimal text. */
  readonly sentinels: readonly string[];
}

/** A character as a byte. */
export const char = (text: string): number => text.charCodeAt(0);
export const [newline, carriage, zero] = [char("\n"), char("\r"), char("0")];

/** The traits that a module of the parser is made for. */
export interface ParserTraits extends Dialect, NumberStyle {
  readonly elements: Elements;
  /** True if an empty field is a missing value. */
  readonly empty: boolean;
  /** True if floats must not round whole numbers: nobody asked for floats. */
  readonly exact: boolean;
}

/** True if a character is a space or a tab. */
export const isBlank = (c: Value): Value => c.eq(char(" ")).or(c.eq(char("\t")));

/** True if a character separates fields. */
export function isDelimiter(c: Value, { delimiter, runs }: Dialect): Value {
  return runs ? isBlank(c) : c.eq(delimiter);
}

/** The bits of NaN. */
export const nan = op("i64.reinterpret_f64", f64(Number.NaN));

/** The whole number that a decimal text is, if it is one that 64 bits may hold. */
function wholeOf(text: string): bigint | undefined {
  const value = /^-?\d+$/.test(text) ? BigInt(text) : undefined;
  return value !== undefined && value < 2n ** 64n && value >= -(2n ** 63n) ? value : undefined;
}

/** Macros for some traits. */
export class Marks {
  constructor(readonly traits: ParserTraits) {}

  /** True if the character at `p` ends a field. */
  ends(c: Value, p: Value): Value {
    return isDelimiter(c, this.traits).or(this.endsLine(c, p));
  }

  /** True if the character at `p` ends a line. */
  endsLine(c: Value, p: Value): Value {
    return c.eq(newline).or(c.eq(carriage).and(load("i32.load8_u", p, 1).eq(newline)));
  }

  /** Moves `p` from the quote that opens a field to the place behind the one that closes it. */
  quoted(body: Body, p: Local, end: Value, incomplete: () => void): void {
    const { quote } = this.traits;
    p.set(p.add(1));
    body.loop((again) => {
      body.if(p.ge(end), incomplete);
      body.if(load("i32.load8_u", p).ne(quote), () => {
        p.set(p.add(1));
        body.branch(again);
      });
      body.if(load("i32.load8_u", p, 1).eq(quote), () => {
        p.set(p.add(2));
        body.branch(again);
      });
    });
    p.set(p.add(1));
  }

  /** Reads an exponent, from "e" on, and adds it to `exponent`; `c` is then the character behind it. */
  exponent(body: Body, q: Local, c: Local, exponent: Local, bad: Label): void {
    q.set(q.add(1));
    c.set(load("i32.load8_u", q));
    const minus = body.let(c.eq(char("-")));
    body.if(minus.or(c.eq(char("+"))), () => {
      q.set(q.add(1));
      c.set(load("i32.load8_u", q));
    });
    body.branch(bad, c.sub(zero).gt(9));
    const power = body.let(i32(0));
    body.loop((again) => {
      // beyond 99999 the value no longer matters; the text may still be long
      power.set(select(power.gt(9999), i32(99999), power.mul(10).add(c).sub(zero)));
      q.set(q.add(1));
      c.set(load("i32.load8_u", q));
      body.branch(again, c.sub(zero).le(9));
    });
    exponent.set(exponent.add(select(minus, i32(0).sub(power), power)));
  }

  /**
   * For float32: a float64 half way between two of them, or subnormal as one, may have been rounded, so the text
   * decides.
   */
  refuseTies(body: Body, bits: Value, slow: Label): void {
    if (this.traits.elements.bytes === 8) return;
    const magnitude = body.let(bits.shl(1).shr(1));
    const least = 0x3810000000000000n; // 2^-126
    const tie = magnitude.and(0x1fffffff).eq(0x10000000);
    body.branch(slow, tie.or(magnitude.lt(least).and(magnitude.ne(0))));
  }

  /** The bits of a float, or those of NaN if the float stands for a missing value. */
  orMissing(body: Body, bits: Local): Value {
    const value = op("f64.reinterpret_i64", bits);
    for (const text of this.traits.sentinels) {
      body.if(op("f64.eq", value, f64(Number(text))), () => bits.set(nan));
    }
    return bits;
  }

  /** For whole numbers: branches to `bad` if the number stands for a missing value. */
  refuseSentinels(body: Body, whole: Value, negative: Value, bad: Label): void {
    for (const text of this.traits.sentinels) {
      const sentinel = wholeOf(text);
      if (sentinel === undefined) continue;
      const magnitude = sentinel < 0n ? -sentinel : sentinel;
      const sign = i32(sentinel < 0n ? 1 : 0);
      body.branch(bad, sentinel === 0n ? whole.not() : whole.eq(i64(magnitude)).and(negative.eq(sign)));
    }
  }

  /** For whole numbers: branches to `bad` if the number does not fit. */
  checkRange(body: Body, whole: Value, negative: Value, bad: Label): void {
    const { kind, bytes } = this.traits.elements;
    const bits = BigInt(8 * bytes);
    const most = kind === "bool" ? 1n : kind === "int" ? (1n << (bits - 1n)) - 1n : (1n << bits) - 1n;
    const least = kind === "int" ? most + 1n : 0n;
    body.branch(bad, whole.gt(select(negative, i64(least), i64(most))));
  }
}
