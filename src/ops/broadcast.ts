/** Broadcasting: shapes that fit together, the chunks of the result, and the views that repeat what is smaller. */
import { type Chunks, type ChunksLike, normalizeChunks } from "../data/chunks.js";
import { factsOf } from "../data/dtype.js";
import { ShapeError } from "../data/errors.js";
import { at } from "../data/lists.js";
import { checkOptions } from "../data/options.js";
import type { View } from "../data/region.js";
import { checkShape } from "../data/shape.js";
import { makeExpr } from "../expr/expr.js";
import type { Meta } from "../expr/meta.js";
import type { Defined } from "./definition.js";
import type { Handle } from "./handle.js";
import type { ArrayInput } from "./literal.js";
import { movementDefinition, movementOp } from "./movement.js";
import { defined } from "./parameters.js";
import type { MadeArray } from "./typed-handle.js";

/** The common shape of several, aligned at the last axis; axes of length 1 repeat. */
export function broadcastShapes(shapes: readonly (readonly number[])[], operation: string): number[] {
  const ndim = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: ndim }, (_, axis) => {
    let result = 1;
    for (const shape of shapes) {
      const length = shape[axis - ndim + shape.length] ?? 1;
      if (length === 1 || length === result) continue;
      if (result !== 1) {
        const all = shapes.map((own) => `[${own.join(", ")}]`).join(" and ");
        throw new ShapeError(`${operation}: shapes ${all} do not fit together on axis ${axis}`);
      }
      result = length;
    }
    return result;
  });
}

/**
 * Along each axis the finest grid among the inputs that have the axis, so that no block of the result needs more blocks
 * than necessary.
 */
export function broadcastChunks(inputs: readonly Pick<Meta, "shape" | "chunks">[], shape: readonly number[]): Chunks {
  return shape.map((length, axis) => {
    let best: readonly number[] = [length];
    for (const { shape: own, chunks } of inputs) {
      const place = axis - shape.length + own.length;
      const sizes = own[place] === length ? chunks[place] : undefined;
      if (sizes !== undefined && sizes.length > best.length) best = sizes;
    }
    return best;
  });
}

/** The view of an input from the view of the result that it was broadcast to. */
export function broadcastView(view: View, input: readonly number[], output: readonly number[]): View {
  if (input.length === output.length && input.every((length, axis) => length === output[axis])) return view;
  const skipped = output.length - input.length;
  return input.map((length, axis) => (length === 1 ? { dim: -1, start: 0, step: 0 } : at(view, axis + skipped)));
}

const broadcastOp = movementOp<{ readonly shape: readonly number[]; readonly grid: Chunks }>({
  name: "broadcastTo",
  shape: (_input, { shape, grid }) => ({ shape, chunks: grid }),
  view: (input, { shape }, view) => broadcastView(view, input.shape, shape),
});

/** The type of {@link broadcastTo}. */
export interface BroadcastTo extends Defined<"same", "plain"> {
  (x: ArrayInput, shape: readonly number[], options?: BroadcastToOptions): MadeArray;
  <A extends Handle>(x: A | ArrayInput, shape: readonly number[], options?: BroadcastToOptions): A;
}

/** The options of {@link broadcastTo}. */
export interface BroadcastToOptions {
  /** The chunks of the result. Default: those of the array, and one along each axis that repeats. */
  readonly chunks?: ChunksLike;
}

/**
 * Repeats axes of length 1, and new axes in front, up to a shape. Takes no memory.
 * @example x.mean(0).broadcastTo([1000, 1024])
 */
export const broadcastTo: BroadcastTo = defined(
  { x: "array", shape: "value", options: "value" },
  <A extends Handle>(x: A, shape: readonly number[], options: BroadcastToOptions = {}): A => {
    checkOptions(options, ["chunks"], "broadcastTo");
    const target = checkShape(shape, "broadcastTo");
    const common = broadcastShapes([x.expr.meta.shape, target], "broadcastTo");
    if (common.length !== target.length || common.some((length, axis) => length !== target[axis])) {
      throw new ShapeError(`broadcastTo: shape [${x.expr.meta.shape.join(", ")}] cannot become [${target.join(", ")}]`);
    }
    const { dtype, shape: own, chunks } = x.expr.meta;
    const grid = target.map((length, axis) => {
      const place = axis - target.length + own.length;
      return (own[place] === length ? chunks[place] : undefined) ?? [length];
    });
    const asked = normalizeChunks(options.chunks ?? grid, target, factsOf(dtype).bytes, "broadcastTo");
    return x.wrap(makeExpr(broadcastOp, [x.expr], { shape: target, grid: asked }));
  },
  movementDefinition("broadcastTo", [
    { shapes: [[1, 4]], args: [[3, 5, 4]], numpy: "np.broadcast_to(x, (3, 5, 4))" },
    { shapes: [[]], args: [[2, 3]], numpy: "np.broadcast_to(x, (2, 3))" },
    { shapes: [[4]], args: [[5, 4], { chunks: [2, 3] }], numpy: "np.broadcast_to(x, (5, 4))" },
  ]),
);
