/** Broadcasting: shapes that fit together, the chunks of the result, and the views that repeat what is smaller. */
import type { Chunks } from "../data/chunks.js";
import { ShapeError } from "../data/errors.js";
import type { View } from "../data/region.js";
import type { Meta } from "../expr/meta.js";

/** The common shape of several, aligned at the last axis; axes of length 1 repeat. */
export function broadcastShapes(shapes: readonly (readonly number[])[], operation: string): number[] {
  const ndim = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: ndim }, (_, axis) => {
    let result = 1;
    for (const shape of shapes) {
      const length = shape[axis - ndim + shape.length] ?? 1;
      if (length === 1 || length === result) continue;
      if (result !== 1) {
        throw new ShapeError(
          `${operation}: shapes ${shapes.map((s) => `[${s.join(", ")}]`).join(" and ")} do not fit together on axis ${axis}`,
        );
      }
      result = length;
    }
    return result;
  });
}

/** Along each axis the finest grid among the inputs that have the axis: no block of the result needs more blocks than it must. */
export function broadcastChunks(inputs: readonly Pick<Meta, "shape" | "chunks">[], shape: readonly number[]): Chunks {
  return shape.map((length, axis) => {
    let best: readonly number[] = [length];
    for (const { shape: own, chunks } of inputs) {
      const at = axis - shape.length + own.length;
      if (at >= 0 && own[at] === length && chunks[at]!.length > best.length) best = chunks[at]!;
    }
    return best;
  });
}

/** The view of an input from the view of the result that it was broadcast to. */
export function broadcastView(view: View, input: readonly number[], output: readonly number[]): View {
  if (input.length === output.length && input.every((length, axis) => length === output[axis])) return view;
  const skipped = output.length - input.length;
  return input.map((length, axis) => (length === 1 ? { dim: -1, start: 0, step: 0 } : view[axis + skipped]!));
}
