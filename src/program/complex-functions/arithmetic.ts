/** Products and quotients, bit for bit those of NumPy; parts of either precision. */
import { add, compare, constant, div, guard, mul, select, sub, unary } from "../scalar.js";
import type { Parts } from "./parts.js";

/** The product: four real ones, whatever they meet. */
export function product([a, b]: Parts, [c, d]: Parts): Parts {
  return [sub(mul(a, c), mul(b, d)), add(mul(a, d), mul(b, c))];
}

/**
 * Smith's division: scales by the larger part of the divisor so that nothing overflows on the way. By 0, of any signs,
 * each part is divided by +0.
 */
export function quotient([a, b]: Parts, [c, d]: Parts): Parts {
  const one = constant(1, c.dtype);
  const [width, height] = [unary("abs", c), unary("abs", d)];
  const wide = compare("ge", width, height);
  const [big, small] = [select(wide, c, d), select(wide, d, c)];
  const ratio = div(small, big);
  const scale = div(one, add(big, mul(small, ratio)));
  const re = select(wide, add(a, mul(b, ratio)), add(mul(a, ratio), b));
  const im = select(wide, sub(b, mul(a, ratio)), sub(mul(b, ratio), a));
  const isZero = compare("eq", big, constant(0, c.dtype));
  return [guard(isZero, mul(re, scale), div(a, width)), guard(isZero, mul(im, scale), div(b, height))];
}
