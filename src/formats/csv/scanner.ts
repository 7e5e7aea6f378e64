/**
 * The scanner as a WebAssembly module: counts the ends of records and lines, and finds where a file can be cut.
 *
 * Text without quotes and comments, which is nearly all, is counted 2 KiB at a time: line ends, less those of blank
 * lines. A stretch with a quote goes byte by byte through a small automaton, in which a quote opens a field only at the
 * field's beginning, and line ends inside quotes end nothing.
 *
 * Where the first records hold whole numbers only, both also notice what such a table does not need: other characters
 * than digits, signs and ends, and fields without a digit. What they notice is only a reason to look closer.
 *
 * Invariant: both ways count the same. A piece of text passes only the automaton's mode and its last two bytes on to
 * the next one, before which these bytes lie.
 */
import { type Body, type Label, type Local, Module } from "../../assembler/module.js";
import { call, i32, lane, load, op, select, type Value, v128 } from "../../assembler/value.js";
import { carriage, char, type Dialect, isBlank, isDelimiter, newline, zero } from "./marks.js";
import { words } from "./tables.js";

/** The states of the automaton. Those from `quoted` on are left only byte by byte. */
export const modes = { line: 0, carriage: 1, start: 2, inside: 3, quoted: 4, closing: 5, comment: 6 } as const;

const [space, tab, minus] = [char(" "), char("\t"), char("-")];
const strideBytes = 2048;

const splat = (byte: number): Value => v128(new Array<number>(16).fill(byte));

/**
 * The bytes of the module. `scan(position, end, cut)` returns the position where it stopped: the end, or the first end
 * of a record from `cut` on. With `wholes`, it also notes what a table of whole numbers does not need.
 */
export function scannerModule(dialect: Dialect, wholes: boolean): Uint8Array<ArrayBuffer> {
  const module = new Module();
  const stride = module.function("stride", "i32", (body) => writeStride(body, dialect, wholes));
  module.function("scan", "i32", (body) => {
    const [p, end, cut] = [body.parameter("i32"), body.parameter("i32"), body.parameter("i32")];
    const mode = body.let(load("i32.load", 0, words.mode));
    const zeroed = (): Local => body.let(i32(0));
    const [records, lines, slowEnd, c] = [zeroed(), zeroed(), zeroed(), zeroed()];
    const leave = (): void => {
      body.store(4, 0, mode, words.mode);
      body.store(4, 0, load("i32.load", 0, words.records).add(records), words.records);
      body.store(4, 0, load("i32.load", 0, words.lines).add(lines), words.lines);
      body.return(p);
    };
    body.loop((again) => {
      body.if(p.ge(end).or(mode.eq(modes.line).and(p.ge(cut))), leave);
      const room = select(end.lt(cut), end, cut);
      body.if(mode.lt(modes.quoted).and(p.ge(slowEnd)).and(p.add(strideBytes).le(room)), () => {
        body.if(call(stride, p), () => {
          p.set(p.add(strideBytes));
          modeAfter(body, { p, mode, from: p.sub(strideBytes) }, dialect);
          body.branch(again);
        });
        slowEnd.set(p.add(strideBytes));
      });
      c.set(load("i32.load8_u", p));
      if (wholes) noteOther(body, c, p, dialect);
      step(body, { mode, records, lines, c, p }, dialect);
      p.set(p.add(1));
      body.branch(again);
    });
  });
  return module.bytes();
}

/** Counts a stretch. Returns 0, with nothing counted, if it holds a quote or may hold a comment. */
function writeStride(body: Body, { delimiter, runs, quote, comment }: Dialect, wholes: boolean): void {
  const at = body.parameter("i32");
  const vector = (): Local => body.local("v128");
  const [text, ends, blanks, lineEnds, special, before] = [vector(), vector(), vector(), vector(), vector(), vector()];
  const [other, delimiters] = [vector(), vector()];
  // the byte before the last one
  const p = body.let(at.sub(2));
  const end = body.let(at.add(strideBytes - 2));
  const marks = [quote, comment].filter((byte) => byte >= 0);
  body.loop((again) => {
    for (let offset = 0; offset < 64; offset += 16) {
      text.set(load("v128.load", p, offset + 2));
      before.set(load("v128.load", p, offset + 1));
      ends.set(op("i8x16.eq", text, splat(newline)));
      for (const mark of marks) special.set(op("v128.or", special, op("i8x16.eq", text, splat(mark))));
      lineEnds.set(op("i8x16.sub", lineEnds, ends));
      const blanksOf = (bytes: Value): Value =>
        op("v128.or", op("i8x16.eq", bytes, splat(space)), op("i8x16.eq", bytes, splat(tab)));
      if (wholes) {
        delimiters.set(runs ? blanksOf(text) : op("i8x16.eq", text, splat(delimiter)));
        other.set(op("v128.or", other, otherThanWhole(text, before, { ends, delimiters, runs })));
      }
      const afterLine = op("i8x16.eq", before, splat(newline));
      const lineBefore = op("i8x16.eq", load("v128.load", p, offset), splat(newline));
      const afterBoth = op("v128.and", op("i8x16.eq", before, splat(carriage)), lineBefore);
      blanks.set(op("i8x16.sub", blanks, op("v128.and", ends, op("v128.or", afterLine, afterBoth))));
      if (runs) {
        // a line may hold nothing but blanks
        const two = load("v128.load", p, offset);
        const afterBoth = op("v128.and", op("i8x16.eq", before, splat(carriage)), blanksOf(two));
        special.set(op("v128.or", special, op("v128.and", ends, op("v128.or", blanksOf(before), afterBoth))));
      }
    }
    p.set(p.add(64));
    body.branch(again, p.lt(end));
  });
  body.if(op("v128.any_true", special), () => body.return(0));
  const sum = (counts: Value): Value => {
    const wide = op("i32x4.extadd_pairwise_i16x8_u", op("i16x8.extadd_pairwise_i8x16_u", counts));
    const four = body.let(wide);
    const part = (i: number): Value => lane("i32x4.extract_lane", four, i);
    return part(0).add(part(1)).add(part(2)).add(part(3));
  };
  if (wholes) body.if(op("v128.any_true", other), () => body.store(4, 0, i32(1), words.other));
  const count = body.let(sum(lineEnds));
  body.store(4, 0, load("i32.load", 0, words.lines).add(count), words.lines);
  body.store(4, 0, load("i32.load", 0, words.records).add(count).sub(sum(blanks)), words.records);
  body.return(1);
}

/** The bytes that a table of whole numbers does not need, after the ones before them. */
function otherThanWhole(text: Value, before: Value, found: { ends: Value; delimiters: Value; runs: boolean }): Value {
  const digits = (bytes: Value): Value => op("i8x16.le_u", op("i8x16.sub", bytes, splat(zero)), splat(9));
  const { ends, delimiters, runs } = found;
  const either = (...masks: readonly Value[]): Value => masks.reduce((all, mask) => op("v128.or", all, mask));
  const returns = op("i8x16.eq", text, splat(carriage));
  const known = either(digits(text), ends, delimiters, returns, op("i8x16.eq", text, splat(minus)));
  // a field ends behind a digit; LF may follow CR, and blanks other blanks
  const empty = runs
    ? op("v128.and", either(ends, delimiters, returns), op("i8x16.eq", before, splat(minus)))
    : op(
        "v128.andnot",
        either(ends, delimiters, returns),
        either(digits(before), op("v128.and", ends, op("i8x16.eq", before, splat(carriage)))),
      );
  return either(op("v128.not", known), empty);
}

/** Sets the mode after a stretch without quotes: from its last two bytes, and from those before blanks. */
function modeAfter(
  body: Body,
  { p, mode, from }: { readonly p: Local; readonly mode: Local; readonly from: Value },
  { delimiter, runs }: Dialect,
): void {
  const last = body.let(load("i32.load8_u", p.sub(1)));
  if (runs) {
    const [q, c] = [body.let(p.sub(1)), body.let(last)];
    body.while(isBlank(c).and(q.gt(from)), () => {
      q.set(q.sub(1));
      c.set(load("i32.load8_u", q));
    });
    // blanks only: the line goes on as it was
    const began = select(mode.eq(modes.line).and(isBlank(c)), i32(modes.line), i32(modes.start));
    const behind = body.let(select(c.eq(newline), i32(modes.line), began));
    body.if(isBlank(last), () => mode.set(behind));
    body.if(isBlank(last).not(), () => mode.set(modeOf(last, p, delimiter)));
  } else mode.set(modeOf(last, p, delimiter));
}

/** The mode behind the last byte of a stretch, which is no blank that means nothing. */
function modeOf(last: Value, p: Value, delimiter: number): Value {
  const lineBefore = load("i32.load8_u", p.sub(2)).eq(newline);
  const inside = select(last.eq(delimiter), i32(modes.start), i32(modes.inside));
  const maybe = select(last.eq(carriage).and(lineBefore), i32(modes.carriage), inside);
  return select(last.eq(newline), i32(modes.line), maybe);
}

interface State {
  readonly mode: Local;
  readonly records: Local;
  readonly lines: Local;
  readonly c: Local;
  readonly p: Local;
}

/** Passes one byte through the automaton. */
function step(body: Body, { mode, records, lines, c, p }: State, dialect: Dialect): void {
  const { runs, quote, comment } = dialect;
  const isEnd = (): Value => c.eq(newline);
  const open = (done: Label): void => {
    body.if(c.eq(quote), () => {
      mode.set(i32(modes.quoted));
      body.store(4, 0, p, words.quote);
      body.branch(done);
    });
  };
  /** Any character of a field that does not open a quote. */
  const ordinary = (): void => {
    body.if(isEnd(), () => {
      lines.set(lines.add(1));
      records.set(records.add(1));
    });
    const inside = select(isDelimiter(c, dialect), i32(modes.start), i32(modes.inside));
    mode.set(select(isEnd(), i32(modes.line), inside));
  };
  body.block((done) => {
    body.if(mode.eq(modes.quoted), () => {
      lines.set(lines.add(isEnd()));
      mode.set(select(c.eq(quote), i32(modes.closing), mode));
      body.branch(done);
    });
    body.if(mode.eq(modes.comment), () => {
      lines.set(lines.add(isEnd()));
      mode.set(select(isEnd(), i32(modes.line), mode));
      body.branch(done);
    });
    // blanks at the beginning of a line mean nothing
    if (runs) body.branch(done, mode.eq(modes.line).and(isBlank(c)));
    body.if(mode.le(modes.carriage), () => {
      body.if(isEnd(), () => {
        lines.set(lines.add(1));
        mode.set(i32(modes.line));
        body.branch(done);
      });
      body.if(mode.eq(modes.line), () => {
        body.if(c.eq(carriage), () => {
          mode.set(i32(modes.carriage));
          body.branch(done);
        });
        if (comment >= 0) {
          body.if(c.eq(comment), () => {
            mode.set(i32(modes.comment));
            body.branch(done);
          });
        }
      });
    });
    if (quote >= 0) {
      body.if(mode.eq(modes.line).or(mode.eq(modes.start)), () => open(done));
      body.if(mode.eq(modes.closing).and(c.eq(quote)), () => {
        mode.set(i32(modes.quoted));
        body.branch(done);
      });
    }
    ordinary();
  });
}

/** {@link otherThanWhole} for one byte. */
function noteOther(body: Body, c: Value, p: Value, dialect: Dialect): void {
  const before = load("i32.load8_u", p.sub(1));
  const end = c.eq(newline).or(c.eq(carriage)).or(isDelimiter(c, dialect));
  const known = c.sub(zero).le(9).or(end).or(c.eq(minus));
  const behindDigit = before
    .sub(zero)
    .le(9)
    .or(c.eq(newline).and(before.eq(carriage)));
  const empty = end.and(dialect.runs ? before.eq(minus) : behindDigit.not());
  body.if(known.not().or(empty), () => body.store(4, 0, i32(1), words.other));
}
