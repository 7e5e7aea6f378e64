/**
 * Which maps are stored. Normally none: a map's scalar expression is fused into every reader and computed again there.
 * That is right as long as the fused expression stays small; a stencil applied thirty times (`y = y[1:] + y[:-1]`)
 * would fuse into a thousand million loads. So a map whose fused form exceeds the limits gets its largest input stored,
 * or what that input only moves: both slices of the stencil then read one stored array.
 *
 * Invariant: the choice depends on the expression alone.
 */
import { zip } from "../data/lists.js";
import { boxOf, identityView, keyOfView, sizeOf, type View } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import { fieldsOf } from "../expr/meta.js";
import { postorder } from "../expr/walk.js";
import { inputFields } from "../program/scalar.js";

/** The most nodes that are fused into one loop, counted once for each view; also keeps recursion shallow. */
const MOST_NODES = 250;
/** The most operands of one loop. */
const MOST_LEAVES = 24;

interface Extent {
  nodes: number;
  leaves: number;
}

/** How much would be fused into a loop for this map; counting stops where a limit is passed. */
function extentOf(root: Expr, stored: ReadonlySet<Expr>): Extent {
  const extent = { nodes: 0, leaves: 0 };
  const seen = new Map<Expr, Set<string>>();
  const box = boxOf(root.meta.shape);
  const stack: { expr: Expr; view: View }[] = [{ expr: root, view: identityView(root.meta.shape.length) }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { expr, view } = top;
    const views = seen.get(expr) ?? new Set<string>();
    seen.set(expr, views);
    const key = keyOfView(view);
    if (views.has(key)) continue;
    views.add(key);
    const { work } = expr.op;
    if (work.kind !== "map" || (expr !== root && stored.has(expr))) extent.leaves++;
    else {
      extent.nodes++;
      const metas = expr.inputs.map((input) => input.meta);
      for (const part of work.reads(metas, expr.params, view, box, expr.meta)) {
        for (const [input, inner] of zip(expr.inputs, part.views)) {
          if (inner !== null) stack.push({ expr: input, view: inner });
        }
      }
    }
    if (extent.nodes > MOST_NODES || extent.leaves > MOST_LEAVES) break;
  }
  return extent;
}

/** The one input of a map whose elements are those of the input, moved; null for other expressions. */
function movedInput({ op: { work }, inputs, params, meta }: Expr): Expr | null {
  const [from, ...others] = inputs;
  if (work.kind !== "map" || from === undefined || others.length > 0) return null;
  if (work.value === undefined) return from;
  const fields = inputFields(0, fieldsOf(from.meta));
  const same = work.value([fields], [from.meta], params, meta).every((value, field) => value === fields[field]);
  return same ? from : null;
}

/** What a map only moves, as long as storing it takes at most twice the room. */
function originOf(expr: Expr, stored: ReadonlySet<Expr>): Expr {
  let origin = expr;
  for (let from = movedInput(origin); from !== null; from = movedInput(origin)) {
    const large = sizeOf(from.meta.shape) > 2 * sizeOf(expr.meta.shape);
    if (from.op.work.kind !== "map" || stored.has(from) || large) break;
    origin = from;
  }
  return origin;
}

/** The maps that must be stored. */
export function chooseStored(roots: readonly Expr[]): Set<Expr> {
  const stored = new Set<Expr>();
  const sizes = new Map<Expr, number>();
  for (const expr of postorder(roots)) {
    if (expr.op.work.kind !== "map") continue;
    let extent = extentOf(expr, stored);
    const candidates = expr.inputs
      .filter((node) => node.op.work.kind === "map" && !stored.has(node))
      .sort((a, b) => (sizes.get(b) ?? 0) - (sizes.get(a) ?? 0));
    for (const candidate of candidates) {
      if (extent.nodes <= MOST_NODES && extent.leaves <= MOST_LEAVES) break;
      stored.add(originOf(candidate, stored));
      extent = extentOf(expr, stored);
    }
    sizes.set(expr, extent.nodes + 10 * extent.leaves);
  }
  return stored;
}
