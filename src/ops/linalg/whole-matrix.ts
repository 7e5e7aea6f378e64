/**
 * Routines over whole matrices: the last two axes are gathered into one block, leading axes are stacks of matrices.
 *
 *     x [stack…, m, n] ──routine──▶ block [stack…, rows, columns]
 *
 * A routine with several outputs has them below each other in its block, all with the same number of columns; slices of
 * the rows take them apart again, and nothing is copied for that.
 */
import { type DType, isComplex, promote, toFloating } from "../../data/dtype.js";
import { ShapeError } from "../../data/errors.js";
import { at, mapNonEmpty, type NonEmpty } from "../../data/lists.js";
import { type Box, boxOf, sizeOf } from "../../data/region.js";
import { makeExpr } from "../../expr/expr.js";
import type { Meta } from "../../expr/meta.js";
import type { Op, RoutineCost } from "../../expr/op.js";
import { formatParams } from "../../expr/print.js";
import type { KernelSpec } from "../../program/routines/spec.js";
import { outputShapes, type RoutineName } from "../../program/routines/table.js";
import { concat } from "../concat.js";
import type { Handle } from "../handle.js";
import { conj, real } from "../mathematical.js";
import { squeezeAxes } from "../movement.js";
import { astype } from "../selection.js";
import { slice } from "../slice.js";
import { fullExpr } from "../sources.js";
import { transpose } from "../transpose.js";

/** What defines a routine over whole matrices. */
export interface MatrixRoutineRule {
  /** The routine's name. */
  readonly name: RoutineName;
  /** The name in errors. Default: the routine's name. */
  readonly operation?: string;
  /** Plain data for the routine. */
  readonly params?: KernelSpec["params"];
  /** The dtype of the block. Default: that of the first input. */
  readonly dtype?: DType;
  /** The input whose column chunks the result has; each block then needs only its own columns of that input. */
  readonly columnsOf?: number;
  /** Floating-point operations for one real matrix. */
  readonly flops?: number;
}

/** A rule with the sides of its result: the rows of each output, and the columns that all of them have. */
interface MatrixRoutineParams extends MatrixRoutineRule {
  readonly rows: readonly number[];
  readonly columns: number;
}

/** The number of rows and of columns of matrices. */
export const sidesOf = ({ shape }: Pick<Meta, "shape">): readonly [rows: number, columns: number] => [
  at(shape, -2),
  at(shape, -1),
];
/** The number of rows of matrices. */
export const heightOf = ({ expr: { meta } }: Handle): number => at(meta.shape, -2);
/** The number of columns of matrices. */
export const widthOf = ({ expr: { meta } }: Handle): number => at(meta.shape, -1);

const stackOf = ({ shape }: Meta): readonly number[] => shape.slice(0, -2);

const matrixRoutineOp: Op<MatrixRoutineParams, NonEmpty<Meta>> = {
  name: "linalg",
  shown: ({ params }) => ({ params: formatParams(params) }),
  infer(inputs, { rows, columns, columnsOf, dtype }) {
    const [first] = inputs;
    const height = rows.reduce((sum, count) => sum + count, 0);
    const cut = columnsOf === undefined ? [columns] : at(at(inputs, columnsOf).chunks, -1);
    return {
      dtype: dtype ?? first.dtype,
      shape: [...stackOf(first), height, columns],
      chunks: [...first.chunks.slice(0, -2), [height], cut],
    };
  },
  work: {
    kind: "routine",
    routine: ({ name, params = null }) => ({ kind: "kernel", name, params, rank: 2 }),
    steps(inputs, { columnsOf }, { box }) {
      const stack = box.slice(0, -2);
      const step = mapNonEmpty(inputs, ({ shape }, i): Box => {
        const matrix = boxOf(shape.slice(-2));
        return [...stack, ...(i === columnsOf ? matrix.with(-1, at(box, -1)) : matrix)];
      });
      return [step];
    },
    rows: (_inputs, { rows }) => rows,
    cost([first], { flops = 0 }): RoutineCost {
      const calls = sizeOf(stackOf(first));
      const each = isComplex(first.dtype) ? 4 : 1;
      return { flops: each * flops * calls, calls };
    },
  },
};

/**
 * The block of a routine over whole matrices of one dtype whose stacks agree; all outputs have as many columns as the
 * last.
 */
export function matrixRoutine<A extends Handle>(inputs: NonEmpty<A>, rule: MatrixRoutineRule): A {
  const [first] = inputs;
  const matrices = inputs.map(({ expr: { meta } }) => ({ dtype: meta.dtype, shape: meta.shape.slice(-2) }));
  const shapes = outputShapes(rule.name, matrices, rule.params ?? null);
  const rows = shapes.map((shape) => shape.at(-2) ?? 1);
  const columns = shapes.at(-1)?.at(-1) ?? 1;
  const exprs = mapNonEmpty(inputs, ({ expr }) => expr);
  return first.wrap(
    makeExpr({ ...matrixRoutineOp, name: rule.operation ?? rule.name }, exprs, { ...rule, rows, columns }),
  );
}

/** Rows of the block of a routine, from one on. */
export function rowsFrom<A extends Handle>(block: A, from: number, count: number): A {
  const stack = block.expr.meta.shape.slice(0, -2).map(() => null);
  return slice(block, [...stack, [from, from + count], null]);
}

/** A block of one row as a stack of vectors, or of one element as a stack of numbers. */
export function withoutRow<A extends Handle>(block: A, axes: 1 | 2 = 1): A {
  const { shape } = block.expr.meta;
  const last = shape.length - 1;
  return block.wrap(squeezeAxes(block.expr, axes === 2 ? [last - 1, last] : [last - 1]));
}

/** Matrices with rows and columns exchanged. */
export function transposed<A extends Handle>(x: A): A {
  const ndim = x.expr.meta.shape.length;
  return transpose(x, [...Array.from({ length: ndim - 2 }, (_, i) => i), ndim - 1, ndim - 2]);
}

/** Aᴴ: the conjugates, with rows and columns exchanged. */
export function adjoint<A extends Handle>(x: A): A {
  return isComplex(x.expr.meta.dtype) ? conj(transposed(x)) : transposed(x);
}

/** What is real, whatever the dtype of the block that it came in. */
export function realPart<A extends Handle>(x: A): A {
  return isComplex(x.expr.meta.dtype) ? real(x) : x;
}

/** Matrices in floating point: integers become float64. */
export function asMatrices<A extends Handle>(x: A, operation: string): A {
  const { shape, dtype } = x.expr.meta;
  if (shape.length < 2) {
    throw new ShapeError(
      `${operation}: takes matrices, an array of at least two axes; got shape [${shape.join(", ")}]`,
    );
  }
  return astype(x, toFloating(dtype));
}

/** Square matrices in floating point. */
export function asSquare<A extends Handle>(x: A, operation: string): A {
  const matrices = asMatrices(x, operation);
  const { shape } = matrices.expr.meta;
  if (shape.at(-1) !== shape.at(-2)) {
    throw new ShapeError(`${operation}: expected square matrices; got shape [${shape.join(", ")}]`);
  }
  return matrices;
}

/** The common floating dtype. */
export function commonFloat(dtypes: readonly DType[]): DType {
  return dtypes.map(toFloating).reduce(promote);
}

/** Matrices with rows or columns of zeros behind, which change no factor. */
export function padToSquare<A extends Handle>(a: A, side: number): A {
  const { shape, dtype } = a.expr.meta;
  const [m, n] = sidesOf(a.expr.meta);
  if (m === n) return a;
  const missing = [...shape.slice(0, -2), ...(m < n ? [side - m, n] : [m, side - n])];
  const zeros = a.wrap(
    fullExpr(
      0,
      dtype,
      missing,
      missing.map((length) => [length]),
    ),
  );
  return concat([a, zeros], { axis: m < n ? -2 : -1 });
}
