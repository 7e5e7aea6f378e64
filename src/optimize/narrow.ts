/**
 * Makes no more of a stored array than is read of it. Views reach through maps to what they read, but a reshape is
 * stored block by block, and ten elements of it may lie in a block of millions.
 *
 *     reshape(x) [90000, 90000]  ◀── slice [5:6, 0:10]      becomes      within ◀── slice
 *                                                                          ▲
 *                                                                 reshape(x) of [5:6, 0:10] alone
 *
 * Invariant: for each array the box that is kept holds all that anybody reads of it.
 */
import { at, lookUp } from "../data/lists.js";
import { type Box, boxOf, cornerOf, countsOf, hull, identityView, isEmpty, touchedBox } from "../data/region.js";
import { type Expr, makeExpr } from "../expr/expr.js";
import type { Meta } from "../expr/meta.js";
import type { Op } from "../expr/op.js";
import { postorder, touchedBy } from "../expr/walk.js";

interface WithinParams {
  /** Where the input begins in the result; what is outside is never read. */
  readonly start: readonly number[];
  readonly meta: Meta;
}

/** An array of which only a box exists. */
const withinOp: Op<WithinParams, readonly [Meta]> = {
  name: "reshape.within",
  partOf: "reshape",
  shown: () => ({ name: "within", params: "" }),
  infer: (_inputs, { meta }) => meta,
  work: {
    kind: "map",
    reads: (_inputs, { start }, view, box) => [
      { box, input: 0, view: view.map((rule, axis) => ({ ...rule, start: rule.start - at(start, axis) })) },
    ],
  },
};

/** A node that can make less, over its input. */
interface Part {
  readonly box: Box;
  readonly params: unknown;
}

const canBeNarrowed = ({ op: { work } }: Expr): boolean => work.kind === "assemble" && work.narrow !== undefined;

/** What nodes make instead of all: from the roots down, since a part of a part reads less in its turn. */
function partsOf(roots: readonly Expr[], order: readonly Expr[]): ReadonlyMap<Expr, Part> {
  const needs = new Map<Expr, Box>(roots.map((root) => [root, boxOf(root.meta.shape)]));
  const parts = new Map<Expr, Part>();
  const need = (expr: Expr, box: Box): void => {
    const known = needs.get(expr);
    needs.set(expr, known === undefined ? box : hull(known, box));
  };
  for (const expr of order.toReversed()) {
    const { op, inputs, params, meta, metas } = expr;
    const box = needs.get(expr);
    // nothing is read of it, or nothing is there
    if (box === undefined || isEmpty(box)) continue;
    if (op.work.kind === "map") {
      for (const part of op.work.reads(metas, params, identityView(box.length), box, meta)) {
        for (const touched of touchedBy(expr, part)) need(touched.expr, touchedBox(touched.view, part.box));
      }
      continue;
    }
    const [input] = inputs;
    const isPart = countsOf(box).some((count, axis) => count < at(meta.shape, axis));
    if (op.work.kind === "assemble" && input !== undefined && isPart) {
      const narrowed = op.work.narrow?.(input.meta, params, meta, box) ?? null;
      if (narrowed !== null) {
        parts.set(expr, { box, params: narrowed.params });
        need(input, narrowed.reads);
        continue;
      }
    }
    for (const other of inputs) need(other, boxOf(other.meta.shape));
  }
  return parts;
}

/** Makes of arrays that are stored only the boxes that are read. */
export function narrow(roots: readonly Expr[]): readonly Expr[] {
  const order = postorder(roots);
  if (!order.some(canBeNarrowed)) return roots; // as nearly always
  const parts = partsOf(roots, order);
  if (parts.size === 0) return roots;
  const done = new Map<Expr, Expr>();
  for (const expr of order) {
    const inputs = expr.inputs.map((input) => lookUp(done, input));
    const part = parts.get(expr);
    if (part === undefined) done.set(expr, expr.over(inputs));
    else {
      const made = makeExpr(expr.op, inputs, part.params, expr);
      done.set(expr, makeExpr(withinOp, [made], { start: cornerOf(part.box), meta: expr.meta }, expr));
    }
  }
  return roots.map((root) => lookUp(done, root));
}
