/**
 * The parser as a WebAssembly module: text of whole records in, numbers of the wanted columns out.
 *
 *     parse ─ record ─┬─ field not wanted: skip to its end
 *                     ├─ plain number (digits, point, exponent): converted on the way
 *                     └─ all else (quotes, blanks, words, more than 19 digits): `field`, which takes its time
 *
 * Invariant: behind the text stand at least 64 bytes of zero, so a number that touches the end of the text is never taken
 * for a whole one: what reaches the end is an unfinished record, and its beginning is handed back.
 */
import { digitsAt, entry, isSmall, joinedNumber, maskOf, numberOf, scaled, small } from "./digits.js";
import {
  type Body,
  type Callable,
  call,
  f64,
  i32,
  i64,
  type Label,
  type Local,
  load,
  Module,
  op,
  select,
  type Value,
  v128,
} from "./emitter.js";
import { faults, places, words } from "./tables.js";

/** What elements are, and so how fields are read: floats, or whole numbers of some bytes. */
export interface Elements {
  readonly kind: "float" | "int" | "uint";
  readonly bytes: number;
}

/** The characters (as bytes) that mean something; -1 where there is none. */
export interface Dialect {
  readonly delimiter: number;
  readonly quote: number;
  readonly comment: number;
}

const char = (text: string): number => text.charCodeAt(0);
const [newline, carriage, zero] = [char("\n"), char("\r"), char("0")];

/** What a module of the parser is made for. */
export interface ParserTraits extends Dialect {
  readonly elements: Elements;
  /** True where an empty field is a missing value. */
  readonly empty: boolean;
}

/** The bytes of the module for some traits. */
export function parserModule(traits: ParserTraits): Uint8Array<ArrayBuffer> {
  const module = new Module();
  // the host's part: text to the exact number; a word to its value
  const exact = module.import("exact", ["i32", "i32"], "f64");
  const word = module.import("word", ["i32", "i32"], "f64");
  const macros = new Fields(traits, exact, word);
  const field = module.function("field", ["i32"], "i64", (body, start) => macros.field(body, start!));
  module.function("parse", ["i32", "i32", "i32", "i32", "i32", "i32"], "i32", (body, ...given) => {
    const [position, end, out, most, columns, rowBytes] = given as [Local, Local, Local, Local, Local, Local];
    macros.parse(body, { position, end, out, most, columns, rowBytes }, field);
  });
  return module.bytes();
}

interface Parse {
  readonly position: Local;
  readonly end: Local;
  readonly out: Local;
  readonly most: Local;
  readonly columns: Local;
  readonly rowBytes: Local;
}

class Fields {
  readonly #traits: ParserTraits;
  readonly #exact: Callable;
  readonly #word: Callable;

  constructor(traits: ParserTraits, exact: Callable, word: Callable) {
    this.#traits = traits;
    this.#exact = exact;
    this.#word = word;
  }

  /** True where a character, which stands at `p`, ends a field. */
  #ends(c: Value, p: Value): Value {
    const line = c.eq(newline).or(c.eq(carriage).and(load("i32.load8_u", p, 1).eq(newline)));
    return c.eq(this.#traits.delimiter).or(line);
  }

  /** parse(position, end, out, most, columns, rowBytes) → records. */
  parse(body: Body, { position: p, end, out, most, columns, rowBytes }: Parse, field: Callable): void {
    const { comment, delimiter } = this.#traits;
    body.store(4, 0, end, words.end);
    const rows = body.let(i32(0));
    const [record, slot, lastSlot, target, c] = [0, 0, 0, 0, 0].map(() => body.local("i32")) as [
      Local,
      Local,
      Local,
      Local,
      Local,
    ];
    const stop = (fault: number, column: Value, at: Value): void => {
      body.store(4, 0, record, words.position);
      body.store(4, 0, i32(fault), words.fault);
      body.store(4, 0, at, words.field);
      body.store(4, 0, column, words.column);
      body.return(rows);
    };
    const column = slot.sub(places.slots).shr(2);
    lastSlot.set(columns.sub(1).shl(2).add(places.slots));
    body.loop((nextRecord) => {
      record.set(p);
      slot.set(i32(places.slots));
      body.if(p.ge(end).or(rows.eq(most)), () => stop(faults.none, i32(0), p));
      c.set(load("i32.load8_u", p));
      body.if(c.le(carriage), () => {
        body.if(c.eq(newline), () => {
          p.set(p.add(1));
          body.branch(nextRecord);
        });
        body.if(c.eq(carriage).and(load("i32.load8_u", p, 1).eq(newline)), () => {
          p.set(p.add(2));
          body.branch(nextRecord);
        });
      });
      if (comment >= 0) {
        body.if(c.eq(comment), () => {
          body.while(load("i32.load8_u", p).ne(newline), () => {
            p.set(p.add(1));
            body.if(p.ge(end), () => stop(faults.incomplete, i32(0), p));
          });
          p.set(p.add(1));
          body.branch(nextRecord);
        });
      }
      body.loop((nextField) => {
        target.set(load("i32.load", slot));
        body.if(
          target.eq(-1),
          () => this.#skip(body, p, end, () => stop(faults.incomplete, i32(0), p)),
          () => {
            body.block((done) => {
              body.block((slow) => this.#plain(body, p, out.add(target), slow, done));
              const bits = body.let(call(field, p));
              const fault = body.let(load("i32.load", 0, words.fault));
              body.if(load("i32.load", 0, words.position).ge(end), () => stop(faults.incomplete, i32(0), p));
              body.if(fault, () => stop(faults.text, column, p));
              this.#store(body, out.add(target), bits);
              p.set(load("i32.load", 0, words.position));
            });
          },
        );
        // p stands where the field ends
        body.if(load("i32.load8_u", p).eq(delimiter), () => {
          body.if(slot.eq(lastSlot), () => stop(faults.many, column, p));
          p.set(p.add(1));
          slot.set(slot.add(4));
          body.branch(nextField);
        });
        body.if(p.ge(end), () => stop(faults.incomplete, i32(0), p));
        body.if(slot.ne(lastSlot), () => stop(faults.few, column, p));
      });
      p.set(p.add(select(load("i32.load8_u", p).eq(newline), i32(1), i32(2))));
      rows.set(rows.add(1));
      out.set(out.add(rowBytes));
      body.branch(nextRecord);
    });
  }

  /** To the end of a field that is not wanted. */
  #skip(body: Body, p: Local, end: Local, incomplete: () => void): void {
    const { delimiter, quote } = this.#traits;
    const splat = (byte: number): Value => v128(new Array<number>(16).fill(byte));
    if (quote >= 0) {
      body.if(load("i32.load8_u", p).eq(quote), () => this.#quoted(body, p, end, incomplete));
    }
    const [text, found] = [body.local("v128"), body.local("i32")];
    body.loop((more) => {
      text.set(load("v128.load", p));
      const stops = op("v128.or", op("i8x16.eq", text, splat(delimiter)), op("i8x16.eq", text, splat(newline)));
      found.set(op("i8x16.bitmask", stops));
      body.if(found.not(), () => {
        p.set(p.add(16));
        body.if(p.ge(end), incomplete);
        body.branch(more);
      });
    });
    p.set(p.add(op("i32.ctz", found)));
    body.if(p.ge(end), incomplete);
    // the carriage return of a line's end belongs to the end
    const back = load("i32.load8_u", p)
      .eq(newline)
      .and(load("i32.load8_u", p.sub(1)).eq(carriage));
    p.set(p.sub(back));
  }

  /** From the quote that opens a field behind the one that closes it. */
  #quoted(body: Body, p: Local, end: Value, incomplete: () => void): void {
    const { quote } = this.#traits;
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

  #store(body: Body, address: Value, bits: Value): void {
    const { kind, bytes } = this.#traits.elements;
    if (kind === "float" && bytes === 4) {
      const number = op("f32.demote_f64", op("f64.reinterpret_i64", bits));
      body.store(4, address, op("i32.reinterpret_f32", number));
    } else body.store(bytes, address, bits);
  }

  /** A plain number, to memory; `p` then stands at its end. Branches to `slow` with `p` unmoved, or to `done`. */
  #plain(body: Body, p: Local, address: Value, slow: Label, done: Label): void {
    const { kind } = this.#traits.elements;
    const q = body.let(p);
    const c = body.let(load("i32.load8_u", p));
    const negative = body.let(c.eq(char("-")));
    q.set(q.add(negative));
    const digits = body.let(digitsAt(q));
    const others = body.let(maskOf(digits).xor(-1));
    const whole = body.local("i64");
    const exponent = body.let(i32(0));
    const count = body.let(op("i32.ctz", others));
    body.branch(slow, count.sub(1).ge(kind === "float" ? 15 : 16)); // no digit, or too many
    const integer = (): void => {
      body.if(
        count.eq(1),
        () => whole.set(load("i64.load8_u", q).sub(zero)),
        () => whole.set(numberOf(body, digits, count)),
      );
    };
    if (kind !== "float") integer();
    c.set(load("i32.load8_u", q.add(count)));
    if (kind === "float") {
      body.if(
        c.eq(char(".")),
        () => {
          // where the digits behind the point end
          others.set(others.and(others.sub(1)).and(0xffff));
          const fraction = body.local("i32");
          body.if(
            others,
            () => {
              const length = body.let(op("i32.ctz", others));
              whole.set(joinedNumber(body, digits, count, length));
              fraction.set(length.sub(count).sub(1));
              q.set(q.add(length));
            },
            () => {
              integer();
              others.set(maskOf(digitsAt(q, 16)).xor(-1));
              fraction.set(op("i32.ctz", others).add(15).sub(count));
              // 19 digits fit into 64 bits; a single 0 before the point is none of them
              body.branch(slow, fraction.gt(i32(19).sub(select(whole.not(), i32(0), count))));
              q.set(q.add(count).add(1));
              // without a branch on the number of digits, which cannot be foreseen
              const first = body.let(select(fraction.gt(16), i32(16), fraction));
              const rest = body.let(fraction.sub(first));
              const high = whole.mul(entry("i64.load", places.integers, first));
              whole.set(high.add(numberOf(body, digitsAt(q), first)));
              const shifted = whole.mul(entry("i64.load", places.integers, rest));
              whole.set(shifted.add(numberOf(body, digitsAt(q, 16), rest)));
              q.set(q.add(fraction));
            },
          );
          exponent.set(i32(0).sub(fraction));
          c.set(load("i32.load8_u", q));
        },
        () => {
          integer();
          q.set(q.add(count));
        },
      );
      body.if(c.or(0x20).eq(char("e")), () => this.#exponent(body, q, c, exponent, slow));
    }
    if (kind !== "float") q.set(q.add(count));
    body.if(c.ne(this.#traits.delimiter), () => body.branch(slow, this.#ends(c, q).not()));
    if (kind === "float") {
      const value = body.local("f64");
      body.if(
        isSmall(whole, exponent),
        () => small(body, whole, exponent, value),
        () => scaled(body, whole, exponent, value, slow),
      );
      const signs = body.let(op("i64.reinterpret_f64", value).or(negative.wide().shl(63)));
      this.#refuseTies(body, signs, slow);
      this.#store(body, address, signs);
    } else {
      this.#checkRange(body, whole, negative, slow);
      this.#store(body, address, select(negative, op("i64.sub", i64(0), whole), whole));
    }
    p.set(q);
    body.branch(done);
  }

  /** From "e" on: adds to the exponent; `c` is then the character behind. */
  #exponent(body: Body, q: Local, c: Local, exponent: Local, bad: Label): void {
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
      // beyond 99999 it says nothing more; the text may still be long
      power.set(select(power.gt(9999), i32(99999), power.mul(10).add(c).sub(zero)));
      q.set(q.add(1));
      c.set(load("i32.load8_u", q));
      body.branch(again, c.sub(zero).le(9));
    });
    exponent.set(exponent.add(select(minus, i32(0).sub(power), power)));
  }

  /** For float32: a float64 half way between two of them, or subnormal as one, was perhaps rounded; the text must decide. */
  #refuseTies(body: Body, bits: Value, slow: Label): void {
    if (this.#traits.elements.bytes === 8) return;
    const magnitude = body.let(bits.shl(1).shr(1));
    const least = 0x3810000000000000n; // 2^-126
    const tie = magnitude.and(0x1fffffff).eq(0x10000000);
    body.branch(slow, tie.or(magnitude.lt(least).and(magnitude.ne(0))));
  }

  /** For whole numbers: branches where the number does not fit. */
  #checkRange(body: Body, whole: Value, negative: Value, bad: Label): void {
    const { kind, bytes } = this.#traits.elements;
    const bits = BigInt(8 * bytes);
    const most = kind === "int" ? (1n << (bits - 1n)) - 1n : (1n << bits) - 1n;
    const least = kind === "int" ? most + 1n : 0n;
    body.branch(bad, whole.gt(select(negative, i64(least), i64(most))));
  }

  /** field(start) → bits; the end in words.position, and whether it is no number in words.fault. */
  field(body: Body, start: Local): void {
    const { quote } = this.#traits;
    const p = body.let(start);
    const [from, to] = [body.let(start), body.let(start)];
    const bad = body.let(i32(0));
    const end = load("i32.load", 0, words.end);
    const finish = (bits: Value, fault: number): void => {
      body.store(4, 0, p, words.position);
      body.store(4, 0, i32(fault), words.fault);
      body.return(bits);
    };
    const toEnd = (): void => {
      body.loop((again) => {
        body.if(p.ge(end), () => finish(i64(0), faults.incomplete));
        body.if(this.#ends(load("i32.load8_u", p), p).not(), () => {
          p.set(p.add(1));
          body.branch(again);
        });
      });
    };
    const plain = (): void => {
      toEnd();
      to.set(p);
    };
    if (quote < 0) plain();
    else
      body.if(
        load("i32.load8_u", p).eq(quote),
        () => {
          this.#quoted(body, p, end, () => {
            p.set(end);
            finish(i64(0), faults.incomplete);
          });
          from.set(start.add(1));
          to.set(p.sub(1));
          const closed = body.let(p);
          toEnd();
          bad.set(p.ne(closed)); // text behind the closing quote
        },
        plain,
      );
    const blank = (c: Value): Value => c.eq(char(" ")).or(c.eq(char("\t")));
    body.while(from.lt(to).and(blank(load("i32.load8_u", from))), () => from.set(from.add(1)));
    body.while(from.lt(to).and(blank(load("i32.load8_u", to.sub(1)))), () => to.set(to.sub(1)));
    body.block((notNumber) => {
      body.branch(notNumber, bad.or(from.eq(to)));
      const bits = this.#anyNumber(body, from, to, notNumber);
      finish(bits, faults.none);
    });
    body.if(bad, () => finish(i64(0), faults.text));
    if (this.#traits.elements.kind === "float") this.#words(body, from, to, finish);
    finish(i64(0), faults.text);
  }

  /** A number written in any way, which is all the text from `from` to `to`. */
  #anyNumber(body: Body, from: Local, to: Local, bad: Label): Value {
    const { kind } = this.#traits.elements;
    const q = body.let(from);
    const c = body.let(load("i32.load8_u", q));
    const negative = body.let(c.eq(char("-")));
    q.set(q.add(negative.or(c.eq(char("+")))));
    const whole = body.let(i64(0));
    const [seen, significant, point, dropped, exponent] = [0, 0, 0, 0, 0].map(() => body.let(i32(0))) as [
      Local,
      Local,
      Local,
      Local,
      Local,
    ];
    body.block((behind) => {
      body.loop((again) => {
        body.branch(behind, q.ge(to));
        c.set(load("i32.load8_u", q));
        q.set(q.add(1));
        body.if(c.sub(zero).le(9), () => {
          seen.set(i32(1));
          body.if(
            significant.lt(19),
            () => {
              whole.set(whole.mul(10).add(c.sub(zero).wide()));
              significant.set(significant.add(whole.ne(0)));
              exponent.set(exponent.sub(point));
            },
            () => {
              dropped.set(dropped.or(c.sub(zero)));
              exponent.set(exponent.add(1).sub(point));
              if (kind !== "float") this.#twentieth(body, { whole, significant, c, bad });
            },
          );
          body.branch(again);
        });
        if (kind === "float") {
          body.if(c.eq(char(".")).and(point.not()), () => {
            point.set(i32(1));
            body.branch(again);
          });
        }
        q.set(q.sub(1));
      });
    });
    body.branch(bad, seen.not());
    if (kind !== "float") {
      body.branch(bad, q.ne(to));
      this.#checkRange(body, whole, negative, bad);
      return select(negative, op("i64.sub", i64(0), whole), whole);
    }
    body.if(q.lt(to).and(load("i32.load8_u", q).or(0x20).eq(char("e"))), () => {
      c.set(load("i32.load8_u", q));
      this.#exponent(body, q, c, exponent, bad);
    });
    body.branch(bad, q.ne(to));
    const [value, second] = [body.local("f64"), body.local("f64")];
    const bits = body.local("i64");
    body.block((done) => {
      body.block((undecided) => {
        body.if(
          isSmall(whole, exponent).and(dropped.not()),
          () => small(body, whole, exponent, value),
          () => scaled(body, whole, exponent, value, undecided),
        );
        body.if(dropped, () => {
          // the number lies between these two
          whole.set(whole.add(1));
          scaled(body, whole, exponent, second, undecided);
          body.branch(undecided, op("f64.eq", value, second).not());
        });
        bits.set(op("i64.reinterpret_f64", value).or(negative.wide().shl(63)));
        this.#refuseTies(body, bits, undecided);
        body.branch(done);
      });
      bits.set(op("i64.reinterpret_f64", call(this.#exact, from, to)));
    });
    return bits;
  }

  /** Whole numbers have at most 20 digits, and the twentieth must not carry out of 64 bits. */
  #twentieth(
    body: Body,
    { whole, significant, c, bad }: { whole: Local; significant: Local; c: Local; bad: Label },
  ): void {
    const most = (1n << 64n) - 1n;
    const digit = c.sub(zero).wide();
    body.branch(bad, significant.gt(19).or(whole.gt(i64(most / 10n))));
    body.branch(bad, whole.eq(i64(most / 10n)).and(digit.gt(i64(most % 10n))));
    whole.set(whole.mul(10).add(digit));
    significant.set(significant.add(1));
  }

  /** "nan", "inf" and what stands for missing values. */
  #words(body: Body, from: Local, to: Local, finish: (bits: Value, fault: number) => void): void {
    const length = body.let(to.sub(from));
    if (this.#traits.empty) {
      body.if(length.not(), () => finish(op("i64.reinterpret_f64", f64(Number.NaN)), faults.none));
    }
    body.if(length.sub(1).lt(8), () => {
      const text = load("i64.load", from).and(i64(-1n).shr(i32(64).sub(length.shl(3)).wide()));
      const key = body.let(text);
      const at = body.let(i32(places.words + 16));
      const stop = body.let(
        load("i32.load", 0, places.words)
          .shl(4)
          .add(places.words + 16),
      );
      body.while(at.lt(stop), () => {
        body.if(load("i64.load", at).eq(key), () => finish(load("i64.load", at, 8), faults.none));
        at.set(at.add(16));
      });
    });
    const value = body.let(call(this.#word, from, to));
    body.if(load("i32.load", 0, words.fault).not(), () => finish(op("i64.reinterpret_f64", value), faults.none));
  }
}
