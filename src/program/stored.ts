/**
 * Stored numbers: elements of a file as scalars, so that a loop turns them into numbers as it loads them.
 *
 * A half is loaded as the integer of its bits and widened by arithmetic; a bool is loaded as a byte, and any byte but 0
 * is true. The order of bytes needs no arithmetic: the loop knows it (`LoopInput.otherEndian`). Invariant: the
 * result has the bits that the element has in NumPy, a NaN's sign and payload included, as far as a backend keeps them.
 */
import type { DType } from "../data/dtype.js";
import type { Encoding } from "../data/layout.js";
import { add, and, binary, bits, cast, constant, fromBits, input, or, type Scalar, sub } from "./scalar.js";

const whole = (x: number): Scalar => constant(x, "int32");

/**
 * The float32 of a half.
 *
 *     half     s eeeee ffffffffff                       magnitude: all but the sign, moved to where a float32 has it
 *     float32  s eeeeeeee ffffffffff0000000000000       the exponent's bias grows from 15 to 127
 *
 * A subnormal half has no implied one. It is given the exponent of 2^-14, which implies a one, and 2^-14 is taken off
 * again: exact, and without a subnormal float, which some processors are slow with. There are no comparisons, as masks
 * of 32 bits cost vectors of 64-bit lanes dear: a difference, shifted, has ones from the sign on where it is negative,
 * else zeros.
 */
function widened(half: Scalar): Scalar {
  const signs = (x: Scalar, count: number): Scalar => binary("shr", x, whole(count));
  const wide = cast(half, "int32");
  const magnitude = binary("shl", and(wide, whole(0x7fff)), whole(13));
  const subnormal = signs(sub(magnitude, whole(1 << 23)), 31);
  const lowest = and(subnormal, whole(113 << 23));
  const rebiased = add(magnitude, binary("max", lowest, whole(112 << 23)));
  const finite = bits(sub(fromBits(rebiased), fromBits(lowest)));
  // The highest exponent, 31, makes this sum leave the range; in both formats it means infinity or NaN.
  const infinite = and(signs(add(magnitude, whole((256 - 31) << 23)), 8), whole(255 << 23));
  return fromBits(or(or(finite, infinite), and(wide, whole(1 << 31))));
}

/** An element of an operand whose elements of a dtype are stored in this encoding. */
export function stored(operand: number, dtype: DType, { half }: Encoding): Scalar {
  if (half) return widened(input(operand, "int16"));
  return dtype === "bool" ? cast(input(operand, "uint8"), "bool") : input(operand, dtype);
}
