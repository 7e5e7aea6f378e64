/** The options of Fourier transforms. */
import { normalizeAxis } from "../../data/axes.js";
import { ArgumentError } from "../../data/errors.js";
import { shown } from "../../data/shown.js";
import type { FourierNorm } from "./operation.js";
/** The options of a transform along one axis. */
export interface FourierOptions {
  /**
   * The length of the transform: a longer axis is cut, a shorter one is padded with zeros. Default: the length of the
   * axis; for `irfft` and `hfft`, whose results have that length, twice the length less one.
   */
  readonly n?: number;
  /** The axis; negative ones count from the end. Default: −1. */
  readonly axis?: number;
  /**
   * Where the factor 1/n goes: `"backward"` to the inverse transform (the default), `"ortho"`: 1/√n to both,
   * `"forward"`.
   */
  readonly norm?: FourierNorm;
}

/** The options of a transform along several axes. */
export interface FourierAxesOptions {
  /**
   * The length of the transform along each of the axes, as `n`; −1 for that of the axis. Default: the lengths of the
   * axes.
   */
  readonly s?: readonly number[];
  /** The axes. Default: the last ones, as many as `s` has; without `s` all (for the 2-d transforms the last two). */
  readonly axes?: readonly number[];
  /** Where the factor 1/n goes, along each axis. Default: `"backward"`. */
  readonly norm?: FourierNorm;
}

/** Checks axes, in their order; an axis may be named more than once, as in NumPy. */
export function axesOf(
  ndim: number,
  { s, axes }: FourierAxesOptions,
  operation: string,
  two: boolean,
): readonly number[] {
  if (axes !== undefined && (!Array.isArray(axes) || axes.length === 0)) {
    throw new ArgumentError(`${operation}: axes must be a list of at least one axis; got ${shown(axes)}`);
  }
  const count = two ? 2 : (s?.length ?? ndim);
  const list = axes ?? Array.from({ length: count }, (_, i) => i - count);
  return (list.length === 0 ? [-1] : list).map((axis) => normalizeAxis(axis, ndim, operation));
}
