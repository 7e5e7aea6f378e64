/**
 * Boxes and views: which elements, said in numbers.
 *
 * A computation runs over an *iteration space*: a box of whole numbers, one dimension per axis of what is computed. A
 * **View** says where an array is touched at each point of that space, with one affine rule per axis of the array:
 *
 *     index[axis] = start + step * point[dim]        (dim = -1: always start)
 *
 * Slicing, transposing, flipping, broadcasting, adding and dropping axes all turn a view of their output into a view of
 * their input, so they cost nothing: they are composed until a view of stored elements is left.
 */
import { InternalError } from "./errors.js";

/** One axis of a {@link View}. */
export interface AxisView {
  /** The dimension of the iteration space that moves this index, or -1 when none does. */
  readonly dim: number;
  /** The index where the point's coordinate is 0. */
  readonly start: number;
  /** How far the index moves when the coordinate grows by 1; may be negative. */
  readonly step: number;
}

/** Where an array is touched: one rule per axis of the array. */
export type View = readonly AxisView[];

// like `at` of lists.ts, but called with numbers alone, which makes it several times as fast
function numberAt(list: readonly number[], index: number): number {
  const number = list[index];
  if (number === undefined) throw new InternalError(`internal error: a list of ${list.length} has no entry ${index}`);
  return number;
}

/** Where the point 0…0 of a view lies in an array with these strides, and how far a step along each dimension moves. */
export function placeOf(
  view: View,
  strides: readonly number[],
  dims: number,
): { readonly first: number; readonly strides: number[] } {
  let first = 0;
  const moved = new Array<number>(dims).fill(0);
  view.forEach(({ dim, start, step }, axis) => {
    const stride = numberAt(strides, axis);
    first += start * stride;
    if (dim >= 0) moved[dim] = numberAt(moved, dim) + step * stride;
  });
  return { first, strides: moved };
}

/** Whole numbers from `start` up to, but not including, `stop`. */
export interface Interval {
  readonly start: number;
  readonly stop: number;
}

/** A box of points: one {@link Interval} per dimension. */
export type Box = readonly Interval[];

/** A selection along one axis, with whole numbers only: `count` indices from `start` by `step`. */
export interface Span {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** A selection: one {@link Span} per axis. */
export type Region = readonly Span[];

/** The view that touches each element at its own index. */
export function identityView(ndim: number): View {
  return Array.from({ length: ndim }, (_, dim) => ({ dim, start: 0, step: 1 }));
}

/** A view as text: equal views have equal keys. */
export function keyOfView(view: View): string {
  let key = "";
  for (const { dim, start, step } of view) key += `${dim},${start},${step};`;
  return key;
}

/** The box of all indices of a shape. */
export function boxOf(shape: readonly number[]): Box {
  return shape.map((stop) => ({ start: 0, stop }));
}

/** The box from one point up to, but not including, another. */
export function boxBetween(start: readonly number[], stop: readonly number[]): Box {
  return start.map((from, dim) => ({ start: from, stop: stop[dim] ?? from }));
}

/** The side of a box along a dimension that it has. */
export function sideOf(box: Box, dim: number): Interval {
  const side = box[dim];
  if (side === undefined)
    throw new InternalError(`internal error: a box of ${box.length} dimensions has no dimension ${dim}`);
  return side;
}

/** The lengths of a box's sides. */
export function countsOf(box: Box): number[] {
  return box.map(({ start, stop }) => Math.max(0, stop - start));
}

/** The point of a box with the lowest coordinates. */
export function cornerOf(box: Box): number[] {
  return box.map(({ start }) => start);
}

/** A box as text: equal boxes have equal keys. */
export function keyOfBox(box: Box): string {
  let key = "";
  for (const { start, stop } of box) key += `${start}:${stop};`;
  return key;
}

/** True when the box holds no point. */
export function isEmpty(box: Box): boolean {
  return box.some(({ start, stop }) => stop <= start);
}

/** The common part of two boxes of the same number of dimensions; may be empty. */
export function intersect(a: Box, b: Box): Box {
  return a.map((side, dim) => {
    const other = sideOf(b, dim);
    return { start: Math.max(side.start, other.start), stop: Math.min(side.stop, other.stop) };
  });
}

/** The smallest box that holds two boxes of the same number of dimensions. */
export function hull(a: Box, b: Box): Box {
  return a.map((side, dim) => {
    const other = sideOf(b, dim);
    return { start: Math.min(side.start, other.start), stop: Math.max(side.stop, other.stop) };
  });
}

/**
 * The part of `box` whose points give an index in `[low, high)` along this axis; null where the axis never moves into
 * it.
 */
export function restrict(box: Box, axis: AxisView, low: number, high: number): Box | null {
  const { dim, start, step } = axis;
  if (dim < 0 || step === 0) return start >= low && start < high ? box : null;
  // start + step * p in [low, high)  ⇔  p in [first, last]
  const [near, far] = step > 0 ? [low, high - 1] : [high - 1, low];
  const side = sideOf(box, dim);
  const first = Math.max(side.start, Math.ceil((near - start) / step));
  const last = Math.min(side.stop - 1, Math.floor((far - start) / step));
  return first > last ? null : box.with(dim, { start: first, stop: last + 1 });
}

/** The lowest and highest index that an axis reaches over a box, which must not be empty. */
export function reach(axis: AxisView, box: Box): readonly [low: number, high: number] {
  if (axis.dim < 0) return [axis.start, axis.start];
  const { start, stop } = sideOf(box, axis.dim);
  const a = axis.start + axis.step * start;
  const b = axis.start + axis.step * (stop - 1);
  return a <= b ? [a, b] : [b, a];
}

/** The smallest box of an array that holds all that a view touches over a box, which must not be empty. */
export function touchedBox(view: View, box: Box): Box {
  return view.map((axis) => {
    const [low, high] = reach(axis, box);
    return { start: low, stop: high + 1 };
  });
}

/** The number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const count of shape) size *= count;
  return size;
}

/** Where a point lies, in elements, if the point 0…0 lies at `first`. */
export function firstOf(first: number, strides: readonly number[], point: readonly number[]): number {
  return strides.reduce((sum, stride, dim) => sum + stride * numberAt(point, dim), first);
}

/** The strides, in elements, of a C-ordered (row-major) array. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  shape.reduceRight((stride, length, axis) => {
    strides[axis] = stride;
    return stride * length;
  }, 1);
  return strides;
}
