/**
 * log, log2, log10, log1p, and the square root.
 *
 * The real part of a logarithm is that of |z|. Near |z| = 1 it is half of log(1 + (|z|² − 1)), where the squares are
 * taken exactly: |z|² − 1 may be as small as they are rounded. Huge and tiny numbers are scaled by powers of 2, so that
 * |z| neither overflows nor loses digits. Invariant: the special values are those of C99, annex G.
 */
import { choose, equal, exactProduct, greater, less, over, product, size, sum, term } from "../functions/terms.js";
import * as s from "../scalar.js";
import { type Scalar, unary } from "../scalar.js";
import {
  angleOf,
  both,
  type ComplexFunction,
  copySign,
  exactSum,
  guardParts,
  isBetween,
  isFinitePart,
  isInfinite,
  larger,
  length,
  not,
  type Parts,
} from "./parts.js";

/** A logarithm: its primitive, and how many of it one of base e is. */
interface Base {
  readonly op: "log" | "log2" | "log10";
  readonly perE: number;
}

const natural: Base = { op: "log", perE: 1 };

/** Half of log(1 + excess). */
const halfLog = (excess: Scalar, { perE }: Base): Scalar => product(unary("log1p", excess), 0.5 * perE);

/** The logarithm of |z|. */
function logOfSize(z: Parts, base: Base): Scalar {
  const [a, b] = [size(z[0]), size(z[1])];
  const [most, least] = [larger(a, b), s.binary("min", a, b)];
  const [first, second] = [exactProduct(most, most), exactProduct(least, least)];
  const rest = exactSum(first.high, term(-1));
  const excess = sum(sum(rest.high, second.high), sum(rest.low, first.low, second.low));
  const away = length(z);
  const isNear = both(greater(away, 0.5), less(away, 2));
  const usual = choose(isNear, halfLog(excess, base), unary(base.op, away));
  const isTiny = less(most, 1);
  const scale = choose(isTiny, 2 ** 600, 2 ** -2);
  const scaled = unary(base.op, length([product(a, scale), product(b, scale)]));
  const back = choose(isTiny, -600 * Math.LN2 * base.perE, 2 * Math.LN2 * base.perE);
  return s.guard(not(isBetween(2 ** -500, z, 2 ** 1000)), usual, sum(scaled, back));
}

const logarithm =
  (base: Base): ComplexFunction =>
  (z) => [logOfSize(z, base), base.perE === 1 ? angleOf(z) : product(angleOf(z), base.perE)];

/** The natural logarithm. */
export const log: ComplexFunction = logarithm(natural);
/** The logarithm to base 2. */
export const log2: ComplexFunction = logarithm({ op: "log2", perE: Math.LOG2E });
/** The logarithm to base 10. */
export const log10: ComplexFunction = logarithm({ op: "log10", perE: Math.LOG10E });

/** log |2z|. */
export const logOfDouble = (z: Parts): Scalar => sum(logOfSize(z, natural), Math.LN2);

/**
 * log(1 + z): near 0, half of log(1 + (2x + x² + y²)), with exact squares. Left of −½, 1 + x is exact.
 */
export const log1p: ComplexFunction = ([x, y]) => {
  const [first, second] = [exactProduct(x, x), exactProduct(y, y)];
  const excess = sum(sum(product(x, 2), second.high), first.high, sum(first.low, second.low));
  const moved: Parts = [sum(x, 1), y];
  const isNear = both(less(size(excess), 0.5), greater(x, -0.5));
  return [choose(isNear, halfLog(excess, natural), logOfSize(moved, natural)), angleOf(moved)];
};

/** The two numbers of a square root: √((|z| + |x|) / 2), and |y| / 2 over it. */
function rootParts([x, y]: Parts): readonly [big: Scalar, small: Scalar] {
  const big = unary("sqrt", product(sum(length([x, y]), size(x)), 0.5));
  return [big, choose(equal(big, 0), 0, over(product(size(y), 0.5), big))];
}

/** The square root with a real part that is not negative; the imaginary part has the sign of the number's. */
export const sqrt: ComplexFunction = ([x, y]) => {
  const placed = ([big, small]: readonly [Scalar, Scalar]): Parts => {
    const isLeft = less(x, 0);
    return [choose(isLeft, small, big), copySign(choose(isLeft, big, small), y)];
  };
  const isTiny = less(larger(size(x), size(y)), 1);
  const [scale, back] = [choose(isTiny, 2 ** 108, 2 ** -4), choose(isTiny, 2 ** -54, 2 ** 2)];
  const [big, small] = rootParts([product(x, scale), product(y, scale)]);
  const [re, im] = placed([product(big, back), product(small, back)]);
  // an infinite imaginary part counts for more than NaN, and that for more than an infinite real part
  const along: Parts = [
    choose(less(x, 0), choose(isFinitePart(y), 0, Number.NaN), Number.POSITIVE_INFINITY),
    choose(less(x, 0), copySign(Number.POSITIVE_INFINITY, y), choose(isFinitePart(y), copySign(0, y), y)),
  ];
  const special = (part: 0 | 1, atInfinity: Scalar): Scalar =>
    choose(isInfinite(y), atInfinity, choose(isInfinite(x), along[part], part === 0 ? re : im));
  return guardParts(not(isBetween(2 ** -900, [x, y], 2 ** 1000)), placed(rootParts([x, y])), [
    special(0, size(y)),
    special(1, y),
  ]);
};
