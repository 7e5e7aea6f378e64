/** Movements: slice, transpose, broadcastTo, expandDims, squeeze, flip, rechunk, concat, stack. They cost nothing by themselves. */
import { type ChunksLike, normalizeChunks } from "../data/chunks.js";
import { factsOf, promote } from "../data/dtype.js";
import { ArgumentError, AxisError, OutOfBoundsError, ShapeError } from "../data/errors.js";
import { checkOptions } from "../data/options.js";
import { isEmpty, restrict, type Span } from "../data/region.js";
import { makeExpr } from "../expr/expr.js";
import type { Op, Part } from "../expr/op.js";
import { broadcastShapes, broadcastView } from "./broadcast.js";
import { type Defined, type Handle, handleAmong, isHandle, normalizeAxes, normalizeAxis } from "./define.js";
import { defined, movementDefinition, movementOp, selectChunks, squeezeAxes } from "./movement.js";
import { astype } from "./selection.js";

/** A selection along one axis: an index (drops the axis), `[start, stop, step]` with null for a default, or null for everything. */
export type SliceEntry = number | null | readonly [start?: number | null, stop?: number | null, step?: number | null];

/** Python's rules for start, stop and step. */
function spanOf(entry: Exclude<SliceEntry, number>, length: number, axis: number): Span {
  if (entry !== null && (!Array.isArray(entry) || entry.length > 3)) {
    const given = JSON.stringify(entry) ?? String(entry);
    throw new ArgumentError(`slice: axis ${axis} got ${given}; right are an index, [start, stop, step] or null`);
  }
  const [start = null, stop = null, stepOrNull = null] = entry ?? [];
  const step = stepOrNull ?? 1;
  for (const value of [start, stop, step]) {
    if (value !== null && !Number.isInteger(value))
      throw new ArgumentError(`slice: axis ${axis} got ${String(value)}; right are whole numbers or null`);
  }
  if (step === 0) throw new ArgumentError(`slice: axis ${axis} has a step of 0; right are whole numbers other than 0`);
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1];
  const clamp = (index: number): number => Math.min(high, Math.max(low, index < 0 ? index + length : index));
  const from = start === null ? (step > 0 ? low : high) : clamp(start);
  const to = stop === null ? (step > 0 ? high : low) : clamp(stop);
  return { start: from, step, count: Math.max(0, Math.ceil((to - from) / step)) };
}

const sliceOp = movementOp<{ readonly spans: readonly Span[] }>({
  name: "slice",
  shape: ({ chunks }, { spans }) => ({
    shape: spans.map(({ count }) => count),
    chunks: spans.map(({ start, step, count }, axis) => selectChunks(chunks[axis]!, start, step, count)),
  }),
  view: (_input, { spans }, view) =>
    view.map(({ dim, start, step }, axis) => {
      const span = spans[axis]!;
      return { dim, start: span.start + span.step * start, step: span.step * step };
    }),
});

/** The type of {@link slice}. */
export interface Slice extends Defined {
  <A extends Handle>(x: A, selection: readonly SliceEntry[]): A;
}

/**
 * Part of an array. One entry per axis, fewer mean the first axes: a number picks an index and drops the axis, `[start, stop]`
 * or `[start, stop, step]` a range by Python's rules (negative numbers count from the end, a step may be negative), null all.
 * @example x.slice([null, [0, 10]])
 * @example x.slice([-1, [null, null, -1]])
 */
export const slice: Slice = defined(
  <A extends Handle>(x: A, selection: readonly SliceEntry[]): A => {
    const { shape } = x.expr.meta;
    if (!Array.isArray(selection))
      throw new ArgumentError(`slice: takes a list with one entry per axis, not ${JSON.stringify(selection)}`);
    if (selection.length > shape.length) {
      throw new ArgumentError(`slice: got ${selection.length} entries for an array of ${shape.length} axes`);
    }
    const dropped: number[] = [];
    const spans = shape.map((length, axis): Span => {
      const entry = (selection as readonly SliceEntry[])[axis] ?? null;
      if (typeof entry !== "number") return spanOf(entry, length, axis);
      const index = entry < 0 ? entry + length : entry;
      if (!Number.isInteger(entry) || index < 0 || index >= length) {
        throw new OutOfBoundsError(`slice: index ${entry} is out of range for axis ${axis} of length ${length}`);
      }
      dropped.push(axis);
      return { start: index, step: 1, count: 1 };
    });
    const part = makeExpr(sliceOp, [x.expr], { spans });
    return x.wrap(dropped.length === 0 ? part : squeezeAxes(part, dropped));
  },
  movementDefinition("slice", [
    { shapes: [[7, 9]], args: [[null, [2, 8, 3]]], numpy: "x[:, 2:8:3]" },
    { shapes: [[7, 9]], args: [[[null, null, -1], 4]], numpy: "x[::-1, 4]" },
    {
      shapes: [[7, 9]],
      args: [
        [
          [-2, null, -2],
          [-100, 100],
        ],
      ],
      numpy: "x[-2::-2, -100:100]",
    },
    { shapes: [[5, 6, 7]], args: [[-1]], numpy: "x[-1]" },
    { shapes: [[5, 6]], args: [[[4, 2]]], numpy: "x[4:2]" },
  ]),
);

const transposeOp = movementOp<{ readonly axes: readonly number[] }>({
  name: "transpose",
  shape: ({ shape, chunks }, { axes }) => ({
    shape: axes.map((axis) => shape[axis]!),
    chunks: axes.map((axis) => chunks[axis]!),
  }),
  view: (_input, { axes }, view) => axes.map((_, axis) => view[axes.indexOf(axis)]!),
});

/** The type of {@link transpose}. */
export interface Transpose extends Defined {
  <A extends Handle>(x: A, axes?: readonly number[] | null): A;
}

/**
 * The axes in another order: axis i of the result is axis `axes[i]` of the array. Without axes: reversed.
 * @example x.transpose([1, 0, 2])
 */
export const transpose: Transpose = defined(
  <A extends Handle>(x: A, axes?: readonly number[] | null): A => {
    const ndim = x.expr.meta.shape.length;
    if (axes !== undefined && axes !== null && !Array.isArray(axes)) {
      throw new AxisError(`transpose: takes a list of axes such as [1, 0], not ${JSON.stringify(axes)}`);
    }
    const order =
      axes?.map((axis) => normalizeAxis(axis, ndim, "transpose")) ??
      Array.from({ length: ndim }, (_, i) => ndim - 1 - i);
    if (order.length !== ndim || new Set(order).size !== ndim) {
      throw new AxisError(`transpose: [${order.join(", ")}] does not name each of the ${ndim} axes once`);
    }
    return x.wrap(makeExpr(transposeOp, [x.expr], { axes: order }));
  },
  movementDefinition("transpose", [
    { shapes: [[4, 6]], args: [], numpy: "x.T" },
    { shapes: [[3, 4, 5]], args: [[1, 2, 0]], numpy: "np.transpose(x, (1, 2, 0))" },
  ]),
);

const broadcastOp = movementOp<{ readonly shape: readonly number[] }>({
  name: "broadcastTo",
  shape: ({ shape: own, chunks }, { shape }) => ({
    shape,
    chunks: shape.map((length, axis) => {
      const at = axis - shape.length + own.length;
      return at >= 0 && own[at] === length ? chunks[at]! : [length];
    }),
  }),
  view: (input, { shape }, view) => broadcastView(view, input.shape, shape),
});

/** Checks a shape that came from outside. */
export function checkShape(shape: unknown, operation: string): readonly number[] {
  const list = typeof shape === "number" ? [shape] : shape;
  const bad = Array.isArray(list) ? list.find((length) => !Number.isSafeInteger(length) || length < 0) : list;
  if (!Array.isArray(list) || bad !== undefined) {
    throw new ShapeError(
      `${operation}: ${JSON.stringify(shape)} is not a shape; right is a list of whole numbers from 0, such as [1000, 1024]`,
    );
  }
  if (!Number.isSafeInteger(list.reduce((a, b) => a * b, 1)))
    throw new ShapeError(`${operation}: shape [${list.join(", ")}] has more than 2^53 elements`);
  return list as number[];
}

/** The type of {@link broadcastTo}. */
export interface BroadcastTo extends Defined {
  <A extends Handle>(x: A, shape: readonly number[]): A;
}

/**
 * Repeats axes of length 1, and new axes in front, up to a shape. Takes no memory.
 * @example x.mean(0).broadcastTo([1000, 1024])
 */
export const broadcastTo: BroadcastTo = defined(
  <A extends Handle>(x: A, shape: readonly number[]): A => {
    const target = checkShape(shape, "broadcastTo");
    const common = broadcastShapes([x.expr.meta.shape, target], "broadcastTo");
    if (common.length !== target.length || common.some((length, axis) => length !== target[axis])) {
      throw new ShapeError(`broadcastTo: shape [${x.expr.meta.shape.join(", ")}] cannot become [${target.join(", ")}]`);
    }
    return x.wrap(makeExpr(broadcastOp, [x.expr], { shape: target }));
  },
  movementDefinition("broadcastTo", [
    { shapes: [[1, 4]], args: [[3, 5, 4]], numpy: "np.broadcast_to(x, (3, 5, 4))" },
    { shapes: [[]], args: [[2, 3]], numpy: "np.broadcast_to(x, (2, 3))" },
  ]),
);

const expandOp = movementOp<{ readonly axes: readonly number[] }>({
  name: "expandDims",
  shape({ shape, chunks }, { axes }) {
    const [lengths, grid] = [[...shape], [...chunks]];
    for (const axis of axes) {
      lengths.splice(axis, 0, 1);
      grid.splice(axis, 0, [1]);
    }
    return { shape: lengths, chunks: grid };
  },
  view: (_input, { axes }, view) => view.filter((_, axis) => !axes.includes(axis)),
});

/** The type of {@link expandDims} and {@link flip}. */
export interface AlongAxes extends Defined {
  <A extends Handle>(x: A, axis?: number | readonly number[] | null): A;
}

/**
 * New axes of length 1, at these places of the result. Default: in front.
 * @example x.mean(1).expandDims(1)
 */
export const expandDims: AlongAxes = defined(
  <A extends Handle>(x: A, axis: number | readonly number[] | null = 0): A => {
    const count = Array.isArray(axis) ? axis.length : 1;
    const axes = normalizeAxes(axis ?? 0, x.expr.meta.shape.length + count, "expandDims");
    return x.wrap(makeExpr(expandOp, [x.expr], { axes }));
  },
  movementDefinition("expandDims", [
    { shapes: [[3, 4]], args: [1], numpy: "np.expand_dims(x, 1)" },
    { shapes: [[3, 4]], args: [[0, -1]], numpy: "np.expand_dims(x, (0, -1))" },
  ]),
);

/**
 * Drops axes of length 1: the named ones, or all.
 * @example x.squeeze(0)
 */
export const squeeze: AlongAxes = defined(
  <A extends Handle>(x: A, axis?: number | readonly number[] | null): A => {
    const { shape } = x.expr.meta;
    const axes =
      axis === null || axis === undefined
        ? shape.flatMap((length, i) => (length === 1 ? [i] : []))
        : normalizeAxes(axis, shape.length, "squeeze");
    const long = axes.find((one) => shape[one] !== 1);
    if (long !== undefined) throw new ShapeError(`squeeze: axis ${long} has length ${shape[long]}, not 1`);
    return x.wrap(squeezeAxes(x.expr, axes));
  },
  movementDefinition("squeeze", [
    { shapes: [[1, 4, 1]], args: [], numpy: "np.squeeze(x)" },
    { shapes: [[1, 4, 1]], args: [-1], numpy: "np.squeeze(x, -1)" },
  ]),
);

/**
 * The elements in reverse order along axes: the named ones, or all.
 * @example x.flip(0)
 */
export const flip: AlongAxes = defined(
  <A extends Handle>(x: A, axis?: number | readonly number[] | null): A => {
    const axes = normalizeAxes(axis, x.expr.meta.shape.length, "flip");
    const spans = x.expr.meta.shape.map(
      (length, i): Span =>
        axes.includes(i) ? { start: length - 1, step: -1, count: length } : { start: 0, step: 1, count: length },
    );
    return x.wrap(makeExpr(sliceOp, [x.expr], { spans }));
  },
  movementDefinition("flip", [
    { shapes: [[5, 6]], args: [0], numpy: "np.flip(x, 0)" },
    { shapes: [[5, 6]], args: [], numpy: "np.flip(x)" },
  ]),
);

const rechunkOp = movementOp<{ readonly chunks: readonly (readonly number[])[] }>({
  name: "rechunk",
  shape: ({ shape }, { chunks }) => ({ shape, chunks }),
  view: (_input, _params, view) => view,
});

/** The type of {@link rechunk}. */
export interface Rechunk extends Defined {
  <A extends Handle>(x: A, chunks: ChunksLike): A;
}

/**
 * The same array cut otherwise: a number for all axes, or one entry per axis (a number, −1 for the whole axis, `"auto"`, or
 * a list of sizes). Chunks of files and of elementwise results are never moved for this: the new chunks read what they
 * need. Stored chunks that do not fit into the memory limit together pass through a scratch file.
 * @example x.rechunk([-1, 64])
 */
export const rechunk: Rechunk = defined(
  <A extends Handle>(x: A, chunks: ChunksLike): A => {
    const { shape, dtype } = x.expr.meta;
    const grid = normalizeChunks(chunks, shape, factsOf(dtype).bytes, "rechunk");
    return x.wrap(makeExpr(rechunkOp, [x.expr], { chunks: grid }));
  },
  movementDefinition("rechunk", [
    { shapes: [[7, 9]], args: [[-1, 2]], numpy: "x" },
    { shapes: [[7, 9]], args: [4], numpy: "x" },
  ]),
);

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
