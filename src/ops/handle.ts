/**
 * Handles: what users hold. An operation takes any {@link Handle} and gives one of the same class, so this layer knows
 * nothing of `ChunkedArray`.
 */
import type { Element } from "../data/dtype.js";
import { ArgumentError, InternalError } from "../data/errors.js";
import { shown } from "../data/shown.js";
import type { Expr } from "../expr/expr.js";
import type { ArrayInput } from "./array-input.js";

/** Something that represents an expression: an array that users hold. */
export interface Handle {
  readonly expr: Expr;
  /** A handle of the same class for another expression. */
  wrap(expr: Expr): this;
}

/** An array, what is taken as one, or a JavaScript value, which takes the array's dtype where it fits. */
export type Operand<A extends Handle> = A | Element | ArrayInput;

let make: ((expr: Expr) => Handle) | null = null;

/** Says of which class handles are that are made of data alone, without another handle. */
export function makeHandlesBy(wrap: (expr: Expr) => Handle): void {
  make = wrap;
}

/** A handle for an expression that has none. */
export function handleOf(expr: Expr): Handle {
  if (make === null) throw new InternalError("internal error: no class of handles is known yet");
  return make(expr);
}

/** True for a handle. */
export function isHandle(value: unknown): value is Handle {
  return typeof value === "object" && value !== null && "expr" in value && "wrap" in value;
}

/** The first handle among arguments; it determines the class of the result. */
export function handleAmong<A extends Handle>(args: readonly unknown[], operation: string): A {
  // only the caller knows the class of its handles
  for (const arg of args) if (isHandle(arg)) return arg as A;
  const given = args.slice(0, 3).map(shown).join(", ");
  throw new ArgumentError(
    `${operation}: none of the arguments (${given}) is a chunked array; make one with fromArray()`,
  );
}
