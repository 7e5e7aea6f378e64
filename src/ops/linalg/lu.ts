/**
 * The factors P · L · U of matrices. A square one that fits goes through one call, any other in panels (elimination.ts).
 *
 * A panel's L has its rows in the order in which the panel left them; the panels behind it exchange them again. So the orders
 * are joined, from the last panel to the first, and each L is brought into its last order once.
 */
import type { Handle } from "../define.js";
import { fullExpr } from "../sources.js";
import { concat, rechunk } from "../views.js";
import { eliminate, type Panel, panelWidth, takeRows } from "./elimination.js";
import { permutation, unitLower, upperTriangle } from "./masks.js";
import { part } from "./triangular.js";
import { asMatrices, rowsFrom, whole } from "./whole.js";

/** What {@link lu} gives. */
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
  const n = a.expr.meta.shape.at(-1)!;
  const block = whole([a], { name: "lu", rows: [n, n, n], columns: n, flops: (2 * n ** 3) / 3 });
  return { p: rowsFrom(block, 0, n), l: rowsFrom(block, n, n), u: rowsFrom(block, 2 * n, n) };
}

const heightOf = ({ expr }: Handle): number => expr.meta.shape.at(-2)!;
const widthOf = ({ expr }: Handle): number => expr.meta.shape.at(-1)!;

/** For each panel the order that its rows have in the end. */
function finalOrders<A extends Handle>(panels: readonly Panel<A>[]): A[] {
  const orders: A[] = [];
  for (const { order, factors } of [...panels].reverse()) {
    const later = orders[0];
    const [m, b] = [heightOf(order), widthOf(factors)];
    const below = (): A => part(order, [b, m], [0, 1]);
    orders.unshift(
      later === undefined ? order : concat([part(order, [0, b], [0, 1]), takeRows(below(), later)], { axis: -2 }),
    );
  }
  return orders;
}

/** Zeros where panels have no part in a factor. */
function zeros<A extends Handle>(like: A, rows: readonly number[], columns: readonly number[]): A {
  const length = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0);
  return like.wrap(fullExpr(0, like.expr.meta.dtype, [length(rows), length(columns)], [rows, columns]));
}

/** The rows of U that the panels have given, below each other. */
export function joinedUpper<A extends Handle>(panels: readonly Panel<A>[]): A {
  const before: number[] = [];
  const rows = panels.map(({ upper, factors }) => {
    const row =
      before.length === 0 ? upper : concat([zeros(upper, [heightOf(upper)], [...before]), upper], { axis: -1 });
    before.push(widthOf(factors));
    return row;
  });
  return concat(rows, { axis: -2 });
}

function joinedLower<A extends Handle>(panels: readonly Panel<A>[], orders: readonly A[]): A {
  const before: number[] = [];
  const columns = panels.map(({ factors }, k) => {
    const [m, b] = [heightOf(factors), widthOf(factors)];
    const below = part(factors, [b, m], [0, b]);
    const later = orders[k + 1];
    const own = [
      unitLower(part(factors, [0, b], [0, b])),
      ...(m === b ? [] : [later === undefined ? below : takeRows(below, later)]),
    ];
    const column = concat(before.length === 0 ? own : [zeros(factors, [...before], [b]), ...own], { axis: -2 });
    before.push(b);
    return column;
  });
  return concat(columns, { axis: -1 });
}

/**
 * The factors P · L · U of matrices, with partial pivoting: L [m, k] and U [k, n] with k = min(m, n).
 *
 * Takes real dtypes; integers become float64. A matrix beyond 2048 × 2048, or beyond 1024 × 1024 in several chunks, is factored
 * in panels, with memory for three of them: as many rows as the matrix has, and as many columns as a chunk, 512 at the most.
 * Memory for a task otherwise: five matrices. Throws a ShapeError for fewer than two axes, a DTypeError for complex numbers. A
 * singular matrix has factors too.
 * @example const { p, l, u } = linalg.lu(a)
 */
export function lu<A extends Handle>(a: A): Lu<A> {
  const matrices = asMatrices(a, "lu");
  const { meta } = matrices.expr;
  const [m, n] = meta.shape.slice(-2) as [number, number];
  const k = Math.min(m, n);
  const width = panelWidth(meta);
  if (width === null && m === n) return inOneCall(matrices);
  const cut = width === null ? matrices : rechunk(matrices, [meta.chunks[0]!, width]);
  const panels = eliminate(cut, k, width ?? k, { operation: "lu", regular: false });
  const orders = finalOrders(panels);
  return { p: permutation(orders[0]!), l: joinedLower(panels, orders), u: upperTriangle(joinedUpper(panels)) };
}
