/**
 * The slow way of reading a field, for everything but plain numbers: quotes and blanks around it, signs, any number of
 * digits, words.
 *
 * Invariant: a field ends where the scanner says that it ends, and anything that is not a number is reported as such.
 */
import type { Body, Label, Local } from "../../assembler/module.js";
import { type Callable, call, i32, i64, load, op, select, type Value } from "../../assembler/value.js";
import { isSmall, scaled, small } from "./digits.js";
import { char, isBlank, Marks, nan, type ParserTraits, zero } from "./marks.js";
import { faults, places, words } from "./tables.js";

/** The host's functions for numbers and words. */
export interface Host {
  readonly exact: Callable;
  readonly word: Callable;
  readonly rounds: Callable;
}

/** See the head of this file. */
export class SlowField extends Marks {
  readonly #host: Host;

  constructor(traits: ParserTraits, host: Host) {
    super(traits);
    this.#host = host;
  }

  /** field(start) → bits; sets words.position to its end, and words.fault if it is not a number. */
  field(body: Body): void {
    const { quote } = this.traits;
    const start = body.parameter("i32");
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
        body.if(this.ends(load("i32.load8_u", p), p).not(), () => {
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
          this.quoted(body, p, end, () => {
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
    body.while(from.lt(to).and(isBlank(load("i32.load8_u", from))), () => from.set(from.add(1)));
    body.while(from.lt(to).and(isBlank(load("i32.load8_u", to.sub(1)))), () => to.set(to.sub(1)));
    body.block((notNumber) => {
      body.branch(notNumber, bad.or(from.eq(to)));
      const bits = this.#anyNumber(body, { from, to, bad: notNumber, finish });
      finish(bits, faults.none);
    });
    body.if(bad, () => finish(i64(0), faults.text));
    this.#words(body, from, to, finish);
    finish(i64(0), faults.text);
  }

  /** A number written in any way. It must be all the text from `from` to `to`. */
  #anyNumber(body: Body, { from, to, bad, finish }: NumberText): Value {
    const { elements, decimal, thousands, exact } = this.traits;
    const { kind } = elements;
    const q = body.let(from);
    const c = body.let(load("i32.load8_u", q));
    const negative = body.let(c.eq(char("-")));
    q.set(q.add(negative.or(c.eq(char("+")))));
    const whole = body.let(i64(0));
    const zeroed = (): Local => body.let(i32(0));
    const [seen, significant, point, dropped, exponent] = [zeroed(), zeroed(), zeroed(), zeroed(), zeroed()];
    const group = new Groups(body, thousands);
    body.block((behind) => {
      body.loop((again) => {
        body.branch(behind, q.ge(to));
        c.set(load("i32.load8_u", q));
        q.set(q.add(1));
        body.if(c.sub(zero).le(9), () => {
          seen.set(i32(1));
          group.digit();
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
          body.if(c.eq(decimal).and(point.not()), () => {
            point.set(i32(1));
            group.end(bad);
            body.branch(again);
          });
        }
        group.separator(c, point, bad, again);
        q.set(q.sub(1));
      });
    });
    body.branch(bad, seen.not());
    group.end(bad);
    if (kind !== "float") {
      body.branch(bad, q.ne(to));
      this.checkRange(body, whole, negative, bad);
      this.refuseSentinels(body, whole, negative, bad);
      return select(negative, op("i64.sub", i64(0), whole), whole);
    }
    if (exact) {
      const digits = q
        .eq(to)
        .and(point.not())
        .and(whole.gt(2n ** 53n));
      body.if(digits, () => {
        body.if(call(this.#host.rounds, from, to), () => finish(i64(0), faults.rounded));
      });
    }
    body.if(q.lt(to).and(load("i32.load8_u", q).or(0x20).eq(char("e"))), () => {
      c.set(load("i32.load8_u", q));
      this.exponent(body, q, c, exponent, bad);
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
        this.refuseTies(body, bits, undecided);
        body.branch(done);
      });
      bits.set(op("i64.reinterpret_f64", call(this.#host.exact, from, to)));
    });
    return this.orMissing(body, bits);
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

  /** "nan", "inf", and the words for missing values and for bools; whole numbers have the last only. */
  #words(body: Body, from: Local, to: Local, finish: (bits: Value, fault: number) => void): void {
    const float = this.traits.elements.kind === "float";
    const length = body.let(to.sub(from));
    if (float && this.traits.empty) body.if(length.not(), () => finish(nan, faults.none));
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
    if (!float) return;
    const value = body.let(call(this.#host.word, from, to));
    body.if(load("i32.load", 0, words.fault).not(), () => finish(op("i64.reinterpret_f64", value), faults.none));
  }
}

/** The text of a number, and what to do if it is none. */
interface NumberText {
  readonly from: Local;
  readonly to: Local;
  readonly bad: Label;
  readonly finish: (bits: Value, fault: number) => void;
}

/** Separators of thousands: from the first one on, each is followed by exactly three digits. */
class Groups {
  readonly #body: Body;
  readonly #mark: number;
  /** The digits of the current group, and whether a separator was met. */
  readonly #digits: Local;
  readonly #grouped: Local;

  /** `mark` is the separator, or -1: then nothing is emitted. */
  constructor(body: Body, mark: number) {
    this.#body = body;
    this.#mark = mark;
    this.#digits = body.let(i32(0));
    this.#grouped = body.let(i32(0));
  }

  digit(): void {
    if (this.#mark >= 0) this.#digits.set(this.#digits.add(1));
  }

  /** Passes over a separator that ends a group before the point. */
  separator(c: Value, point: Value, bad: Label, again: Label): void {
    if (this.#mark < 0) return;
    this.#body.if(c.eq(this.#mark).and(point.not()), () => {
      // the first group has one digit to three
      this.#body.branch(bad, this.#digits.sub(1).gt(2));
      this.end(bad);
      this.#grouped.set(i32(1));
      this.#digits.set(i32(0));
      this.#body.branch(again);
    });
  }

  /** The end of the digits before the point, or of the number. */
  end(bad: Label): void {
    if (this.#mark < 0) return;
    this.#body.branch(bad, this.#grouped.and(this.#digits.ne(3)));
    this.#grouped.set(i32(0));
  }
}
