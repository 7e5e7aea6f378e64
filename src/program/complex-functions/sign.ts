/** z / |z|, on the unit circle. */
import { choose, equal, greater, less, over, product, size } from "../functions/terms.js";
import type { Scalar } from "../scalar.js";
import { type ComplexFunction, copySign, isInfinite, larger, length } from "./parts.js";

/**
 * z / |z|, and 0 for 0. As in NumPy, an infinite part counts for more than any other, and two of them have no
 * direction. Huge and tiny numbers are scaled first, so that |z| neither overflows nor loses digits.
 */
export const sign: ComplexFunction = ([x, y]) => {
  const most = larger(size(x), size(y));
  const scale = choose(greater(most, 2 ** 1000), 2 ** -4, choose(less(most, 2 ** -500), 2 ** 600, 1));
  const [a, b] = [product(x, scale), product(y, scale)];
  const away = length([a, b]);
  const direction = (part: Scalar, other: Scalar, scaled: Scalar): Scalar => {
    const along = choose(isInfinite(other), Number.NaN, copySign(1, part));
    const finite = choose(equal(away, 0), 0, over(scaled, away));
    return choose(isInfinite(part), along, choose(isInfinite(other), 0, finite));
  };
  return [direction(x, y, a), direction(y, x, b)];
};
