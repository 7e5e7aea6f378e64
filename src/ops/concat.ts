/**
 * Arrays one after the other: `concat` along an axis, `stack` along a new one. Nothing is copied until it is computed.
 */
import { normalizeAxis } from "../data/axes.js";
import { promoteAll } from "../data/dtype.js";
import { ArgumentError, ShapeError } from "../data/errors.js";
import { at, isList, isNonEmpty, mapNonEmpty, type NonEmpty } from "../data/lists.js";
import { checkOptions } from "../data/options.js";
import { isEmpty, reach, restrict } from "../data/region.js";
import { lastUpTo } from "../data/search.js";
import { shown } from "../data/shown.js";
import { makeExpr } from "../expr/expr.js";
import type { Meta } from "../expr/meta.js";
import type { Op, Part } from "../expr/op.js";
import type { Defined } from "./definition.js";
import type { Handle } from "./handle.js";
import type { ArrayInput } from "./literal.js";
import { movementDefinition } from "./movement.js";
import { defined } from "./parameters.js";
import { reshape } from "./reshape.js";
import { astype } from "./selection.js";
import { expandDims } from "./transpose.js";
import type { CommonOf, MadeArray, TypedHandle, WithDType } from "./typed-handle.js";

const starts = new WeakMap<readonly Meta[], readonly number[]>();

/** Where each input of a node begins in its result, along the axis. */
function startsAlong(inputs: readonly Meta[], axis: number): readonly number[] {
  let known = starts.get(inputs);
  if (known === undefined) {
    let start = 0;
    known = inputs.map(({ shape }) => {
      const own = start;
      start += at(shape, axis);
      return own;
    });
    starts.set(inputs, known);
  }
  return known;
}

const concatOp: Op<{ readonly axis: number }, NonEmpty<Meta>> = {
  name: "concat",
  infer(inputs, { axis }) {
    const [first] = inputs;
    const shape = first.shape.map((length, i) =>
      i === axis ? inputs.reduce((sum, input) => sum + at(input.shape, i), 0) : length,
    );
    const finest = (i: number): readonly number[] =>
      inputs.map(({ chunks }) => at(chunks, i)).reduce((best, sizes) => (sizes.length > best.length ? sizes : best));
    const joined = inputs.flatMap(({ chunks }) => at(chunks, axis)).filter((size) => size > 0);
    const chunks = shape.map((_, i) => (i === axis ? (joined.length > 0 ? joined : [0]) : finest(i)));
    return { dtype: first.dtype, shape, chunks };
  },
  work: {
    kind: "map",
    reads(inputs, { axis }, view, box) {
      // a box of no points lies in any of the arrays; a fold still needs its program there
      if (isEmpty(box)) return [{ box, input: 0, view }];
      const parts: Part<NonEmpty<Meta>>[] = [];
      const bounds = startsAlong(inputs, axis);
      const along = at(view, axis);
      const [low, high] = reach(along, box);
      for (let input = lastUpTo(bounds, low); input < bounds.length; input++) {
        const start = at(bounds, input);
        if (start > high) break;
        const within = restrict(box, along, start, start + at(at(inputs, input).shape, axis));
        if (within === null) continue;
        parts.push({ box: within, input, view: view.with(axis, { ...along, start: along.start - start }) });
      }
      return parts;
    },
  },
};

/** The type of {@link stack}. */
export interface Joining extends Defined<"unknown", "plain"> {
  <A extends TypedHandle>(
    arrays: readonly A[],
    options?: { readonly axis?: number },
  ): WithDType<A, CommonOf<A["dtype"]>>;
  (arrays: readonly ArrayInput[], options?: { readonly axis?: number }): MadeArray;
  <A extends Handle>(arrays: readonly (A | ArrayInput)[], options?: { readonly axis?: number }): A;
}

/** The type of {@link concat}. */
export interface Concat extends Defined<"unknown", "plain"> {
  <A extends TypedHandle>(
    arrays: readonly A[],
    options?: { readonly axis?: number | null },
  ): WithDType<A, CommonOf<A["dtype"]>>;
  (arrays: readonly ArrayInput[], options?: { readonly axis?: number | null }): MadeArray;
  <A extends Handle>(arrays: readonly (A | ArrayInput)[], options?: { readonly axis?: number | null }): A;
}

/** The arrays in their common dtype. */
function checkArrays<A extends Handle>(arrays: readonly A[], operation: string): NonEmpty<A> {
  if (!isList(arrays) || !isNonEmpty(arrays))
    throw new ArgumentError(`${operation}: takes a list of at least one array; got ${shown(arrays)}`);
  const dtype = promoteAll(mapNonEmpty(arrays, ({ expr }) => expr.meta.dtype));
  return mapNonEmpty(arrays, (array) => (array.expr.meta.dtype === dtype ? array : astype(array, dtype)));
}

/**
 * Arrays one after the other along an axis (default 0); the other axes agree. With `axis: null` the elements of all, in
 * C order, along one axis. The dtype is the common one.
 * @example concat([a, b], { axis: 1 })
 */
export const concat: Concat = defined(
  { arrays: "arrays", options: "value" },
  <A extends Handle>(arrays: readonly A[], options: { readonly axis?: number | null } = {}): A => {
    checkOptions(options, ["axis"], "concat");
    const given = checkArrays(arrays, "concat");
    const handles = options.axis === null ? mapNonEmpty(given, (array) => reshape(array, [-1])) : given;
    const [first] = handles;
    const axis = options.axis ?? 0;
    const { shape } = first.expr.meta;
    const along = normalizeAxis(axis, shape.length, "concat");
    for (const { expr } of handles) {
      const fits =
        expr.meta.shape.length === shape.length &&
        expr.meta.shape.every((length, i) => i === along || length === shape[i]);
      if (!fits)
        throw new ShapeError(
          `concat: shape [${expr.meta.shape.join(", ")}] does not fit [${shape.join(", ")}] along axis ${along}`,
        );
    }
    const exprs = mapNonEmpty(handles, ({ expr }) => expr);
    return first.wrap(makeExpr(concatOp, exprs, { axis: along }));
  },
  movementDefinition(
    "concat",
    [
      {
        shapes: [
          [3, 4],
          [2, 4],
        ],
        args: [],
        numpy: "np.concatenate([x, y])",
        list: true,
      },
      {
        shapes: [
          [3, 4],
          [3, 1],
          [3, 2],
        ],
        args: [{ axis: -1 }],
        numpy: "np.concatenate([x, y, z], axis=-1)",
        list: true,
      },
      { shapes: [[3, 4], [2]], args: [{ axis: null }], numpy: "np.concatenate([x, y], axis=None)", list: true },
    ],
    2,
  ),
);

/**
 * Arrays of one shape along a new axis (default 0).
 * @example stack([a, b], { axis: -1 })
 */
export const stack: Joining = defined(
  { arrays: "arrays", options: "value" },
  <A extends Handle>(arrays: readonly A[], options: { readonly axis?: number } = {}): A => {
    const handles = checkArrays(arrays, "stack");
    const [first] = handles;
    checkOptions(options, ["axis"], "stack");
    const { axis = 0 } = options;
    const { shape } = first.expr.meta;
    const along = normalizeAxis(axis, shape.length + 1, "stack");
    for (const { expr } of handles) {
      if (expr.meta.shape.length !== shape.length || expr.meta.shape.some((length, i) => length !== shape[i])) {
        throw new ShapeError(`stack: shape [${expr.meta.shape.join(", ")}] is not [${shape.join(", ")}]`);
      }
    }
    return concat(
      handles.map((handle) => expandDims(handle, along)),
      { axis: along },
    );
  },
  movementDefinition(
    "stack",
    [
      {
        shapes: [
          [3, 4],
          [3, 4],
        ],
        args: [],
        numpy: "np.stack([x, y])",
        list: true,
      },
      { shapes: [[3], [3], [3]], args: [{ axis: 1 }], numpy: "np.stack([x, y, z], axis=1)", list: true },
    ],
    2,
  ),
);
