/**
 * Elimination with partial pivoting in panels: what `lu`, `solve`, `inv`, `det` and `slogdet` do with a matrix that is
 * too large for one call.
 *
 *     ┌ panel ┬─────────┐   panel [m, b]       P · panel = L · U₁₁           one task, pivots sought in whole columns
 *     │       │  right  │   right [m, n − b]   P · right                     one task for a column of blocks
 *     │       │         │     its first rows   U₁₂ = L₁₁⁻¹ · first rows
 *     └───────┴─────────┘     what is left     below − L₂₁ · U₁₂             products; the next panel begins there
 *
 * (Right-looking; Golub and Van Loan, 3.4. Depth first, as tasks run, a column of blocks passes all panels on its left
 * before the next one begins.) Right sides are additional columns behind the matrix. A task holds about three panels
 * [m, b]; see docs/design/0014.
 */

import { cut } from "../../data/chunks.js";
import { type DType, factsOf } from "../../data/dtype.js";
import { ShapeError } from "../../data/errors.js";
import { at } from "../../data/lists.js";
import { largestOf } from "../../data/numbers.js";
import { subtract } from "../arithmetic.js";
import { concat } from "../concat.js";
import type { Handle } from "../handle.js";
import { matmul } from "../products/matmul.js";
import { rechunk } from "../rechunk.js";
import { fullExpr } from "../sources.js";
import { submatrix, triangularBlock } from "./triangular.js";
import { heightOf, matrixRoutine, sidesOf, widthOf } from "./whole-matrix.js";

/** The most columns of a panel, and the fewest. */
const [WIDEST_PANEL, NARROWEST_PANEL] = [512, 64];
/**
 * Workers share the columns beside a panel. So that there are some, a matrix has at least this many panels, unless they
 * are narrow.
 */
const FEWEST_PANELS = 8;
/** The most bytes of a panel that is not a narrow one. */
const LARGEST_PANEL_BYTES = 2 ** 27;
/** The most rows that an order can number in float32. */
const MOST_FLOAT32_ROWS = 2 ** 24;
/**
 * The longest side of a matrix in several chunks that takes one call: cut along one axis, as files usually are, and
 * along both.
 */
const [LONGEST_SINGLE_SIDE, LONGEST_SINGLE_SIDE_IN_BLOCKS] = [4096, 1024];

/** The most columns of this many rows in {@link LARGEST_PANEL_BYTES}. */
const columnsWithin = (rows: number, dtype: DType): number =>
  Math.floor(LARGEST_PANEL_BYTES / (rows * factsOf(dtype).bytes));

/**
 * The width of the panels of a matrix that is too large for one call, or null: a matrix in one chunk takes one call,
 * whatever its size; one in several chunks takes panels beyond 4096 × 4096, or beyond 1024 × 1024 where both axes are
 * cut. Panels are as wide as the chunks, so that smaller chunks need less memory.
 */
export function panelWidth(a: Handle): number | null {
  const { shape, chunks, dtype } = a.expr.meta;
  const [m, n] = sidesOf(a.expr.meta);
  const cuts = chunks.filter((sizes) => sizes.length > 1).length;
  const longest = cuts === 1 ? LONGEST_SINGLE_SIDE : LONGEST_SINGLE_SIDE_IN_BLOCKS;
  if (shape.length > 2 || m * n === 0 || cuts === 0 || Math.max(m, n) <= longest) return null;
  const widest = [
    WIDEST_PANEL,
    largestOf(at(chunks, 1)),
    Math.ceil(Math.min(m, n) / FEWEST_PANELS),
    columnsWithin(m, dtype),
  ];
  return Math.max(NARROWEST_PANEL, Math.min(...widest));
}

/**
 * A matrix in columns of blocks as wide as a panel; behind the last panel, as wide as its chunks. The rows stay as they
 * are cut.
 */
export function inColumns<A extends Handle>(a: A, width: number): A {
  const { chunks, dtype } = a.expr.meta;
  const [m, n] = sidesOf(a.expr.meta);
  const [rows, columns] = [at(chunks, 0), at(chunks, 1)];
  const k = Math.min(m, n);
  const own = Math.min(largestOf(columns), columnsWithin(m, dtype));
  return rechunk(a, [rows, [...cut(k, width), ...(n > k ? cut(n - k, Math.max(width, own)) : [])]]);
}

/** A panel after its elimination. */
export interface Panel<A> {
  /** L below the diagonal and U on and above it, [m, b]. */
  readonly factors: A;
  /**
   * The order of its rows, [m, 1], in the dtype of the matrix: row i of L · U is row `order[i]` of the rest of the
   * matrix before it.
   */
  readonly order: A;
  /** The determinant of that permutation, [1, 1], in the same dtype. */
  readonly sign: A;
  /** The first b rows, from the panel's first column to the matrix's last: U on and above the diagonal. */
  readonly upper: A;
}

/** What happens when a pivot is 0. */
export interface EliminationRule {
  readonly operation: string;
  /** True if that is an error. */
  readonly regular: boolean;
}

/** Rows in the order [k, 1], which has their dtype, in the chunks of their columns. */
export function takeRows<A extends Handle>(x: A, order: A): A {
  return matrixRoutine([order, x], { name: "takeRows", operation: "slice", columnsOf: 1 });
}

function factored<A extends Handle>(left: A, b: number, from: number, rule: EliminationRule): A {
  const m = heightOf(left);
  const flops = b * b * (m - b / 3);
  return matrixRoutine([submatrix(left, [0, m], [0, b])], {
    name: "luPanel",
    operation: rule.operation,
    params: { ...rule, from },
    flops,
  });
}

/** The panels of the first columns of a matrix, each `width` wide; the columns behind them are a right side. */
export function eliminate<A extends Handle>(a: A, columns: number, width: number, rule: EliminationRule): Panel<A>[] {
  const { dtype } = a.expr.meta;
  if (factsOf(dtype).part === "float32" && heightOf(a) > MOST_FLOAT32_ROWS) {
    const wider = dtype === "float32" ? "float64" : "complex128";
    throw new ShapeError(
      `${rule.operation}: float32 cannot count more than ${MOST_FLOAT32_ROWS} rows, ` +
        `and this matrix has ${heightOf(a)}; convert it by astype('${wider}')`,
    );
  }
  const panels: Panel<A>[] = [];
  let left = a;
  let from = 0;
  // a matrix of no columns has a panel too, which keeps its rows in order
  do {
    const [m, n] = [heightOf(left), widthOf(left)];
    const b = Math.min(width, columns - from);
    const packed = factored(left, b, from, rule);
    const factors = submatrix(packed, [0, m], [0, b]);
    const order = submatrix(packed, [0, m], [b, b + 1]);
    const sign = submatrix(packed, [0, 1], [b + 1, b + 2]);
    const corner = submatrix(packed, [0, b], [0, b]);
    if (n === b) {
      panels.push({ factors, order, sign, upper: corner });
      break;
    }
    const ordered = takeRows(submatrix(left, [0, m], [b, n]), order);
    const right = triangularBlock(corner, submatrix(ordered, [0, b], [0, n - b]), true, true);
    panels.push({ factors, order, sign, upper: concat([corner, right], { axis: -1 }) });
    from += b;
    if (from < columns)
      left = subtract(submatrix(ordered, [b, m], [0, n - b]), matmul(submatrix(packed, [b, m], [0, b]), right));
  } while (from < columns);
  return panels;
}

/** Zeros for the part of a factor that a panel does not reach. */
export function zeros<A extends Handle>(like: A, rows: readonly number[], columns: readonly number[]): A {
  const length = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0);
  return like.wrap(fullExpr(0, like.expr.meta.dtype, [length(rows), length(columns)], [rows, columns]));
}

/** The rows of U from all panels, below each other. */
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
