/**
 * The part that the fast and the slow way of reading a field share: ends of fields, quotes, exponents, and numbers that
 * must not be rounded twice.
 */
import type { Body, Label, Local } from "../../assembler/module.js";
import { i32, i64, load, select, type Value } from "../../assembler/value.js";

/** The kind of elements that fields are read as: floats, or whole numbers of some bytes. */
export interface Elements {
  readonly kind: "float" | "int" | "uint";
  readonly bytes: number;
}

/** The characters with a meaning, as bytes; -1 where there is none. */
export interface Dialect {
  readonly delimiter: number;
  readonly quote: number;
  readonly comment: number;
}

/** A character as a byte. */
export const char = (text: string): number => text.charCodeAt(0);
export const [newline, carriage, zero] = [char("\n"), char("\r"), char("0")];

/** The traits that a module of the parser is made for. */
export interface ParserTraits extends Dialect {
  readonly elements: Elements;
  /** True if an empty field is a missing value. */
  readonly empty: boolean;
}

/** Macros for some traits. */
export class Marks {
  constructor(readonly traits: ParserTraits) {}

  /** True if the character at `p` ends a field. */
  ends(c: Value, p: Value): Value {
    const line = c.eq(newline).or(c.eq(carriage).and(load("i32.load8_u", p, 1).eq(newline)));
    return c.eq(this.traits.delimiter).or(line);
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

  /** For whole numbers: branches to `bad` if the number does not fit. */
  checkRange(body: Body, whole: Value, negative: Value, bad: Label): void {
    const { kind, bytes } = this.traits.elements;
    const bits = BigInt(8 * bytes);
    const most = kind === "int" ? (1n << (bits - 1n)) - 1n : (1n << bits) - 1n;
    const least = kind === "int" ? most + 1n : 0n;
    body.branch(bad, whole.gt(select(negative, i64(least), i64(most))));
  }
}
