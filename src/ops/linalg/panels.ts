/** Solutions and determinants of one large matrix, from its panels (elimination.ts). */
import { abs, add, multiply, sign } from "../arithmetic.js";
import { concat } from "../concat.js";
import { diagonal } from "../diagonal.js";
import type { Handle } from "../handle.js";
import { log } from "../mathematical.js";
import { prod, sum } from "../reductions.js";
import { eliminate, inColumns, joinedUpper } from "./elimination.js";
import { submatrix, triangularBlocks } from "./triangular.js";
import { heightOf, widthOf } from "./whole-matrix.js";

/** Solves in panels of `width` columns; right sides pass them like the columns of the matrix. */
export function solveInPanels<A extends Handle>(a: A, b: A, width: number, operation: string): A {
  const [n, r] = [heightOf(b), widthOf(b)];
  const both = concat([inColumns(a, width), inColumns(b, width)], { axis: 1 });
  const rows = joinedUpper(eliminate(both, n, width, { operation, regular: true }));
  return triangularBlocks(submatrix(rows, [0, n], [0, n]), submatrix(rows, [0, n], [n, n + r]), false, false, width);
}

/**
 * The pivots of a matrix, and the signs of the panels' permutations: factored as in `lu`, so that both share the work.
 */
function pivots<A extends Handle>(a: A, width: number): [pivots: A, signs: A] {
  const panels = eliminate(inColumns(a, width), widthOf(a), width, { operation: "lu", regular: false });
  return [concat(panels.map(({ factors }) => diagonal(factors))), concat(panels.map((panel) => panel.sign))];
}

/** The determinant. */
export function detInPanels<A extends Handle>(a: A, width: number): A {
  const [values, signs] = pivots(a, width);
  return add(multiply(prod(values), prod(signs)), 0); // not −0
}

/** The result of `slogdet`. */
export interface SignAndLog<A> {
  /** 1, −1, or 0 for a singular matrix; for complex matrices a number with absolute value 1, or 0. */
  readonly sign: A;
  /** The natural logarithm of the absolute value of the determinant. */
  readonly logabsdet: A;
}

/** The sign of the determinant, and the logarithm of its absolute value. */
export function slogdetInPanels<A extends Handle>(a: A, width: number): SignAndLog<A> {
  const [values, signs] = pivots(a, width);
  return { sign: add(multiply(prod(sign(values)), prod(signs)), 0), logabsdet: sum(log(abs(values))) };
}
