/**
 * Discrete Fourier transforms: the functions of the namespace `fft` that take an array.
 *
 *     forward   X[k] = Σ x[j] · exp(−2πi·jk/n)              fft, rfft (the first half of what real numbers give), ihfft
 *     inverse   x[j] = Σ X[k] · exp(+2πi·jk/n) / n          ifft, irfft, hfft
 *
 * Transforms along several axes are transforms along one after the other.
 */
import { ArgumentError } from "../data/errors.js";
import { checkOptions } from "../data/options.js";
import { abs } from "./arithmetic.js";
import { type Defined, type Definition, type Example, type Handle, normalizeAxis } from "./define.js";
import { checkArray, type FourierKind, type FourierNorm, fourier } from "./fourier.js";
import { conj } from "./mathematical.js";
import { defined, movementDefinition } from "./movement.js";
import { broadcastTo, concat, slice } from "./views.js";

/** The options of a transform along one axis. */
export interface FourierOptions {
  /**
   * The length of the transform: a longer axis is cut, a shorter one filled up with zeros. Default: the axis as it is; for
   * `irfft` and `hfft`, whose results are that long, twice the axis less one.
   */
  readonly n?: number;
  /** The axis; negative ones count from the end. Default: −1. */
  readonly axis?: number;
  /** Where the factor 1/n goes: `"backward"` to the inverse transform (the default), `"ortho"`: 1/√n to both, `"forward"`. */
  readonly norm?: FourierNorm;
}

/** The options of a transform along several axes. */
export interface FourierAxesOptions {
  /** The length of the transform along each of the axes, as `n`; −1 for that of the axis. Default: all as they are. */
  readonly s?: readonly number[];
  /** The axes. Default: the last ones, as many as `s` has; without `s` all (for the 2-d transforms the last two). */
  readonly axes?: readonly number[];
  /** Where the factor 1/n goes, along each axis. Default: `"backward"`. */
  readonly norm?: FourierNorm;
}

/** The type of the transforms along one axis. */
export interface Fourier extends Defined {
  <A extends Handle>(x: A, options?: FourierOptions): A;
}

/** The type of the transforms along several axes. */
export interface FourierAlongAxes extends Defined {
  <A extends Handle>(x: A, options?: FourierAxesOptions): A;
}

/** The type of {@link fftshift} and {@link ifftshift}. */
export interface FourierShift extends Defined {
  <A extends Handle>(x: A, axes?: number | readonly number[] | null): A;
}

/** How far a result may be from NumPy's, in units in the last place of the largest that a sum of such terms may be. */
const ULPS = 8;

const optionText = (option: unknown): string =>
  Array.isArray(option) ? `(${option.join(", ")},)` : JSON.stringify(option);

/** A call and what NumPy writes for it. */
function example(
  name: string,
  shape: readonly number[],
  options: FourierOptions & FourierAxesOptions = {},
  dtype: Example["dtype"] = "complex128",
): Example {
  const given = Object.entries(options).map(([key, value]) => `, ${key}=${optionText(value)}`);
  return { shapes: [shape], args: [options], numpy: `np.fft.${name}(x${given.join("")})`, dtype };
}

/** What the tests know of a transform. `sizes` is the largest that the sums behind an element may be: that of frequency 0. */
function definitionOf(
  name: string,
  transform: (x: Handle, options: never) => Handle,
  accepts: Definition["accepts"],
  examples: readonly Example[],
): Definition {
  return {
    family: "routine",
    name: `fft.${name}`,
    arity: 1,
    accepts,
    numpy: `np.fft.${name}(x)`,
    ulps: ULPS,
    domain: [-5, 5],
    examples,
    sizes(x: Handle, options: { readonly axis?: number; readonly axes?: readonly number[] } & FourierAxesOptions) {
      const result = transform(abs(x), options as never);
      const { shape } = result.expr.meta;
      const several = /[2n]$/.test(name) ? axesOf(shape.length, options, `fft.${name}`, name.endsWith("2")) : null;
      const axes = several ?? [normalizeAxis(options.axis ?? -1, shape.length, name)];
      const first = slice(
        result,
        shape.map((_, axis) => (axes.includes(axis) ? ([0, 1] as const) : null)),
      );
      return broadcastTo(abs(first), shape);
    },
  };
}

const isReal: Definition["accepts"] = (dtype) => !dtype.startsWith("complex");
const all: Definition["accepts"] = () => true;

/** A transform along one axis as a function with its definition. */
function alongOne(kind: FourierKind & { readonly conjugates?: "before" | "after" }): Fourier {
  const { name, form, conjugates } = kind;
  const bare = name.slice("fft.".length);
  const transform = <A extends Handle>(x: A, options: FourierOptions = {}): A => {
    checkArray(x, name);
    checkOptions(options, ["n", "axis", "norm"], name);
    const result = fourier(conjugates === "before" ? conj(x) : x, kind, options);
    return conjugates === "after" ? conj(result) : result;
  };
  const dtypes =
    form === "toHalf" ? (["float64", "int16", "float32"] as const) : (["complex128", "float64", "complex64"] as const);
  const examples = [
    example(bare, [3, 16], {}, dtypes[0]),
    example(bare, [12, 5], { axis: 0 }, dtypes[0]),
    example(bare, [2, 9, 3], { axis: 1, norm: "ortho" }, dtypes[0]),
    example(bare, [2, 7], { n: 11, norm: "forward" }, dtypes[0]),
    example(bare, [2, 30], { n: 8 }, dtypes[0]),
    example(bare, [4, 15], {}, dtypes[1]),
    example(bare, [6, 4], { axis: -2, n: 13 }, dtypes[1]),
    example(bare, [3, 20], {}, dtypes[2]),
    example(bare, [2, 134], {}, dtypes[0]),
    example(bare, [2, 1], { n: 1 }, dtypes[0]),
  ];
  return Object.assign(transform, {
    definition: definitionOf(bare, transform, form === "toHalf" ? isReal : all, examples),
  });
}

/** Checks axes, in their order; an axis may be named more than once, as in NumPy. */
function axesOf(ndim: number, { s, axes }: FourierAxesOptions, operation: string, two: boolean): readonly number[] {
  if (axes !== undefined && (!Array.isArray(axes) || axes.length === 0)) {
    throw new ArgumentError(`${operation}: axes is a list of at least one axis, not ${JSON.stringify(axes)}`);
  }
  const count = two ? 2 : (s?.length ?? ndim);
  const list = axes ?? Array.from({ length: count }, (_, i) => i - count);
  return (list.length === 0 ? [-1] : list).map((axis) => normalizeAxis(axis, ndim, operation));
}

/** A transform along several axes: the last of them by `kinds.last`, the others by `kinds.other`. */
function alongAxes(
  name: string,
  kinds: { readonly last: FourierKind; readonly other: FourierKind; readonly lastAtEnd: boolean },
): FourierAlongAxes {
  const bare = name.slice("fft.".length);
  const two = name.endsWith("2");
  const transform = <A extends Handle>(x: A, options: FourierAxesOptions = {}): A => {
    checkArray(x, name);
    checkOptions(options, ["s", "axes", "norm"], name);
    const { s, norm } = options;
    if (s !== undefined && !Array.isArray(s)) {
      throw new ArgumentError(`${name}: s is a list of lengths such as [64, 64], not ${JSON.stringify(s)}`);
    }
    const axes = axesOf(x.expr.meta.shape.length, options, name, two);
    if (s !== undefined && s.length !== axes.length) {
      throw new ArgumentError(`${name}: s has ${s.length} lengths for ${axes.length} axes; right is one for each axis`);
    }
    const steps = axes.map((axis, i) => ({
      axis,
      n: s === undefined || s[i] === -1 ? undefined : s[i],
      kind: { ...(i === axes.length - 1 ? kinds.last : kinds.other), name },
    }));
    if (!kinds.lastAtEnd) steps.reverse();
    return steps.reduce((result, { axis, n, kind }) => fourier(result, kind, { axis, n, norm }), x);
  };
  const real = kinds.last.form === "toHalf";
  const [first, second] = real ? (["float64", "float32"] as const) : (["complex128", "float64"] as const);
  const examples = [
    example(bare, [6, 9], {}, first),
    example(bare, [4, 5, 6], { axes: [0, 2], norm: "ortho" }, first),
    example(bare, [4, 5, 6], { s: [7, 4], axes: [2, 1] }, first),
    example(bare, [3, 4, 4], { norm: "forward" }, second),
  ];
  return Object.assign(transform, { definition: definitionOf(bare, transform, real ? isReal : all, examples) });
}

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
 * Takes all dtypes: float32 and complex64 give complex64 (computed in float64 and rounded once), all others complex128. The
 * axis gets length n. An axis that does not exist is an AxisError, an empty one without `n` a ShapeError, an `n` that is no
 * whole number from 1 on or an unknown `norm` an ArgumentError.
 *
 * O(n·log n) for every n: passes of radix 4, 2 and small primes, Bluestein's algorithm where a prime factor is large; the
 * error is some tenths of eps·log₂ n (docs/design/0012). The axis becomes one chunk, and chunks of the other axes are cut so
 * that a block has at most some MiB, but not less than a row. Memory of a task: a block, its spectrum, and about 90 n bytes.
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
 * The transform of real numbers: the first n/2 + 1 (rounded down) numbers of {@link fft}; the others are their conjugates.
 *
 * Takes real dtypes: float32 gives complex64, all others complex128; complex numbers are a DTypeError. Other errors as for
 * `fft`. Half the time and room of `fft` where n is even: real numbers are transformed as half as many complex ones.
 * @example fft.rfft(x, { axis: 1 })
 */
export const rfft: Fourier = alongOne(kinds.rfft);

/**
 * The inverse of {@link rfft}: n real numbers from the first n/2 + 1 of their spectrum. By default n is even, so an odd length
 * must be named. The imaginary parts of the first number, and for an even n of the last one, do not count.
 *
 * Takes all dtypes: float32 and complex64 give float32, all others float64. Errors as for `fft`.
 * @example fft.irfft(fft.rfft(x), { n: 1001 })
 */
export const irfft: Fourier = alongOne(kinds.irfft);

/**
 * The transform of numbers of which only the first half is given, since the others are their conjugates (Hermitian): n real
 * numbers. As {@link irfft} of the conjugate, with the factor 1/n at the other direction.
 *
 * Dtypes, shape and errors as for `irfft`.
 * @example fft.hfft(x, { n: 1000 })
 */
export const hfft: Fourier = alongOne({ ...kinds.hfft, conjugates: "before" });

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
 * Dtypes as for `fft`. Errors too; a list of axes that is empty, or of lengths that does not fit it, is an ArgumentError.
 * One transform after the other: an axis that is cut becomes one chunk when it is its turn.
 * @example fft.fft2(images, { axes: [1, 2] })
 */
export const fft2: FourierAlongAxes = alongAxes("fft.fft2", complexKinds);

/**
 * The inverse of {@link fft2}. Dtypes and errors as there.
 * @example fft.ifft2(spectra)
 */
export const ifft2: FourierAlongAxes = alongAxes("fft.ifft2", inverseKinds);

/**
 * {@link rfft} along the last of two axes, then {@link fft} along the other. Dtypes as for `rfft`, errors as for `fft2`.
 * @example fft.rfft2(images)
 */
export const rfft2: FourierAlongAxes = alongAxes("fft.rfft2", realKinds);

/**
 * The inverse of {@link rfft2}: {@link ifft} along the first axis, then {@link irfft} along the last one. Dtypes as for
 * `irfft`, errors as for `fft2`.
 * @example fft.irfft2(spectra, { s: [480, 641] })
 */
export const irfft2: FourierAlongAxes = alongAxes("fft.irfft2", realInverseKinds);

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
 * {@link rfft} along the last of several axes, then {@link fft} along the others. Dtypes as for `rfft`, errors as for `fft2`.
 * @example fft.rfftn(volume)
 */
export const rfftn: FourierAlongAxes = alongAxes("fft.rfftn", realKinds);

/**
 * The inverse of {@link rfftn}: {@link ifft} along all axes but the last, then {@link irfft} along that. Dtypes as for `irfft`,
 * errors as for `fft2`.
 * @example fft.irfftn(fft.rfftn(volume), { s: [100, 100, 101] })
 */
export const irfftn: FourierAlongAxes = alongAxes("fft.irfftn", realInverseKinds);

/** The elements of axes, each moved on by what `by` says of its length; what leaves at the end comes in at the start. */
function rolled<A extends Handle>(x: A, axes: unknown, by: (length: number) => number, operation: string): A {
  checkArray(x, operation);
  const { shape } = x.expr.meta;
  const given = axes ?? shape.map((_, axis) => axis);
  const list = (Array.isArray(given) ? given : [given]).map((axis) => normalizeAxis(axis, shape.length, operation));
  return list.reduce((result, axis) => {
    const length = shape[axis]!;
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
 * Takes all dtypes; the shape stays. A wrong axis is an AxisError. Costs nothing by itself: readers take the elements from
 * where they are.
 * @example fft.fftshift(fft.fft2(image)).abs()
 */
export const fftshift: FourierShift = defined(
  <A extends Handle>(x: A, axes?: number | readonly number[] | null): A =>
    rolled(x, axes, (length) => Math.floor(length / 2), "fft.fftshift"),
  movementDefinition("fft.fftshift", shiftExamples("fftshift")),
);

/**
 * The inverse of {@link fftshift}: moves frequency 0 from the middle of axes back to the front.
 *
 * Takes all dtypes; the shape stays. A wrong axis is an AxisError.
 * @example fft.ifftshift(fft.fftshift(x))
 */
export const ifftshift: FourierShift = defined(
  <A extends Handle>(x: A, axes?: number | readonly number[] | null): A =>
    rolled(x, axes, (length) => length - Math.floor(length / 2), "fft.ifftshift"),
  movementDefinition("fft.ifftshift", shiftExamples("ifftshift")),
);
