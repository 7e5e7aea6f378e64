/**
 * The parser as a WebAssembly module: text of whole records in, numbers of the wanted columns out.
 *
 *     parse ─ record ─┬─ field not wanted: skip to its end
 *                     ├─ plain number (digits, point, exponent): converted on the way
 *                     └─ anything else (quotes, blanks, words, more than 19 digits): `field`, the slow way
 *
 * Invariant: at least 64 bytes of zero follow the text, so a number that touches the end of the text is never mistaken
 * for a whole one. A record that reaches the end is unfinished, and its beginning is returned.
 */
import { type Body, type Label, type Local, Module } from "../../assembler/module.js";
import { type Callable, call, i32, i64, load, op, select, type Value, v128 } from "../../assembler/value.js";
import { digitsAt, entry, isSmall, joinedNumber, maskOf, numberOf, scaled, small } from "./digits.js";
import { SlowField } from "./field.js";
import { carriage, char, isBlank, isDelimiter, Marks, newline, type ParserTraits, zero } from "./marks.js";
import { faults, places, words } from "./tables.js";

/** The bytes of the module for some traits. */
export function parserModule(traits: ParserTraits): Uint8Array<ArrayBuffer> {
  const module = new Module();
  // the host turns text into the exact number and a word into its value, and says if a number loses digits
  const exact = module.import("exact", ["i32", "i32"], "f64");
  const word = module.import("word", ["i32", "i32"], "f64");
  const rounds = module.import("rounds", ["i32", "i32"], "i32");
  const slow = new SlowField(traits, { exact, word, rounds });
  const field = module.function("field", "i64", (body) => slow.field(body));
  module.function("parse", "i32", (body) => new Records(traits).parse(body, field));
  return module.bytes();
}

/** What is known of a plain number while it is read. */
interface Plain {
  /** The place that is read, and a character there. */
  readonly q: Local;
  readonly c: Local;
  /** The 16 bytes of its beginning, less "0", and a bit for each that is no digit. */
  readonly digits: Local;
  readonly others: Local;
  /** The digits before any point. */
  readonly count: Local;
  /** The number is `whole` · 10^`exponent`. */
  readonly whole: Local;
  readonly exponent: Local;
}

class Records extends Marks {
  /** parse(position, end, out, most, columns, rowBytes) → records. */
  parse(body: Body, field: Callable): void {
    const { comment, runs } = this.traits;
    const parameter = (): Local => body.parameter("i32");
    const [p, end, out] = [parameter(), parameter(), parameter()];
    const [most, columns, rowBytes] = [parameter(), parameter(), parameter()];
    body.store(4, 0, end, words.end);
    const rows = body.let(i32(0));
    const local = (): Local => body.local("i32");
    const [record, slot, lastSlot, target, c] = [local(), local(), local(), local(), local()];
    const stop = (fault: number | Value, column: Value, at: Value): void => {
      body.store(4, 0, record, words.position);
      body.store(4, 0, typeof fault === "number" ? i32(fault) : fault, words.fault);
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
      if (runs) this.#blanks(body, p, c);
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
              body.if(fault, () => stop(fault, column, p));
              this.#store(body, out.add(target), bits);
              p.set(load("i32.load", 0, words.position));
            });
          },
        );
        // p is at the end of the field
        body.block((last) => {
          if (runs) {
            // blanks at the end of the line separate nothing
            c.set(load("i32.load8_u", p));
            this.#blanks(body, p, c);
            body.branch(last, c.eq(newline));
            // LF may follow a CR at the end of what is in memory
            body.if(p.add(1).ge(end), () => stop(faults.incomplete, i32(0), p));
            body.branch(last, this.endsLine(c, p));
          } else body.branch(last, isDelimiter(load("i32.load8_u", p), this.traits).not());
          body.if(slot.eq(lastSlot), () => stop(faults.many, column, p));
          if (!runs) p.set(p.add(1));
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

  /** Moves `p` to the end of a field that is not wanted. */
  #skip(body: Body, p: Local, end: Local, incomplete: () => void): void {
    const { delimiter, runs, quote } = this.traits;
    const splat = (byte: number): Value => v128(new Array<number>(16).fill(byte));
    if (quote >= 0) {
      body.if(load("i32.load8_u", p).eq(quote), () => this.quoted(body, p, end, incomplete));
    }
    const [text, found] = [body.local("v128"), body.local("i32")];
    body.loop((more) => {
      text.set(load("v128.load", p));
      const ends = runs ? [delimiter, newline, char("\t")] : [delimiter, newline];
      const stops = ends.map((byte) => op("i8x16.eq", text, splat(byte)));
      found.set(
        op(
          "i8x16.bitmask",
          stops.reduce((all, each) => op("v128.or", all, each)),
        ),
      );
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

  /** Moves `p` over blanks; `c` is then the character there. */
  #blanks(body: Body, p: Local, c: Local): void {
    body.while(isBlank(c), () => {
      p.set(p.add(1));
      c.set(load("i32.load8_u", p));
    });
  }

  #store(body: Body, address: Value, bits: Value): void {
    const { kind, bytes } = this.traits.elements;
    if (kind === "float" && bytes === 4) {
      const number = op("f32.demote_f64", op("f64.reinterpret_i64", bits));
      body.store(4, address, op("i32.reinterpret_f32", number));
    } else body.store(bytes, address, bits);
  }

  /** Reads a plain number to memory. Branches to `done` with `p` at its end, or to `slow` with `p` unmoved. */
  #plain(body: Body, p: Local, address: Value, slow: Label, done: Label): void {
    const float = this.traits.elements.kind === "float";
    const q = body.let(p);
    const c = body.let(load("i32.load8_u", p));
    const negative = body.let(c.eq(char("-")));
    q.set(q.add(negative));
    const digits = body.let(digitsAt(q));
    const others = body.let(maskOf(digits).xor(-1));
    const whole = body.local("i64");
    const exponent = body.let(i32(0));
    const count = body.let(op("i32.ctz", others));
    body.branch(slow, count.sub(1).ge(float ? 15 : 16)); // no digit, or too many
    const found: Plain = { q, c, digits, others, whole, exponent, count };
    if (float) this.#decimal(body, found, slow);
    else {
      this.#integer(body, found);
      c.set(load("i32.load8_u", q.add(count)));
      q.set(q.add(count));
    }
    // the delimiter first: hardly anything else ends a number
    body.if(isDelimiter(c, this.traits).not(), () => body.branch(slow, this.endsLine(c, q).not()));
    const bits = float ? this.#floatOf(body, found, negative, slow) : this.#wholeOf(body, whole, negative, slow);
    this.#store(body, address, bits);
    p.set(q);
    body.branch(done);
  }

  /** The digits before any point as a number. */
  #integer(body: Body, { q, digits, whole, count }: Plain): void {
    body.if(
      count.eq(1),
      () => whole.set(load("i64.load8_u", q).sub(zero)),
      () => whole.set(numberOf(body, digits, count)),
    );
  }

  /** Reads digits, a point and an exponent; `q` is then at the end of the number, and `c` the character there. */
  #decimal(body: Body, found: Plain, slow: Label): void {
    const { q, c, exponent, count } = found;
    c.set(load("i32.load8_u", q.add(count)));
    body.if(
      c.eq(this.traits.decimal),
      () => this.#fraction(body, found, slow),
      () => {
        this.#integer(body, found);
        q.set(q.add(count));
      },
    );
    body.if(c.or(0x20).eq(char("e")), () => this.exponent(body, q, c, exponent, slow));
  }

  /** Reads the digits behind the point. */
  #fraction(body: Body, found: Plain, slow: Label): void {
    const { q, c, digits, others, whole, exponent, count } = found;
    // the end of the digits behind the point
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
        this.#integer(body, found);
        others.set(maskOf(digitsAt(q, 16)).xor(-1));
        fraction.set(op("i32.ctz", others).add(15).sub(count));
        // 19 digits fit into 64 bits; a single 0 before the point is none of them
        body.branch(slow, fraction.gt(i32(19).sub(select(whole.not(), i32(0), count))));
        q.set(q.add(count).add(1));
        // without a branch on the number of digits, which cannot be predicted
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
  }

  /** The bits of the float that was read. */
  #floatOf(body: Body, { whole, exponent }: Plain, negative: Value, slow: Label): Value {
    const value = body.local("f64");
    body.if(
      isSmall(whole, exponent),
      () => small(body, whole, exponent, value),
      () => scaled(body, whole, exponent, value, slow),
    );
    const bits = body.let(op("i64.reinterpret_f64", value).or(negative.wide().shl(63)));
    this.refuseTies(body, bits, slow);
    return this.orMissing(body, bits);
  }

  /** The bits of the whole number that was read. */
  #wholeOf(body: Body, whole: Value, negative: Value, slow: Label): Value {
    this.checkRange(body, whole, negative, slow);
    this.refuseSentinels(body, whole, negative, slow);
    return select(negative, op("i64.sub", i64(0), whole), whole);
  }
}
