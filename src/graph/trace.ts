/**
 * Tracing: from an expression to what must be loaded and computed for each of its elements.
 *
 * A trace follows views down through every map (elementwise operations and movements alike) until it meets something
 * that exists in memory or in a file: a source, or a node that is stored. The result is a list of pieces: boxes of
 * points in which the element is one scalar expression over affine views of leaves. Only a concatenation makes more
 * than one piece.
 *
 *     (x + x.T)[:5]  →  one piece, points [0,5)×[0,n):  add(leaf0 at (i, j), leaf1 at (j, i))
 *
 * This is the whole of fusion, slice pushdown and broadcasting: nobody rewrites anything.
 */
import { type Box, intersect, isEmpty, keyOfBox, keyOfView, type View } from "../data/region.js";
import type { Expr } from "../expr/expr.js";
import { fieldsOf } from "../expr/meta.js";
import { touchedBy } from "../expr/walk.js";
import { constant, type Fields, inputFields } from "../program/scalar.js";
import { stored } from "../program/stored.js";
import { BoxIndex } from "./box-index.js";
import { sourceOf } from "./source.js";

/** Something whose elements exist in memory or in a file, and where a trace touches it. */
export interface Leaf {
  readonly expr: Expr;
  readonly view: View;
}

/** In a box of points, the fields of the element. */
export interface Traced {
  readonly box: Box;
  readonly values: Fields;
}

/** In a box of points, the fields of each of several inputs' elements. */
export interface Combined {
  readonly box: Box;
  readonly args: Fields[];
}

/** From this many pieces on those that meet a box are looked up in an index. */
const MANY_PIECES = 8;

/** Follows views to the leaves; the scalars it gives name leaves by their number in {@link Tracer.leaves}. */
export class Tracer {
  readonly leaves: Leaf[] = [];
  readonly #stored: (expr: Expr) => boolean;
  readonly #numbers = new Map<Expr, Map<string, number>>();
  /** Expression → view → box → pieces. */
  readonly #memo = new Map<Expr, Map<string, Map<Box, Traced[]>>>();
  readonly #boxes = new Map<string, Box>();

  /** `stored` says whether a map is kept in memory, so that a trace ends there. */
  constructor(stored: (expr: Expr) => boolean) {
    this.#stored = stored;
  }

  /** One object for equal boxes, so that what was traced over one is found again. */
  #same(box: Box): Box {
    const key = keyOfBox(box);
    const known = this.#boxes.get(key);
    if (known === undefined) this.#boxes.set(key, box);
    return known ?? box;
  }

  /** The pieces of an expression, seen through a view over a box of points. */
  trace(expr: Expr, view: View, over: Box): Traced[] {
    const box = this.#same(over);
    const memo = this.#memoOf(expr, view);
    let result = memo.get(box);
    if (result === undefined) {
      result = this.#trace(expr, view, box);
      memo.set(box, result);
    }
    return result;
  }

  #memoOf(expr: Expr, view: View): Map<Box, Traced[]> {
    let views = this.#memo.get(expr);
    if (views === undefined) {
      views = new Map();
      this.#memo.set(expr, views);
    }
    const key = keyOfView(view);
    let boxes = views.get(key);
    if (boxes === undefined) {
      boxes = new Map();
      views.set(key, boxes);
    }
    return boxes;
  }

  #trace(expr: Expr, view: View, box: Box): Traced[] {
    const { work } = expr.op;
    const source = sourceOf(expr);
    if (source?.kind === "constant") return [{ box, values: [constant(source.value, expr.meta.dtype)] }];
    if (work.kind !== "map" || this.#stored(expr)) return [{ box, values: this.#leaf(expr, view) }];
    const { metas } = expr;
    const pieces: Traced[] = [];
    for (const part of work.reads(metas, expr.params, view, box, expr.meta)) {
      if (isEmpty(part.box) && !isEmpty(box)) continue;
      const touched = touchedBy(expr, part);
      if (work.value === undefined) {
        for (const moved of touched)
          for (const piece of this.trace(moved.expr, moved.view, part.box)) pieces.push(piece);
        continue;
      }
      for (const { box: common, args } of this.traceAll(touched, part.box)) {
        pieces.push({ box: common, values: work.value(args, metas, expr.params, expr.meta) });
      }
    }
    return pieces;
  }

  /** The boxes in which each of several inputs is a single piece, with the inputs' fields there. */
  traceAll(inputs: readonly Leaf[], over: Box): Combined[] {
    const box = this.#same(over);
    let combined: Combined[] = [{ box, args: [] }];
    for (const { expr, view } of inputs) {
      const pieces = this.trace(expr, view, box);
      const single = pieces.length === 1 ? pieces[0] : undefined;
      if (single?.box === box) {
        for (const entry of combined) entry.args.push(single.values);
        continue;
      }
      const meeting = finderOf(pieces);
      combined = combined.flatMap((entry) =>
        meeting(entry.box).map(({ item, common }) => ({
          box: this.#same(common),
          args: [...entry.args, item.values],
        })),
      );
    }
    return combined;
  }

  #leaf(expr: Expr, view: View): Fields {
    const numbers = this.#numbers.get(expr) ?? new Map<string, number>();
    this.#numbers.set(expr, numbers);
    const key = keyOfView(view);
    let number = numbers.get(key);
    if (number === undefined) {
      number = this.leaves.push({ expr, view }) - 1;
      numbers.set(key, number);
    }
    const source = sourceOf(expr);
    if (source?.kind === "file") return [stored(number, expr.meta.dtype, source.file.encoding)];
    return inputFields(number, fieldsOf(expr.meta));
  }
}

/** Finds the pieces that meet a box, in their order. */
function finderOf(pieces: readonly Traced[]): BoxIndex<Traced>["meeting"] {
  if (pieces.length >= MANY_PIECES) {
    const index = new BoxIndex(pieces);
    return (box) => index.meeting(box);
  }
  return (box) =>
    pieces.map((item) => ({ item, common: intersect(item.box, box) })).filter(({ common }) => !isEmpty(common));
}
