/**
 * The movement family: operations that only say which element of the input goes where. A definition is a function from
 * a view of the output to a view of the input, with the shape and chunks of the output. Nothing is copied.
 */
import type { Chunks } from "../data/chunks.js";
import { at } from "../data/lists.js";
import type { View } from "../data/region.js";
import { type Expr, makeExpr } from "../expr/expr.js";
import type { Meta } from "../expr/meta.js";
import type { Op, Shown } from "../expr/op.js";
import type { Definition, Example } from "./definition.js";

/** What defines a movement. */
export interface MovementRule<P> {
  readonly name: string;
  /** See {@link Op.shown}. */
  shown?(params: P): Shown;
  shape(input: Meta, params: P): { readonly shape: readonly number[]; readonly chunks: Chunks };
  /** The view of the input that corresponds to a view of the output. */
  view(input: Meta, params: P, view: View, output: Meta): View;
}

/** An operation of one input from a rule. */
export function movementOp<P>(rule: MovementRule<P>): Op<P, readonly [Meta]> {
  return {
    name: rule.name,
    ...(rule.shown === undefined ? {} : { shown: rule.shown }),
    infer: ([meta], params) => ({ ...meta, ...rule.shape(meta, params) }),
    work: {
      kind: "map",
      reads: ([meta], params, view, box, output) => [{ box, views: [rule.view(meta, params, view, output)] }],
    },
  };
}

/** What the tests know about a movement: its examples. */
export function movementDefinition(name: string, examples: readonly Example[], arity = 1): Definition {
  return { family: "movement", name, arity, accepts: () => true, numpy: "", ulps: 0, domain: [-5, 5], examples };
}

const squeezeOp = movementOp<{ readonly axes: readonly number[] }>({
  name: "squeeze",
  shape: ({ shape, chunks }, { axes }) => ({
    shape: shape.filter((_, axis) => !axes.includes(axis)),
    chunks: chunks.filter((_, axis) => !axes.includes(axis)),
  }),
  view(_input, { axes }, view) {
    const rules = [...view];
    for (const axis of axes) rules.splice(axis, 0, { dim: -1, start: 0, step: 0 });
    return rules;
  },
});

/** Drops axes, in ascending order, whose length the caller knows to be 1. */
export function squeezeAxes(expr: Expr, axes: readonly number[]): Expr {
  return makeExpr(squeezeOp, [expr], { axes }, expr);
}

const spreadOp = movementOp<{
  readonly axes: readonly number[];
  readonly shape: readonly number[];
  readonly chunks: Chunks;
}>({
  name: "spread",
  shown: () => ({ name: "broadcastTo", params: "" }),
  shape: (_input, { shape, chunks }) => ({ shape, chunks }),
  view: (_input, { axes }, view) => axes.map((axis) => at(view, axis)),
});

/** Repeats an array along the other axes of a larger shape: its axis i becomes axis `axes[i]` of the result. */
export function spread(
  expr: Expr,
  axes: readonly number[],
  to: { readonly shape: readonly number[]; readonly chunks: Chunks },
  origin: Expr,
): Expr {
  return makeExpr(spreadOp, [expr], { axes, shape: to.shape, chunks: to.chunks }, origin);
}
