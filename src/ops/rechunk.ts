/** Rechunking: the same array in other chunks. */
import { type Chunks, type ChunksLike, normalizeChunks } from "../data/chunks.js";
import { factsOf } from "../data/dtype.js";
import { type Expr, makeExpr } from "../expr/expr.js";
import type { Defined } from "./definition.js";
import type { Handle } from "./handle.js";
import type { ArrayInput } from "./literal.js";
import { movementDefinition, movementOp } from "./movement.js";
import { defined } from "./parameters.js";
import type { MadeArray } from "./typed-handle.js";

const rechunkOp = movementOp<{ readonly chunks: readonly (readonly number[])[] }>({
  name: "rechunk",
  shape: ({ shape }, { chunks }) => ({ shape, chunks }),
  view: (_input, _params, view) => view,
});

/** An expression in other chunks. */
export function rechunkExpr(expr: Expr, chunks: Chunks): Expr {
  return makeExpr(rechunkOp, [expr], { chunks });
}

/** The type of {@link rechunk}. */
export interface Rechunk extends Defined<"same", "plain"> {
  (x: ArrayInput, chunks: ChunksLike): MadeArray;
  <A extends Handle>(x: A | ArrayInput, chunks: ChunksLike): A;
}

/**
 * The same array in other chunks: a number for all axes, or one entry per axis (a number, −1 for the whole axis,
 * `"auto"`, or a list of sizes). Files and elementwise results are not copied for this: the new chunks read what they
 * need. Stored chunks that exceed the memory limit together pass through a scratch file.
 * @example x.rechunk([-1, 64])
 */
export const rechunk: Rechunk = defined(
  { x: "array", chunks: "value" },
  <A extends Handle>(x: A, chunks: ChunksLike): A => {
    const { shape, dtype } = x.expr.meta;
    const grid = normalizeChunks(chunks, shape, factsOf(dtype).bytes, "rechunk");
    return x.wrap(rechunkExpr(x.expr, grid));
  },
  movementDefinition("rechunk", [
    { shapes: [[7, 9]], args: [[-1, 2]], numpy: "x" },
    { shapes: [[7, 9]], args: [4], numpy: "x" },
  ]),
);
