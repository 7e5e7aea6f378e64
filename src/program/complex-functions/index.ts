/** The table of functions of complex numbers, by primitive; their parts are float64. */
import type { Primitive } from "../scalar.js";
import { cos, cosh, exp, expm1, sin, sinh, tan, tanh } from "./exponential.js";
import { acos, acosh, asin, asinh, atan, atanh } from "./inverse.js";
import { log, log1p, log2, log10, sqrt } from "./logarithm.js";
import type { ComplexFunction } from "./parts.js";

/** See the head of this file. */
export const complexFunctions = {
  sqrt, exp, expm1, log, log2, log10, log1p,
  sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh,
} as const satisfies Partial<Record<Primitive, ComplexFunction>>; // biome-ignore format: a table
