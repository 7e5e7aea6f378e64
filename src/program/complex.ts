/**
 * Complex arithmetic in real arithmetic: {@link split} turns a complex scalar into its real and imaginary parts, so
 * that no backend ever meets a complex number. What is left of complex values are `re(input)` and `im(input)`.
 *
 * Arithmetic, and powers with whole exponents, are NumPy's to the last bit. Functions are those of complex-functions/;
 * those of complex64 are computed in float64 and rounded once.
 */
import { type Complex, factsOf, isComplex } from "../data/dtype.js";
import { DTypeError } from "../data/errors.js";
import { at } from "../data/lists.js";
import { product, quotient } from "./complex-functions/arithmetic.js";
import { complexFunctions } from "./complex-functions/index.js";
import { type ComplexFunction, type Parts, partsAs } from "./complex-functions/parts.js";
import { power } from "./complex-functions/power.js";
import { add, binary, type Call, cast, compare, constant, part, type Scalar, select, sub, unary } from "./scalar.js";

const negate = (x: Scalar): Scalar => unary("neg", x);
const modulus = ([re, im]: Parts): Scalar => binary("hypot", re, im);

/** A function with the parts of its argument in float64. */
const widely =
  (f: ComplexFunction): ComplexFunction =>
  (z) =>
    partsAs(f(partsAs(z, "float64")), z[0].dtype);

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
