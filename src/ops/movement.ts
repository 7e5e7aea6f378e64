/**
 * The movement family: operations that only say which element of the input stands where. A definition is a function from
 * a view of the output to a view of the input, and the shape and chunks of the output; nothing is copied.
 */
import { type Chunks, startsOf } from "../data/chunks.js";
import type { View } from "../data/region.js";
import { type Expr, makeExpr } from "../expr/expr.js";
import type { Meta } from "../expr/meta.js";
import type { Op } from "../expr/op.js";
import type { Defined, Definition, Example } from "./define.js";

/** What defines a movement. */
export interface MovementRule<P> {
  readonly name: string;
  shape(input: Meta, params: P): { readonly shape: readonly number[]; readonly chunks: Chunks };
  /** The view of the input that a view of the output is. */
  view(input: Meta, params: P, view: View, output: Meta): View;
}

/** An operation of one input from a rule. */
export function movementOp<P>(rule: MovementRule<P>): Op<P, readonly [Meta]> {
  return {
    name: rule.name,
    infer: ([meta], params) => ({ ...meta, ...rule.shape(meta, params) }),
    work: {
      kind: "map",
      reads: ([meta], params, view, box, output) => [{ box, views: [rule.view(meta, params, view, output)] }],
    },
  };
}

/** What the tests know of a movement: its examples. */
export function movementDefinition(name: string, examples: readonly Example[], arity = 1): Definition {
  return { family: "movement", name, arity, accepts: () => true, numpy: "", ulps: 0, domain: [-5, 5], examples };
}

/** A function with its definition. */
export function defined<F extends object>(f: F, definition: Definition): F & Defined {
  return Object.assign(f, { definition });
}

/** The chunks of a selection: how many of the selected indices lie in each chunk, empty ones left out. */
export function selectChunks(sizes: readonly number[], start: number, step: number, count: number): number[] {
  if (count === 0) return [0];
  const bounds = startsOf(sizes);
  const result: number[] = [];
  for (let block = 0; block < sizes.length; block++) {
    // the selected positions p with bounds[block] <= start + step·p < bounds[block + 1]
    const [near, far] = step > 0 ? [bounds[block]!, bounds[block + 1]! - 1] : [bounds[block + 1]! - 1, bounds[block]!];
    const first = Math.max(0, Math.ceil((near - start) / step));
    const last = Math.min(count - 1, Math.floor((far - start) / step));
    if (last >= first) result.push(last - first + 1);
  }
  return step > 0 ? result : result.reverse();
}

const squeezeOp = movementOp<{ readonly axes: readonly number[] }>({
  name: "squeeze",
  shape: ({ shape, chunks }, { axes }) => ({
    shape: shape.filter((_, axis) => !axes.includes(axis)),
    chunks: chunks.filter((_, axis) => !axes.includes(axis)),
  }),
  view(input, { axes }, view) {
    let next = 0;
    return input.shape.map((_, axis) => (axes.includes(axis) ? { dim: -1, start: 0, step: 0 } : view[next++]!));
  },
});

/** Drops axes of length 1; the caller has checked them. */
export function squeezeAxes(expr: Expr, axes: readonly number[]): Expr {
  return makeExpr(squeezeOp, [expr], { axes }, expr);
}

const spreadOp = movementOp<{
  readonly axes: readonly number[];
  readonly shape: readonly number[];
  readonly chunks: Chunks;
}>({
  name: "spread",
  shape: (_input, { shape, chunks }) => ({ shape, chunks }),
  view: (_input, { axes }, view) => axes.map((axis) => view[axis]!),
});

/** Repeats an array along the axes of a larger shape that are not its own: its axis i is axis `axes[i]` of the result. */
export function spread(
  expr: Expr,
  axes: readonly number[],
  to: { readonly shape: readonly number[]; readonly chunks: Chunks },
  origin: Expr,
): Expr {
  return makeExpr(spreadOp, [expr], { axes, shape: to.shape, chunks: to.chunks }, origin);
}
