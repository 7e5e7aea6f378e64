/**
 * The factors P · L · U of matrices. A square one that fits takes one call, any other goes through panels
 * (elimination.ts).
 *
 * A panel's L has its rows in the order in which the panel left them; the panels behind it exchange them again. So the
 * orders are joined, from the last panel to the first, and each L is brought into its last order once.
 */
import { at } from "../../data/lists.js";
import { concat } from "../concat.js";
import type { Handle } from "../handle.js";
import type { ArrayInput } from "../literal.js";
import { takes } from "../parameters.js";
import { rechunk } from "../rechunk.js";
import type { FloatedOrReal, MadeArray, TypedHandle } from "../typed-handle.js";
import { eliminate, inColumns, joinedUpper, type Panel, panelWidth, takeRows, zeros } from "./elimination.js";
import { permutation, unitLower, upperTriangle } from "./masks.js";
import { submatrix } from "./triangular.js";
import { asMatrices, heightOf, matrixRoutine, realPart, rowsFrom, widthOf } from "./whole-matrix.js";

/** The result of {@link lu}. */
export interface Lu<A> {
  /** A permutation of rows, as a matrix. */
  readonly p: A;
  /** Lower triangular with a diagonal of ones. */
  readonly l: A;
  /** Upper triangular. */
  readonly u: A;
}

/** The factors of square matrices, each in one call. */
function inOneCall<A extends Handle>(a: A): Lu<A> {
  const n = widthOf(a);
  const block = matrixRoutine([a], { name: "lu", flops: (2 * n ** 3) / 3 });
  return { p: realPart(rowsFrom(block, 0, n)), l: rowsFrom(block, n, n), u: rowsFrom(block, 2 * n, n) };
}

/** For each panel the final order of its rows. */
function finalOrders<A extends Handle>(panels: readonly Panel<A>[]): A[] {
  const orders: A[] = [];
  for (const { order, factors } of [...panels].reverse()) {
    const later = orders[0];
    const [m, b] = [heightOf(order), widthOf(factors)];
    const below = (): A => submatrix(order, [b, m], [0, 1]);
    orders.unshift(
      later === undefined ? order : concat([submatrix(order, [0, b], [0, 1]), takeRows(below(), later)], { axis: -2 }),
    );
  }
  return orders;
}

function joinedLower<A extends Handle>(panels: readonly Panel<A>[], orders: readonly A[]): A {
  const before: number[] = [];
  const columns = panels.map(({ factors }, k) => {
    const [m, b] = [heightOf(factors), widthOf(factors)];
    const below = submatrix(factors, [b, m], [0, b]);
    const later = orders[k + 1];
    const own = [
      unitLower(submatrix(factors, [0, b], [0, b])),
      ...(m === b ? [] : [later === undefined ? below : takeRows(below, later)]),
    ];
    const column = concat(before.length === 0 ? own : [zeros(factors, [...before], [b]), ...own], { axis: -2 });
    before.push(b);
    return column;
  });
  return concat(columns, { axis: -1 });
}

/** The factors of a matrix in panels of `width` columns. */
export function luInPanels<A extends Handle>(a: A, width: number): Lu<A> {
  const [m, n] = [heightOf(a), widthOf(a)];
  const panels = eliminate(a, Math.min(m, n), width, { operation: "lu", regular: false });
  const orders = finalOrders(panels);
  const order = panels.length === 1 ? at(orders, 0) : rechunk(at(orders, 0), [width, 1]);
  return { p: permutation(realPart(order)), l: joinedLower(panels, orders), u: upperTriangle(joinedUpper(panels)) };
}

/**
 * The factors P · L · U of matrices, with partial pivoting: L [m, k] and U [k, n] with k = min(m, n).
 *
 * Accepts real and complex dtypes; integers become float64. P is real. A matrix in several chunks beyond 4096 × 4096,
 * or beyond 1024 × 1024 where both axes are cut, is factored in panels, with memory for three of them: as many rows as
 * the matrix has, and as many columns as a chunk, 512 at most. A matrix in one chunk is one call. Memory for a task
 * otherwise: five matrices. Throws a ShapeError for fewer than two axes. A singular matrix also has factors.
 * @example const { p, l, u } = linalg.lu(a)
 */
export const lu = takes<{
  <A extends TypedHandle>(a: A): Lu<FloatedOrReal<A>>;
  (a: ArrayInput): Lu<MadeArray>;
  <A extends Handle>(a: A | ArrayInput): Lu<A>;
}>("lu", { a: "array" }, <A extends Handle>(a: A): Lu<A> => {
  const matrices = asMatrices(a, "lu");
  const [m, n] = [heightOf(matrices), widthOf(matrices)];
  const width = panelWidth(matrices);
  if (width !== null) return luInPanels(inColumns(matrices, width), width);
  return m === n ? inOneCall(matrices) : luInPanels(matrices, Math.min(m, n));
});
