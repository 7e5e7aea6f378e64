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

const fits = ({ nodes, leaves }: Extent): boolean => nodes <= MOST_NODES && leaves <= MOST_LEAVES;

const asLeaf: Extent = { nodes: 0, leaves: 1 };

/**
 * The most that can be fused into a loop for this map, from what can be for its inputs. It counts twice what two paths
 * read through the same view. It saves most expressions the exact count, which walks all that is fused.
 */
function boundOf({ op: { work }, inputs, params, meta }: Expr, bounds: ReadonlyMap<Expr, Extent>): Extent {
  const bound = { nodes: 1, leaves: 0 };
  if (work.kind !== "map") return asLeaf;
  const metas = inputs.map((input) => input.meta);
  for (const { views } of work.reads(metas, params, identityView(meta.shape.length), boxOf(meta.shape), meta)) {
    for (const [input, view] of zip(inputs, views)) {
      if (view === null) continue;
      const { nodes, leaves } = bounds.get(input) ?? asLeaf;
      bound.nodes += nodes;
      bound.leaves += leaves;
    }
  }
  return bound;
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
    if (!fits(extent)) break;
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
  /** Map → at most how much is fused into a loop for it. */
  const bounds = new Map<Expr, Extent>();
  const weightOf = (expr: Expr): number => {
    const { nodes, leaves } = bounds.get(expr) ?? asLeaf;
    return nodes + 10 * leaves;
  };
  for (const expr of postorder(roots)) {
    if (expr.op.work.kind !== "map") continue;
    let extent = boundOf(expr, bounds);
    if (!fits(extent)) {
      extent = extentOf(expr, stored);
      const candidates = expr.inputs
        .filter((node) => node.op.work.kind === "map" && !stored.has(node))
        .sort((a, b) => weightOf(b) - weightOf(a));
      for (const candidate of candidates) {
        if (fits(extent)) break;
        const origin = originOf(candidate, stored);
        stored.add(origin);
        bounds.set(origin, asLeaf);
        extent = extentOf(expr, stored);
      }
    }
    bounds.set(expr, extent);
  }
  return stored;
}
