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
import { constant, type Fields, inputFields } from "../program/scalar.js";
import { stored } from "../program/stored.js";
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

/** Follows views to the leaves; the scalars it gives name leaves by their number in {@link Tracer.leaves}. */
export class Tracer {
  readonly leaves: Leaf[] = [];
  readonly #stored: (expr: Expr) => boolean;
  readonly #numbers = new Map<Expr, Map<string, number>>();
  readonly #memo = new Map<Expr, { key: string; box: Box; result: Traced[] }[]>();
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
    const key = keyOfView(view);
    const box = this.#same(over);
    const known = this.#memo.get(expr)?.find((entry) => entry.key === key && entry.box === box);
    if (known !== undefined) return known.result;
    const result = this.#trace(expr, view, box);
    const entries = this.#memo.get(expr) ?? [];
    entries.push({ key, box, result });
    this.#memo.set(expr, entries);
    return result;
  }

  #trace(expr: Expr, view: View, box: Box): Traced[] {
    const { work } = expr.op;
    const source = sourceOf(expr);
    if (source?.kind === "constant") return [{ box, values: [constant(source.value, expr.meta.dtype)] }];
    if (work.kind !== "map" || this.#stored(expr)) return [{ box, values: this.#leaf(expr, view) }];
    const metas = expr.inputs.map((node) => node.meta);
    const pieces: Traced[] = [];
    for (const part of work.reads(metas, expr.params, view, box, expr.meta)) {
      if (isEmpty(part.box) && !isEmpty(box)) continue;
      const touched = expr.inputs.flatMap((input, i): Leaf[] => {
        const inner = part.views[i];
        return inner ? [{ expr: input, view: inner }] : [];
      });
      if (work.value === undefined) {
        for (const moved of touched) pieces.push(...this.trace(moved.expr, moved.view, part.box));
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
      combined = combined.flatMap((entry) =>
        pieces
          .map((piece) => ({ box: this.#same(intersect(entry.box, piece.box)), args: [...entry.args, piece.values] }))
          .filter((candidate) => !isEmpty(candidate.box)),
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
