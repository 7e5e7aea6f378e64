/** The table of expansions: for each function of floats, how it is written out. */
import type { DType } from "../../data/dtype.js";
import type { Primitive, Scalar } from "../scalar.js";
import { cos, sin, tan } from "./circular.js";
import { exp, exp2, expm1 } from "./exponential.js";
import { acosh, asinh, atanh, cosh, sinh, tanh } from "./hyperbolic.js";
import { acos, asin, atan, atan2 } from "./inverse.js";
import { log, log1p, log2, log10 } from "./logarithm.js";
import { pow } from "./power.js";
import { cbrt, hypot } from "./root.js";

/** A function written out in simpler primitives; its arguments are float64, or float32. */
export type Expansion = (...args: Scalar[]) => Scalar;

/** By primitive. What is not here is left to the backend. */
export const expansions: Readonly<Partial<Record<Primitive, Expansion>>> = {
  exp: (x) => exp(x!),
  exp2: (x) => exp2(x!),
  expm1: (x) => expm1(x!),
  log: (x) => log(x!),
  log2: (x) => log2(x!),
  log10: (x) => log10(x!),
  log1p: (x) => log1p(x!),
  sinh: (x) => sinh(x!),
  cosh: (x) => cosh(x!),
  tanh: (x) => tanh(x!),
  asinh: (x) => asinh(x!),
  acosh: (x) => acosh(x!),
  atanh: (x) => atanh(x!),
  asin: (x) => asin(x!),
  acos: (x) => acos(x!),
  atan: (x) => atan(x!),
  atan2: (y, x) => atan2(y!, x!),
  cbrt: (x) => cbrt(x!),
  hypot: (x, y) => hypot(x!, y!),
  pow: (x, y) => pow(x!, y!),
  sin: (x) => sin(x!),
  cos: (x) => cos(x!),
  tan: (x) => tan(x!),
};

/** Whether a backend that emits machine code is given a primitive of this result in simpler ones. */
export function isWrittenOut({ op, dtype }: { readonly op: string; readonly dtype: DType }): boolean {
  return (dtype === "float64" || dtype === "float32") && op in expansions;
}
