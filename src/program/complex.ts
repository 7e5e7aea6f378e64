/**
 * Complex arithmetic in real arithmetic: {@link split} turns a complex scalar into its real and imaginary parts, so
 * that no backend ever meets a complex number. What is left of complex values are `re(input)` and `im(input)`.
 *
 * Formulas are NumPy's where it has one (Smith's division); elementary functions are their textbook parts.
 */
import { type Complex, factsOf, isComplex } from "../data/dtype.js";
import { DTypeError } from "../data/errors.js";
import { at } from "../data/lists.js";
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

/** The real and the imaginary part of a scalar. */
export type Parts = readonly [re: Scalar, im: Scalar];

const half = (x: Scalar): Scalar => mul(constant(0.5, x.dtype), x);
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

function exponential([re, im]: Parts): Parts {
  const size = unary("exp", re);
  // a real number stays real: e^inf · (cos 0 + i sin 0) must not become inf + i·nan
  const flat = compare("eq", im, constant(0, im.dtype));
  return [select(flat, size, mul(size, unary("cos", im))), select(flat, im, mul(size, unary("sin", im)))];
}

const logarithm = (z: Parts): Parts => [unary("log", modulus(z)), binary("atan2", z[1], z[0])];

function squareRoot(z: Parts): Parts {
  const [re, im] = z;
  const size = modulus(z);
  const zero = constant(0, re.dtype);
  const big = unary("sqrt", half(add(size, unary("abs", re))));
  const small = select(compare("eq", big, zero), zero, div(half(unary("abs", im)), big));
  const right = compare("ge", re, zero);
  const height = select(right, small, big);
  return [select(right, big, small), select(compare("lt", im, zero), negate(height), height)];
}

function power(z: Parts, w: Parts): Parts {
  const [one, zero] = [constant(1, z[0].dtype), constant(0, z[0].dtype)];
  const [re, im] = exponential(product(w, logarithm(z)));
  const base0 = binary("and", compare("eq", z[0], zero), compare("eq", z[1], zero));
  const power0 = binary("and", compare("eq", w[0], zero), compare("eq", w[1], zero));
  const squared = binary("and", compare("eq", w[0], constant(2, one.dtype)), compare("eq", w[1], zero));
  const square = product(z, z); // exact where the exponent says so, as NumPy does for small whole exponents
  const pick = (general: Scalar, exact: Scalar, at0: Scalar): Scalar =>
    select(power0, at0, select(base0, zero, select(squared, exact, general)));
  return [pick(re, square[0], one), pick(im, square[1], zero)];
}

function sinus([a, b]: Parts): Parts {
  return [mul(unary("sin", a), unary("cosh", b)), mul(unary("cos", a), unary("sinh", b))];
}

function cosinus([a, b]: Parts): Parts {
  return [mul(unary("cos", a), unary("cosh", b)), negate(mul(unary("sin", a), unary("sinh", b)))];
}

const timesI = ([re, im]: Parts): Parts => [negate(im), re];
const overI = ([re, im]: Parts): Parts => [im, negate(re)];
const sinusH = (z: Parts): Parts => overI(sinus(timesI(z)));
const cosinusH = (z: Parts): Parts => cosinus(timesI(z));

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
  sqrt: ofOne(squareRoot),
  exp: ofOne(exponential),
  log: ofOne(logarithm),
  sin: ofOne(sinus),
  cos: ofOne(cosinus),
  tan: ofOne((z) => quotient(sinus(z), cosinus(z))),
  sinh: ofOne(sinusH),
  cosh: ofOne(cosinusH),
  tanh: ofOne((z) => quotient(sinusH(z), cosinusH(z))),
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
