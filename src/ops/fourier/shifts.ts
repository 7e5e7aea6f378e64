/** Spectra with frequency 0 in the middle, and back: slices of the axes in another order. */
import { normalizeAxis } from "../../data/axes.js";
import { at } from "../../data/lists.js";
import { concat } from "../concat.js";
import type { Defined, Example } from "../definition.js";
import type { Handle } from "../handle.js";
import type { ArrayInput } from "../literal.js";
import { movementDefinition } from "../movement.js";
import { defined } from "../parameters.js";
import { slice } from "../slice.js";
import type { MadeArray } from "../typed-handle.js";

/** The type of {@link fftshift} and {@link ifftshift}. */
export interface FourierShift extends Defined<"same", "plain"> {
  (x: ArrayInput, axes?: number | readonly number[] | null): MadeArray;
  <A extends Handle>(x: A | ArrayInput, axes?: number | readonly number[] | null): A;
}

/** The elements moved along axes, each by `by(length)`; those that leave at the end reappear at the start. */
function rolled<A extends Handle>(x: A, axes: unknown, by: (length: number) => number, operation: string): A {
  const { shape } = x.expr.meta;
  const given = axes ?? shape.map((_, axis) => axis);
  const list = (Array.isArray(given) ? given : [given]).map((axis) => normalizeAxis(axis, shape.length, operation));
  return list.reduce((result, axis) => {
    const length = at(shape, axis);
    const from = length - by(length);
    if (from === length || from <= 0) return result;
    const part = (start: number, stop: number): A =>
      slice(
        result,
        shape.map((_, other) => (other === axis ? ([start, stop] as const) : null)),
      );
    return concat([part(from, length), part(0, from)], { axis });
  }, x);
}

const shiftExamples = (name: string): readonly Example[] => [
  { shapes: [[7, 6]], args: [], numpy: `np.fft.${name}(x)` },
  { shapes: [[7, 6]], args: [0], numpy: `np.fft.${name}(x, 0)` },
  { shapes: [[1, 2, 5]], args: [[-1, 1]], numpy: `np.fft.${name}(x, (-1, 1))` },
  { shapes: [[0, 3]], args: [], numpy: `np.fft.${name}(x)` },
];

/**
 * Moves frequency 0 from the front to the middle of axes: the named ones, or all.
 *
 * Accepts all dtypes; the shape is unchanged. A wrong axis is an AxisError. A view: readers take the elements from
 * where they are.
 * @example fft.fftshift(fft.fft2(image)).abs()
 */
export const fftshift: FourierShift = defined(
  { x: "array", axes: "value" },
  <A extends Handle>(x: A, axes?: number | readonly number[] | null): A =>
    rolled(x, axes, (length) => Math.floor(length / 2), "fft.fftshift"),
  movementDefinition("fft.fftshift", shiftExamples("fftshift")),
);

/**
 * The inverse of {@link fftshift}: moves frequency 0 from the middle of axes back to the front.
 *
 * Accepts all dtypes; the shape is unchanged. A wrong axis is an AxisError.
 * @example fft.ifftshift(fft.fftshift(x))
 */
export const ifftshift: FourierShift = defined(
  { x: "array", axes: "value" },
  <A extends Handle>(x: A, axes?: number | readonly number[] | null): A =>
    rolled(x, axes, (length) => length - Math.floor(length / 2), "fft.ifftshift"),
  movementDefinition("fft.ifftshift", shiftExamples("ifftshift")),
);
