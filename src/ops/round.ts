/** Rounding to decimals, as NumPy does it: multiplied by a power of ten, rounded to a whole number, divided again. */
import { factsOf } from "../data/dtype.js";
import { ArgumentError } from "../data/errors.js";
import { checkOptions } from "../data/options.js";
import { shown } from "../data/shown.js";
import * as s from "../program/scalar.js";
import type { Defined } from "./definition.js";
import { accepts, mustBe, numberKinds } from "./dtypes.js";
import { commonType, elementwise } from "./elementwise.js";
import type { Handle } from "./handle.js";
import type { ArrayInput } from "./literal.js";
import { defined } from "./parameters.js";
import type { MadeArray, TypedHandle } from "./typed-handle.js";

/** The options of {@link round}. */
export interface RoundOptions {
  /** The decimals that are kept; negative ones round to tens, hundreds and so on. Default: 0. */
  readonly decimals?: number;
}

/** The type of {@link round}. */
export interface Round extends Defined<"same", "plain"> {
  <A extends TypedHandle>(x: A, decimals?: number | RoundOptions): A;
  (x: ArrayInput, decimals?: number | RoundOptions): MadeArray;
  <A extends Handle>(x: A | ArrayInput, decimals?: number | RoundOptions): A;
}

/** Further decimals than these change no float64 but to infinity. */
const MOST_DECIMALS = 300;

/** A float to some decimals; where the product overflows there are none to round. */
function roundedFloat(x: s.Scalar, decimals: number): s.Scalar {
  if (decimals === 0) return s.unary("round", x);
  const factor = s.constant(10 ** Math.abs(decimals), x.dtype);
  if (decimals < 0) return s.mul(s.unary("round", s.div(x, factor)), factor);
  const scaled = s.mul(x, factor);
  const infinite = s.compare("eq", s.unary("abs", scaled), s.constant(Number.POSITIVE_INFINITY, x.dtype));
  return s.select(infinite, x, s.div(s.unary("round", scaled), factor));
}

/** An integer to tens, hundreds and so on, halves to the even multiple. */
function roundedInteger(x: s.Scalar, decimals: number): s.Scalar {
  if (decimals >= 0) return x;
  const factor = 10n ** BigInt(-decimals);
  const zero = s.constant(0, x.dtype);
  const highest = 2n ** BigInt(8 * factsOf(x.dtype).bytes - (factsOf(x.dtype).kind === "int" ? 1 : 0)) - 1n;
  if (factor > highest) return zero; // no multiple but 0 is in its range
  const [whole, half] = [s.constant(factor, x.dtype), s.constant(factor / 2n, x.dtype)];
  const quotient = s.binary("floordiv", x, whole);
  const rest = s.sub(x, s.mul(quotient, whole));
  const isOdd = s.compare("ne", s.and(quotient, s.constant(1, x.dtype)), zero);
  const up = s.or(s.compare("gt", rest, half), s.and(s.compare("eq", rest, half), isOdd));
  return s.mul(s.select(up, s.add(quotient, s.constant(1, x.dtype)), quotient), whole);
}

const rounded = elementwise<readonly [s.Scalar], number>({
  name: "round",
  types(args) {
    const dtype = commonType(args);
    mustBe(numberKinds, dtype, "round");
    return [dtype];
  },
  value([x], decimals) {
    const { kind } = factsOf(x.dtype);
    if (kind === "complex")
      return s.complex(roundedFloat(s.part("re", x), decimals), roundedFloat(s.part("im", x), decimals));
    return kind === "float" ? roundedFloat(x, decimals) : roundedInteger(x, decimals);
  },
});

/**
 * The nearest number of so many decimals (by default the nearest whole number), with halves rounded to the even one; of
 * complex numbers both parts. Integers change only with negative decimals, which round to tens, hundreds and so on.
 *
 * Accepts integers, floats and complex numbers (others throw a DTypeError). The shape is unchanged. Decimals that are
 * not a whole number from -300 to 300 are an ArgumentError. As in NumPy, the product with a power of ten is rounded.
 * @example x.round(2)
 */
export const round: Round = defined(
  { x: "array", decimals: "value" },
  <A extends Handle>(x: A, given: number | RoundOptions = 0): A => {
    if (typeof given !== "number") checkOptions(given, ["decimals"], "round");
    const decimals = typeof given === "number" ? given : (given.decimals ?? 0);
    if (!Number.isInteger(decimals) || Math.abs(decimals) > MOST_DECIMALS) {
      throw new ArgumentError(
        `round: decimals must be a whole number from -${MOST_DECIMALS} to ${MOST_DECIMALS}; got ${shown(decimals)}`,
      );
    }
    return rounded<A>([x], decimals);
  },
  {
    ...{ family: "elementwise", name: "round", arity: 1, numpy: "np.round(x)", ulps: 0, domain: [-5, 5] },
    accepts: accepts(numberKinds),
    examples: [
      { shapes: [[3, 4]], args: [2], numpy: "np.round(x, 2)" },
      { shapes: [[3, 4]], args: [{ decimals: 1 }], numpy: "np.round(x, 1)", dtype: "float32" },
      { shapes: [[3, 4]], args: [1], numpy: "np.round(x, 1)", dtype: "complex128" },
      { shapes: [[3, 4]], args: [-1], numpy: "np.round(x, -1)" },
      { shapes: [[3, 4]], args: [-1], numpy: "np.round(x, -1)", dtype: "int32" },
      { shapes: [[3, 4]], args: [3], numpy: "np.round(x, 3)", dtype: "uint8" },
    ],
  },
);
