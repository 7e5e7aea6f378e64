/**
 * How much would be fused into the loops of a map if nothing below it were stored.
 *
 * Each part of a map becomes a loop of its own, so of several parts the largest counts, however many there are: a
 * concatenation of ten thousand files is ten thousand loops of one load each. The number of loops is counted apart.
 */
import { type Box, boxOf, identityView, keyOfView, sideOf, type View } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import { touchedBy } from "../expr/walk.js";

/** What is fused for a map. */
export interface Extent {
  /** The nodes of its largest loop, and the operands of the one that has the most. */
  readonly nodes: number;
  readonly leaves: number;
  /** At most how many loops there are. */
  readonly pieces: number;
}

/** What a source or a stored node adds to a loop. */
export const asLeaf: Extent = { nodes: 0, leaves: 1, pieces: 1 };

/** The most that may be fused. */
export type Limits = Extent;

/** True where nothing exceeds its limit. */
export function fits({ nodes, leaves, pieces }: Extent, limits: Limits): boolean {
  return nodes <= limits.nodes && leaves <= limits.leaves && pieces <= limits.pieces;
}

/**
 * The most that can be fused for a map, from what can be for its inputs, which is quickly found. What two paths read
 * through the same view is counted twice; the pieces of an input are counted even where the map does not touch them.
 */
export function boundOf(expr: Expr, bounds: ReadonlyMap<Expr, Extent>): Extent & { readonly parts: number } {
  const { work } = expr.op;
  if (work.kind !== "map") return { ...asLeaf, parts: 1 };
  const { meta, metas, params } = expr;
  const parts = work.reads(metas, params, identityView(meta.shape.length), boxOf(meta.shape), meta);
  let [most, mostLeaves, allPieces] = [0, 0, 0];
  for (const part of parts) {
    let [nodes, leaves, pieces] = [0, 0, 1];
    for (const { expr: input } of touchedBy(expr, part)) {
      const bound = bounds.get(input) ?? asLeaf;
      nodes += bound.nodes;
      leaves += bound.leaves;
      pieces += bound.pieces - 1;
    }
    most = Math.max(most, nodes);
    mostLeaves = Math.max(mostLeaves, leaves);
    allPieces += pieces;
  }
  return { nodes: most + 1, leaves: mostLeaves, pieces: allPieces, parts: parts.length };
}

/** Counts what is fused below a map, everything that is the same once; ends where a limit is passed. */
class Count {
  readonly #root: Expr;
  readonly #stored: ReadonlySet<Expr>;
  readonly #limits: Limits;
  /** Per dimension of the map where the boxes of parts begin and end. */
  readonly #cuts: readonly Set<number>[];
  /** What was looked at: pieces may be many without a cut that is new. */
  #steps = 0;

  constructor(root: Expr, stored: ReadonlySet<Expr>, limits: Limits) {
    this.#root = root;
    this.#stored = stored;
    this.#limits = limits;
    this.#cuts = root.meta.shape.map((length) => new Set([0, length]));
  }

  get #pieces(): number {
    return this.#cuts.reduce((product, { size }) => product * Math.max(1, size - 1), 1);
  }

  count(): Extent {
    const { shape } = this.#root.meta;
    const { nodes, leaves } = this.#below(this.#root, identityView(shape.length), boxOf(shape));
    const endless = this.#steps > this.#mostSteps;
    return { nodes, leaves, pieces: endless ? Number.POSITIVE_INFINITY : this.#pieces };
  }

  get #mostSteps(): number {
    return this.#limits.nodes * this.#limits.pieces;
  }

  #below(root: Expr, through: View, over: Box): { nodes: number; leaves: number } {
    const extent = { nodes: 0, leaves: 0 };
    const seen = new Map<Expr, Set<string>>();
    const stack: { expr: Expr; view: View; box: Box }[] = [{ expr: root, view: through, box: over }];
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const { expr, view, box } = top;
      const views = seen.get(expr) ?? new Set<string>();
      seen.set(expr, views);
      const key = keyOfView(view);
      if (views.has(key)) continue;
      views.add(key);
      this.#steps++;
      const { work } = expr.op;
      if (work.kind !== "map" || (expr !== this.#root && this.#stored.has(expr))) extent.leaves++;
      else {
        extent.nodes++;
        const parts = work.reads(expr.metas, expr.params, view, box, expr.meta);
        const [only] = parts;
        if (only !== undefined && parts.length === 1) {
          for (const touched of touchedBy(expr, only)) stack.push({ ...touched, box: only.box });
        } else {
          let [nodes, leaves] = [0, 0];
          for (const part of parts) {
            this.#cut(part.box);
            let [own, ownLeaves] = [0, 0];
            for (const touched of touchedBy(expr, part)) {
              const below = this.#below(touched.expr, touched.view, part.box);
              own += below.nodes;
              ownLeaves += below.leaves;
            }
            nodes = Math.max(nodes, own);
            leaves = Math.max(leaves, ownLeaves);
            if (this.#passed({ nodes, leaves })) break;
          }
          extent.nodes += nodes;
          extent.leaves += leaves;
        }
      }
      if (this.#passed(extent)) break;
    }
    return extent;
  }

  #passed(extent: { readonly nodes: number; readonly leaves: number }): boolean {
    return this.#steps > this.#mostSteps || !fits({ ...extent, pieces: this.#pieces }, this.#limits);
  }

  #cut(box: Box): void {
    for (const [dim, cuts] of this.#cuts.entries()) {
      const { start, stop } = sideOf(box, dim);
      cuts.add(start).add(stop);
    }
  }
}

/** How much is fused into the loops of a map. Counting stops where a limit is passed. */
export function extentOf(root: Expr, stored: ReadonlySet<Expr>, limits: Limits): Extent {
  return new Count(root, stored, limits).count();
}
