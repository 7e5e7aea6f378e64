/**
 * The namespace `fft`: discrete Fourier transforms and the frequencies that belong to them, as in NumPy and the Array
 * API.
 */
import { takesOnly } from "../data/arguments.js";
import { ArgumentError } from "../data/errors.js";
import { checkOptions } from "../data/options.js";
import { shown } from "../data/shown.js";
import type { ChunkedArray } from "./chunked-array.js";
import type { CreateOptions } from "./create.js";
import { arange } from "./ranges.js";

export type { Fourier, FourierAlongAxes } from "../ops/fourier/along-axes.js";
export type { FourierNorm } from "../ops/fourier/operation.js";
export type { FourierAxesOptions, FourierOptions } from "../ops/fourier/options.js";
export { type FourierShift, fftshift, ifftshift } from "../ops/fourier/shifts.js";
export {
  fft,
  fft2,
  fftn,
  hfft,
  ifft,
  ifft2,
  ifftn,
  ihfft,
  irfft,
  irfft2,
  irfftn,
  rfft,
  rfft2,
  rfftn,
} from "../ops/fourier/transforms.js";

/** The options of {@link fftfreq} and {@link rfftfreq}. */
export interface FrequencyOptions extends CreateOptions {
  /** The distance between two samples; frequencies are in one over its unit. Default: 1. */
  readonly d?: number;
}

function checked(n: unknown, options: FrequencyOptions, operation: string): { count: number; step: number } {
  checkOptions(options, ["d", "dtype", "chunks"], operation);
  const { d = 1 } = options;
  if (typeof n !== "number" || !Number.isSafeInteger(n) || n < 1) {
    throw new ArgumentError(`${operation}: n must be a whole number of at least 1; got ${shown(n)}`);
  }
  if (!Number.isFinite(d) || d === 0) {
    throw new ArgumentError(`${operation}: d must be a finite number other than 0; got ${shown(d)}`);
  }
  return { count: n, step: 1 / (n * d) };
}

function positions(count: number, { chunks }: FrequencyOptions): ChunkedArray {
  return arange(0, count, 1, { dtype: "float64", ...(chunks === undefined ? {} : { chunks }) });
}

/**
 * The frequencies of the elements of `fft`, float64 unless a dtype is given: 0, 1, … then the negative ones from −n/2
 * on, each divided by n·d.
 *
 * An `n` that is not a whole number of at least 1, and a `d` of 0 or that is not finite, are ArgumentErrors.
 * @example fft.fftfreq(1000, { d: 1 / 44_100 })
 */
export const fftfreq = takesOnly(
  "fft.fftfreq",
  ["n", "options"],
  (n: number, options: FrequencyOptions = {}): ChunkedArray => {
    const { count, step } = checked(n, options, "fft.fftfreq");
    const k = positions(count, options);
    const signed = k.less(Math.ceil(count / 2)).where(k, k.subtract(count));
    return signed.multiply(step).astype(options.dtype ?? "float64");
  },
);

/**
 * The frequencies of the elements of `rfft`, float64 unless a dtype is given: 0, 1, … n/2, each divided by n·d.
 *
 * Errors as for `fftfreq`.
 * @example fft.rfftfreq(1000, { d: 0.001 })
 */
export const rfftfreq = takesOnly(
  "fft.rfftfreq",
  ["n", "options"],
  (n: number, options: FrequencyOptions = {}): ChunkedArray => {
    const { count, step } = checked(n, options, "fft.rfftfreq");
    return positions(Math.floor(count / 2) + 1, options)
      .multiply(step)
      .astype(options.dtype ?? "float64");
  },
);
