/**
 * The optimizer: a visible list of passes over expressions, each of which keeps dtype, shape, chunks and values.
 *
 * It is short because most of what optimizers do is not a rewrite here: slices, transposes and broadcasts are views
 * that reach the source by themselves, elementwise operations fuse when tasks are planned, unneeded blocks are never
 * asked for.
 */
import type { Expr } from "../expr/expr.js";
import { narrow } from "./narrow.js";
import { expand, share } from "./rewrites.js";
import { chooseStored } from "./store.js";

/** A pass: its name and what it does to the wanted expressions. */
export interface Pass {
  readonly name: string;
  run(roots: readonly Expr[]): readonly Expr[];
}

/** The passes, in order. */
export const passes: readonly Pass[] = [
  { name: "expand", run: expand },
  { name: "share", run: share },
  { name: "narrow", run: narrow },
];

/** What comes out of the passes: the expressions, and the maps among them that are stored. */
export interface Optimized {
  readonly roots: readonly Expr[];
  readonly stored: ReadonlySet<Expr>;
}

/** Runs all passes. */
export function optimize(roots: readonly Expr[]): Optimized {
  let result: readonly Expr[] = roots;
  for (const pass of passes) result = pass.run(result);
  return { roots: result, stored: chooseStored(result) };
}
