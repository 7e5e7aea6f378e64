/** Arrays one after the other: `concat` along an axis, `stack` along a new one. Nothing is copied until it is computed. */
import { normalizeAxis } from "../data/axes.js";
import { promote } from "../data/dtype.js";
import { ArgumentError, ShapeError } from "../data/errors.js";
import { checkOptions } from "../data/options.js";
import { isEmpty, restrict } from "../data/region.js";
import { makeExpr } from "../expr/expr.js";
import type { Op, Part } from "../expr/op.js";
import type { Defined } from "./definition.js";
import { defined } from "./definition.js";
import { type Handle, handleAmong, isHandle } from "./handle.js";
import { movementDefinition } from "./movement.js";
import { astype } from "./selection.js";
import { expandDims } from "./transpose.js";

const concatOp: Op<{ readonly axis: number }> = {
  name: "concat",
  infer(inputs, { axis }) {
    const [first] = inputs;
    const shape = first!.shape.map((length, i) =>
      i === axis ? inputs.reduce((sum, input) => sum + input.shape[i]!, 0) : length,
    );
    const finest = (i: number): readonly number[] =>
      inputs.map(({ chunks }) => chunks[i]!).reduce((best, sizes) => (sizes.length > best.length ? sizes : best));
    const joined = inputs.flatMap(({ chunks }) => chunks[axis]!).filter((size) => size > 0);
    const chunks = shape.map((_, i) => (i === axis ? (joined.length > 0 ? joined : [0]) : finest(i)));
    return { dtype: first!.dtype, shape, chunks };
  },
  work: {
    kind: "map",
    reads(inputs, { axis }, view, box) {
      // a box of no points lies in any of the arrays; a fold still needs its program there
      if (isEmpty(box)) return [{ box, views: inputs.map((_, i) => (i === 0 ? view : null)) }];
      let from = 0;
      const parts: Part[] = [];
      inputs.forEach(({ shape }, i) => {
        const to = from + shape[axis]!;
        const within = restrict(box, view[axis]!, from, to);
        if (within !== null) {
          const moved = view.map((rule, at) => (at === axis ? { ...rule, start: rule.start - from } : rule));
          parts.push({ box: within, views: inputs.map((_, j) => (j === i ? moved : null)) });
        }
        from = to;
      });
      return parts;
    },
  },
};

/** The type of {@link concat} and {@link stack}. */
export interface Joining extends Defined {
  <A extends Handle>(arrays: readonly A[], options?: { readonly axis?: number }): A;
}

function checkArrays<A extends Handle>(arrays: unknown, operation: string): { first: A; handles: Handle[] } {
  const list = Array.isArray(arrays) ? (arrays as unknown[]) : [];
  if (list.length === 0 || !list.every(isHandle))
    throw new ArgumentError(`${operation}: takes a list of at least one chunked array`);
  const handles = list as Handle[];
  const dtype = handles.map(({ expr }) => expr.meta.dtype).reduce(promote);
  const same = handles.map((handle) => (handle.expr.meta.dtype === dtype ? handle : astype(handle, dtype)));
  return { first: handleAmong<A>(list, operation), handles: same };
}

/**
 * Arrays one after the other along an axis (default 0); the other axes agree. The dtype is the common one.
 * @example concat([a, b], { axis: 1 })
 */
export const concat: Joining = defined(
  <A extends Handle>(arrays: readonly A[], options: { readonly axis?: number } = {}): A => {
    const { first, handles } = checkArrays<A>(arrays, "concat");
    checkOptions(options, ["axis"], "concat");
    const { axis = 0 } = options;
    const { shape } = first.expr.meta;
    const at = normalizeAxis(axis, shape.length, "concat");
    for (const { expr } of handles) {
      const fits =
        expr.meta.shape.length === shape.length &&
        expr.meta.shape.every((length, i) => i === at || length === shape[i]);
      if (!fits)
        throw new ShapeError(
          `concat: shape [${expr.meta.shape.join(", ")}] does not fit [${shape.join(", ")}] along axis ${at}`,
        );
    }
    return first.wrap(
      makeExpr(
        concatOp,
        handles.map(({ expr }) => expr),
        { axis: at },
      ),
    );
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
    ],
    2,
  ),
);

/**
 * Arrays of one shape along a new axis (default 0).
 * @example stack([a, b], { axis: -1 })
 */
export const stack: Joining = defined(
  <A extends Handle>(arrays: readonly A[], options: { readonly axis?: number } = {}): A => {
    const { first, handles } = checkArrays<A>(arrays, "stack");
    checkOptions(options, ["axis"], "stack");
    const { axis = 0 } = options;
    const { shape } = first.expr.meta;
    const at = normalizeAxis(axis, shape.length + 1, "stack");
    for (const { expr } of handles) {
      if (expr.meta.shape.length !== shape.length || expr.meta.shape.some((length, i) => length !== shape[i])) {
        throw new ShapeError(`stack: shape [${expr.meta.shape.join(", ")}] is not [${shape.join(", ")}]`);
      }
    }
    return concat(
      handles.map((handle) => expandDims(first.wrap(handle.expr), at)),
      { axis: at },
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
