/**
 * Which maps are stored. Normally none: a map's scalar expression is fused into every reader and computed again there.
 * That is right as long as the fused expression stays small; a stencil applied thirty times (`y = y[1:] + y[:-1]`)
 * would fuse into a thousand million loads. So a map whose fused form exceeds the limits gets its largest input stored,
 * or what that input only moves: both slices of the stencil then read one stored array.
 *
 * Invariant: the choice depends on the expression alone.
 */
import { sizeOf } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import { fieldsOf } from "../expr/meta.js";
import { postorder } from "../expr/walk.js";
import { inputFields } from "../program/scalar.js";
import { asLeaf, boundOf, type Extent, extentOf, fits, type Limits } from "./extent.js";

/** The most nodes that are fused into one loop, counted once for each view; also keeps recursion shallow. */
const MOST_NODES = 250;
/** The most operands of one loop. */
const MOST_LEAVES = 24;
/** Loops of one map that are always allowed. */
const FEW_PIECES = 1000;
/** How many loops a map may have for each part of all maps below it: so their number grows with the expression. */
const PIECES_PER_PART = 2;

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

/** Chooses what is stored, inputs first. */
class Choice {
  readonly stored = new Set<Expr>();
  /** Map → at most how much is fused into a loop for it. */
  readonly #bounds = new Map<Expr, Extent>();
  /** The parts of all maps so far that have several. */
  #parts = 0;

  get #limits(): Limits {
    return { nodes: MOST_NODES, leaves: MOST_LEAVES, pieces: FEW_PIECES + PIECES_PER_PART * this.#parts };
  }

  #boundOf(expr: Expr): Extent {
    return this.#bounds.get(expr) ?? asLeaf;
  }

  #store(expr: Expr): void {
    const origin = originOf(expr, this.stored);
    this.stored.add(origin);
    this.#bounds.set(origin, asLeaf);
    if (origin !== expr) this.#bounds.set(expr, extentOf(expr, this.stored, this.#limits));
  }

  /** Looks at a map whose inputs were looked at. */
  visit(expr: Expr): void {
    const { parts, ...bound } = boundOf(expr, this.#bounds);
    if (parts > 1) this.#parts += parts;
    const limits = this.#limits;
    // a movement may touch few pieces of its input
    const moves = parts === 1 && expr.inputs.length === 1 && bound.pieces > 1;
    let extent: Extent = bound;
    if (moves || !fits(bound, limits)) extent = extentOf(expr, this.stored, limits);
    if (!fits(extent, limits)) extent = parts > 1 ? this.#storeParts(expr, limits) : this.#storeInputs(expr, extent);
    this.#bounds.set(expr, extent);
  }

  /** Stores inputs of a map of many parts: those that make a loop too large, and then those of the most pieces. */
  #storeParts(expr: Expr, limits: Limits): Extent {
    const largest = [...new Set(expr.inputs)]
      .map((input) => ({ input, bound: this.#boundOf(input) }))
      .sort((a, b) => b.bound.pieces - a.bound.pieces);
    let pieces = largest.reduce((sum, { bound }) => sum + bound.pieces, 0);
    const isLarge = ({ nodes, leaves, pieces: own }: Extent): boolean =>
      nodes >= limits.nodes || leaves > limits.leaves || (own > 1 && pieces > limits.pieces);
    for (const { input, bound } of largest) {
      if (input.op.work.kind !== "map" || this.stored.has(input) || !isLarge(bound)) continue;
      // what was stored for another input may be all that makes this one large
      const now = extentOf(input, this.stored, limits);
      this.#bounds.set(input, now);
      if (isLarge(now)) this.#store(input);
      pieces -= bound.pieces - this.#boundOf(input).pieces;
    }
    return boundOf(expr, this.#bounds);
  }

  /** Stores the largest inputs of a map, until the rest fits. */
  #storeInputs(expr: Expr, whole: Extent): Extent {
    const limits = this.#limits;
    let extent = whole;
    const weightOf = (input: Expr): number => {
      const { nodes, leaves, pieces } = this.#boundOf(input);
      return nodes / limits.nodes + leaves / limits.leaves + pieces / limits.pieces;
    };
    const candidates = expr.inputs
      .filter((node) => node.op.work.kind === "map" && !this.stored.has(node))
      .sort((a, b) => weightOf(b) - weightOf(a));
    for (const candidate of candidates) {
      if (fits(extent, limits)) break;
      this.#store(candidate);
      extent = extentOf(expr, this.stored, limits);
    }
    return extent;
  }
}

/** The maps that must be stored. */
export function chooseStored(roots: readonly Expr[]): Set<Expr> {
  const choice = new Choice();
  for (const expr of postorder(roots)) if (expr.op.work.kind === "map") choice.visit(expr);
  return choice.stored;
}
