/** The table of expansions: for each function of floats, how it is written out. */
import type { DType } from "../../data/dtype.js";
import { at } from "../../data/lists.js";
import type { Primitive, Scalar } from "../scalar.js";
import { cos, sin, tan } from "./circular.js";
import { exp, exp2, expm1 } from "./exponential.js";
import { acosh, asinh, atanh, cosh, sinh, tanh } from "./hyperbolic.js";
import { acos, asin, atan, atan2 } from "./inverse.js";
import { log, log1p, log2, log10 } from "./logarithm.js";
import { pow } from "./power.js";
import { cbrt, hypot } from "./root.js";

/** A function written out in simpler primitives; its arguments are float64, or float32. */
export interface Expansion {
  readonly arity: 1 | 2;
  expand(args: readonly Scalar[]): Scalar;
}

function ofOne(f: (x: Scalar) => Scalar): Expansion {
  return { arity: 1, expand: (args) => f(at(args, 0)) };
}

function ofTwo(f: (x: Scalar, y: Scalar) => Scalar): Expansion {
  return { arity: 2, expand: (args) => f(at(args, 0), at(args, 1)) };
}

/** By primitive. A primitive without an entry is left to the backend. */
export const expansions: Readonly<Partial<Record<Primitive, Expansion>>> = {
  exp: ofOne(exp),
  exp2: ofOne(exp2),
  expm1: ofOne(expm1),
  log: ofOne(log),
  log2: ofOne(log2),
  log10: ofOne(log10),
  log1p: ofOne(log1p),
  sinh: ofOne(sinh),
  cosh: ofOne(cosh),
  tanh: ofOne(tanh),
  asinh: ofOne(asinh),
  acosh: ofOne(acosh),
  atanh: ofOne(atanh),
  asin: ofOne(asin),
  acos: ofOne(acos),
  atan: ofOne(atan),
  atan2: ofTwo(atan2),
  cbrt: ofOne(cbrt),
  hypot: ofTwo(hypot),
  pow: ofTwo(pow),
  sin: ofOne(sin),
  cos: ofOne(cos),
  tan: ofOne(tan),
};

/** Whether a backend that emits machine code is given a primitive of this result in simpler ones. */
export function isWrittenOut({ op, dtype }: { readonly op: string; readonly dtype: DType }): boolean {
  return (dtype === "float64" || dtype === "float32") && op in expansions;
}
