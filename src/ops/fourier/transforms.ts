/**
 * Discrete Fourier transforms: the functions of the namespace `fft` that take an array.
 *
 *     forward   X[k] = Σ x[j] · exp(−2πi·jk/n)              fft, rfft (the first half of what real numbers give), ihfft
 *     inverse   x[j] = Σ X[k] · exp(+2πi·jk/n) / n          ifft, irfft, hfft
 *
 * Transforms along several axes are transforms along one after the other.
 */
import { alongAxes, alongOne, type Fourier, type FourierAlongAxes } from "./along-axes.js";
import type { FourierKind } from "./operation.js";

const kinds = {
  fft: { name: "fft.fft", form: "complex", inverse: false },
  ifft: { name: "fft.ifft", form: "complex", inverse: true },
  rfft: { name: "fft.rfft", form: "toHalf", inverse: false },
  irfft: { name: "fft.irfft", form: "fromHalf", inverse: true },
  hfft: { name: "fft.hfft", form: "fromHalf", inverse: true, swapped: true },
  ihfft: { name: "fft.ihfft", form: "toHalf", inverse: false, swapped: true },
} as const satisfies Record<string, FourierKind>;

/**
 * The discrete Fourier transform along an axis: element k is `Σ x[j] · exp(−2πi·jk/n)`, k = 0 … n − 1.
 *
 * Accepts all dtypes: float32 and complex64 give complex64 (computed in float64 and rounded once), all others
 * complex128. The axis gets length n. An axis that does not exist is an AxisError, an empty one without `n` a
 * ShapeError, an `n` that is not a whole number of at least 1 or an unknown `norm` an ArgumentError.
 *
 * O(n·log n) for every n: passes of radix 4, 2 and small primes, Bluestein's algorithm where a prime factor is large;
 * the error is some tenths of eps·log₂ n (docs/design/0012). The axis becomes one chunk, and chunks of the other axes
 * are cut so that a block has at most some MiB, but at least one row. A task needs memory for a block, its spectrum,
 * and about 90 n bytes.
 * @example fft.fft(x, { axis: 0, norm: "ortho" })
 */
export const fft: Fourier = alongOne(kinds.fft);

/**
 * The inverse of {@link fft}: element j is `Σ x[k] · exp(+2πi·jk/n) / n`.
 *
 * Dtypes, shape, errors, cost and memory as for `fft`.
 * @example fft.ifft(fft.fft(x))
 */
export const ifft: Fourier = alongOne(kinds.ifft);

/**
 * The transform of real numbers: the first n/2 + 1 (rounded down) numbers of {@link fft}; the others are their
 * conjugates.
 *
 * Accepts real dtypes: float32 gives complex64, all others complex128; complex numbers throw a DTypeError. Other errors
 * as for `fft`. Takes half the time and memory of `fft` where n is even: real numbers are transformed as half as many
 * complex ones.
 * @example fft.rfft(x, { axis: 1 })
 */
export const rfft: Fourier = alongOne(kinds.rfft);

/**
 * The inverse of {@link rfft}: n real numbers from the first n/2 + 1 of their spectrum. By default n is even, so an odd
 * length must be given. The imaginary parts of the first number, and for an even n of the last one, are ignored.
 *
 * Accepts all dtypes: float32 and complex64 give float32, all others float64. Errors as for `fft`.
 * @example fft.irfft(fft.rfft(x), { n: 1001 })
 */
export const irfft: Fourier<"realFloating"> = alongOne(kinds.irfft);

/**
 * The transform of numbers of which only the first half is given, since the others are their conjugates (Hermitian): n
 * real numbers. As {@link irfft} of the conjugate, with the factor 1/n at the other direction.
 *
 * Dtypes, shape and errors as for `irfft`.
 * @example fft.hfft(x, { n: 1000 })
 */
export const hfft: Fourier<"realFloating"> = alongOne({ ...kinds.hfft, conjugates: "before" });

/**
 * The inverse of {@link hfft}: the first half of the inverse transform of real numbers.
 *
 * Dtypes, shape and errors as for `rfft`.
 * @example fft.ihfft(x)
 */
export const ihfft: Fourier = alongOne({ ...kinds.ihfft, conjugates: "after" });

const complexKinds = { last: kinds.fft, other: kinds.fft, lastAtEnd: false };
const inverseKinds = { last: kinds.ifft, other: kinds.ifft, lastAtEnd: false };
const realKinds = { last: kinds.rfft, other: kinds.fft, lastAtEnd: false };
const realInverseKinds = { last: kinds.irfft, other: kinds.ifft, lastAtEnd: true };

/**
 * {@link fft} along two axes, by default the last two.
 *
 * Dtypes as for `fft`. Errors too; an empty list of axes, or a list of lengths that does not match it, throws an
 * ArgumentError. One transform after the other: an axis in several chunks becomes one chunk at its turn.
 * @example fft.fft2(images, { axes: [1, 2] })
 */
export const fft2: FourierAlongAxes = alongAxes("fft.fft2", complexKinds);

/**
 * The inverse of {@link fft2}. Dtypes and errors as there.
 * @example fft.ifft2(spectra)
 */
export const ifft2: FourierAlongAxes = alongAxes("fft.ifft2", inverseKinds);

/**
 * {@link rfft} along the last of two axes, then {@link fft} along the other. Dtypes as for `rfft`, errors as for
 * `fft2`.
 * @example fft.rfft2(images)
 */
export const rfft2: FourierAlongAxes = alongAxes("fft.rfft2", realKinds);

/**
 * The inverse of {@link rfft2}: {@link ifft} along the first axis, then {@link irfft} along the last one. Dtypes as for
 * `irfft`, errors as for `fft2`.
 * @example fft.irfft2(spectra, { s: [480, 641] })
 */
export const irfft2: FourierAlongAxes<"realFloating"> = alongAxes("fft.irfft2", realInverseKinds);

/**
 * {@link fft} along several axes, by default all. Dtypes as for `fft`, errors as for `fft2`.
 * @example fft.fftn(volume)
 */
export const fftn: FourierAlongAxes = alongAxes("fft.fftn", complexKinds);

/**
 * The inverse of {@link fftn}. Dtypes and errors as there.
 * @example fft.ifftn(spectrum, { axes: [0, 1] })
 */
export const ifftn: FourierAlongAxes = alongAxes("fft.ifftn", inverseKinds);

/**
 * {@link rfft} along the last of several axes, then {@link fft} along the others. Dtypes as for `rfft`, errors as for
 * `fft2`.
 * @example fft.rfftn(volume)
 */
export const rfftn: FourierAlongAxes = alongAxes("fft.rfftn", realKinds);

/**
 * The inverse of {@link rfftn}: {@link ifft} along all axes but the last, then {@link irfft} along that. Dtypes as for
 * `irfft`, errors as for `fft2`.
 * @example fft.irfftn(fft.rfftn(volume), { s: [100, 100, 101] })
 */
export const irfftn: FourierAlongAxes<"realFloating"> = alongAxes("fft.irfftn", realInverseKinds);
