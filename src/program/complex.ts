/**
 * Complex arithmetic in real arithmetic: {@link split} turns a complex scalar into its real and imaginary parts, so
 * that no backend ever meets a complex number. What is left of complex values are `re(input)` and `im(input)`.
 *
 * Arithmetic is NumPy's (Smith's division). Functions are those of complex-functions/; those of complex64 are computed
 * in float64 and rounded once.
 */
import { type Complex, type DType, factsOf, isComplex } from "../data/dtype.js";
import { DTypeError } from "../data/errors.js";
import { at } from "../data/lists.js";
import { complexFunctions } from "./complex-functions/index.js";
import type { ComplexFunction, Parts } from "./complex-functions/parts.js";
import {
  add,
  binary,
  type Call,
  cast,
  compare,
  constant,
  div,
  mul,
  part,
  type Scalar,
  select,
  sub,
  unary,
} from "./scalar.js";

const negate = (x: Scalar): Scalar => unary("neg", x);
const modulus = ([re, im]: Parts): Scalar => binary("hypot", re, im);

function product([a, b]: Parts, [c, d]: Parts): Parts {
  return [sub(mul(a, c), mul(b, d)), add(mul(a, d), mul(b, c))];
}

/** Smith's division: scales by the larger part of the divisor so that nothing overflows on the way. */
function quotient([a, b]: Parts, [c, d]: Parts): Parts {
  const one = constant(1, c.dtype);
  const wide = compare("ge", unary("abs", c), unary("abs", d));
  const [big, small] = [select(wide, c, d), select(wide, d, c)];
  const zero = compare("eq", big, constant(0, c.dtype));
  const ratio = select(zero, constant(0, c.dtype), div(small, big));
  const scale = div(one, add(big, mul(small, ratio)));
  const re = select(wide, add(a, mul(b, ratio)), add(mul(a, ratio), b));
  const im = select(wide, sub(b, mul(a, ratio)), sub(mul(b, ratio), a));
  return [mul(re, scale), mul(im, scale)];
}

const partsAs = ([re, im]: Parts, dtype: DType): Parts => [cast(re, dtype), cast(im, dtype)];

/** A function with the parts of its argument in float64. */
const widely =
  (f: ComplexFunction): ComplexFunction =>
  (z) =>
    partsAs(f(partsAs(z, "float64")), z[0].dtype);

/** e^(w log z). Of 0 a power is 0 where the exponent has a positive real part, and otherwise NaN. */
function power(z: Parts, w: Parts): Parts {
  const [one, zero, none] = [1, 0, Number.NaN].map((value) => constant(value, z[0].dtype)) as [Scalar, Scalar, Scalar];
  const { exp, log } = complexFunctions;
  const [re, im] = partsAs(exp(product(partsAs(w, "float64"), log(partsAs(z, "float64")))), one.dtype);
  const is0 = ([x, y]: Parts): Scalar => binary("and", compare("eq", x, zero), compare("eq", y, zero));
  const squared = binary("and", compare("eq", w[0], constant(2, one.dtype)), compare("eq", w[1], zero));
  const square = product(z, z); // exact where the exponent says so, as NumPy does for small whole exponents
  const of0 = select(compare("gt", w[0], zero), zero, none);
  const pick = (general: Scalar, exact: Scalar, at0: Scalar): Scalar =>
    select(is0(w), at0, select(is0(z), of0, select(squared, exact, general)));
  return [pick(re, square[0], one), pick(im, square[1], zero)];
}

type Rule = (args: readonly Parts[]) => Parts;

const ofOne =
  (f: (z: Parts) => Parts): Rule =>
  (args) =>
    f(at(args, 0));

const ofTwo =
  (f: (z: Parts, w: Parts) => Parts): Rule =>
  (args) =>
    f(at(args, 0), at(args, 1));

const rules: Readonly<Partial<Record<Call["op"], Rule>>> = {
  add: ofTwo((z, w) => [add(z[0], w[0]), add(z[1], w[1])]),
  sub: ofTwo((z, w) => [sub(z[0], w[0]), sub(z[1], w[1])]),
  mul: ofTwo(product),
  div: ofTwo(quotient),
  pow: ofTwo(power),
  neg: ofOne((z) => [negate(z[0]), negate(z[1])]),
  ...Object.fromEntries(Object.entries(complexFunctions).map(([op, f]) => [op, ofOne(widely(f))])),
};

function splitCall(scalar: Call, memo: Map<Scalar, Parts>): Parts {
  const { op, dtype, args } = scalar;
  const first = at(args, 0);
  if (op === "complex") return [real(first, memo), real(at(args, 1), memo)];
  if (op === "select") {
    const condition = real(first, memo);
    const [a, b] = [split(at(args, 1), memo), split(at(args, 2), memo)];
    return [select(condition, a[0], b[0]), select(condition, a[1], b[1])];
  }
  if (op === "cast") {
    const { part: to } = factsOf(dtype);
    if (!isComplex(first.dtype)) return [cast(real(first, memo), to), constant(0, to)];
    const [re, im] = split(first, memo);
    return [cast(re, to), cast(im, to)];
  }
  const rule = rules[op];
  if (rule === undefined) throw new DTypeError(`${op}: not defined for ${dtype}`);
  return rule(args.map((arg) => split(arg, memo)));
}

/** The parts of a complex scalar. */
export function split(scalar: Scalar, memo: Map<Scalar, Parts> = new Map()): Parts {
  const known = memo.get(scalar);
  if (known !== undefined) return known;
  let parts: Parts;
  if (scalar.op === "input") parts = [part("re", scalar), part("im", scalar)];
  else if (scalar.op === "const") {
    const { part: to } = factsOf(scalar.dtype);
    const { re, im } = scalar.value as Complex;
    parts = [constant(re, to), constant(im, to)];
  } else parts = splitCall(scalar, memo);
  memo.set(scalar, parts);
  return parts;
}

/** A real scalar whose complex insides are split: what is left of them is `re` and `im` of inputs. */
export function real(
  scalar: Scalar,
  memo: Map<Scalar, Parts> = new Map(),
  done: Map<Scalar, Scalar> = new Map(),
): Scalar {
  const known = done.get(scalar);
  if (known !== undefined) return known;
  const result = realUncached(scalar, memo, done);
  done.set(scalar, result);
  return result;
}

function realUncached(scalar: Scalar, memo: Map<Scalar, Parts>, done: Map<Scalar, Scalar>): Scalar {
  if (scalar.op === "input" || scalar.op === "const") return scalar;
  const { op, dtype, args } = scalar;
  if (!args.some((arg) => isComplex(arg.dtype))) return { op, dtype, args: args.map((arg) => real(arg, memo, done)) };
  const first = at(args, 0);
  if ((op === "re" || op === "im") && first.op === "input") return scalar;
  const z = split(first, memo);
  if (op === "re" || op === "im") return real(z[op === "re" ? 0 : 1], memo, done);
  if (op === "abs") return modulus(z);
  if (op === "eq" || op === "ne") {
    const w = split(at(args, 1), memo);
    return binary(op === "eq" ? "and" : "or", compare(op, z[0], w[0]), compare(op, z[1], w[1]));
  }
  if (op === "cast") {
    if (dtype !== "bool") return cast(z[0], dtype);
    return binary("or", cast(z[0], dtype), cast(z[1], dtype));
  }
  throw new DTypeError(`${op}: not defined for ${first.dtype}`);
}
