/**
 * The Fourier transforms of a block along one axis, row by row. Rows go into a plan's own memory in float64 and come back
 * rounded once, so float32 and complex64 lose nothing on the way.
 *
 *     axis last       a row is a stretch: copied in, transformed, copied out
 *     axis elsewhere  rows that lie side by side are taken by a cache line's worth, so that lines are read once
 *
 * Invariant: a row shorter than the transform is filled up with zeros, of a longer one the first numbers count.
 */
import { factsOf } from "../../data/dtype.js";
import { ShapeError } from "../../data/errors.js";
import { sizeOf } from "../../data/region.js";
import { plainRoom } from "../fft/room.js";
import { type Form, lengthsOf, type Transform, Transforms } from "../fft/transform.js";
import type { Routine, RoutineArray } from "./routine.js";

/** What the operation tells the routine. */
export interface FourierParams {
  /** The length of the transform: of its real or complex numbers, not of half a spectrum. */
  readonly n: number;
  /** The axis of the block. */
  readonly axis: number;
  readonly form: Form;
  /** True for the sign + in the exponent. */
  readonly inverse: boolean;
  /** What the results are multiplied by. */
  readonly scale: number;
}

type Floats = Float32Array | Float64Array;

/** Rows of a block: float `i` of element `k` of row `r` of stretch `s` is at `s·stretch + k·step + r·width + i`. */
interface Rows {
  readonly data: Floats;
  /** Floats of an element: 1 or 2. */
  readonly width: number;
  readonly count: number;
  readonly step: number;
  readonly stretch: number;
}

function rowsOf({ data, shape, dtype }: RoutineArray, axis: number): Rows {
  const width = factsOf(dtype).kind === "complex" ? 2 : 1;
  const step = sizeOf(shape.slice(axis + 1)) * width;
  return { data: data as Floats, width, count: shape[axis]!, step, stretch: step * shape[axis]! };
}

/** How many rows that lie side by side go through together: eight complex numbers are two lines of a cache. */
const TOGETHER = 8;

/** Rows side by side, gathered into stretches of their own and spread again. */
class Bench {
  readonly rows: Float64Array;
  readonly length: number;

  constructor(length: number) {
    this.length = length;
    this.rows = new Float64Array(TOGETHER * length);
  }

  /** Element after element, all rows of it: so each line of the block is touched once. */
  gather({ data, step, width, count }: Rows, first: number, rows: number): void {
    const { length, rows: to } = this;
    for (let k = 0; k < count; k++) {
      for (let r = 0, p = first + k * step, q = k * width; r < rows; r++, p += width, q += length) {
        to[q] = data[p]!;
        if (width === 2) to[q + 1] = data[p + 1]!;
      }
    }
  }

  spread({ data, step, width, count }: Rows, first: number, rows: number): void {
    const { length, rows: from } = this;
    for (let k = 0; k < count; k++) {
      for (let r = 0, p = first + k * step, q = k * width; r < rows; r++, p += width, q += length) {
        data[p] = from[q]!;
        if (width === 2) data[p + 1] = from[q + 1]!;
      }
    }
  }
}

/** The routine `fft` over transforms of some memory: see the head of this file. */
export function fourier(transforms: Transforms): Routine {
  return ({ inputs, outputs, params }) => {
    const output = outputs[0]!;
    const { n, axis, form, inverse, scale } = params as FourierParams;
    const [from, to] = [rowsOf(inputs[0]!, axis), rowsOf(output, axis)];
    const realInput = form === "complex" && from.width === 1;
    const wanted = lengthsOf({ n, form });
    const fits = to.count * to.width === wanted.output && from.count * from.width <= wanted.input;
    if (!fits || from.step * to.width !== to.step * from.width) {
      throw new ShapeError(
        `fft: a block [${inputs[0]!.shape.join(", ")}] does not become [${output.shape.join(", ")}] by n = ${n} along axis ${axis}`,
      );
    }
    if (output.data.length === 0) return;
    // the spectrum of real numbers is half of it and its mirror image
    const sort = { n, form: realInput ? ("toHalf" as const) : form, sign: inverse && !realInput ? 1 : -1 } as const;
    const transform = transforms.of(sort);
    const mirror = realInput ? new Float64Array(2 * n) : null;
    const rows = new RowRunner(transform, lengthsOf(sort).input, { from, to, scale, mirror, inverse });
    const [stretches, beside] = [output.data.length / to.stretch, to.step / to.width];
    if (beside === 1) {
      for (let s = 0; s < stretches; s++) rows.row(from.data, s * from.stretch, to.data, s * to.stretch);
      return;
    }
    const [taken, given] = [new Bench(from.count * from.width), new Bench(to.count * to.width)];
    for (let s = 0; s < stretches; s++) {
      for (let r = 0; r < beside; r += TOGETHER) {
        const count = Math.min(TOGETHER, beside - r);
        taken.gather(from, s * from.stretch + r * from.width, count);
        for (let i = 0; i < count; i++) rows.row(taken.rows, i * taken.length, given.rows, i * given.length);
        given.spread(to, s * to.stretch + r * to.width, count);
      }
    }
  };
}

/** What rows are taken from and go to, and what happens on the way. */
interface Way {
  readonly from: Rows;
  readonly to: Rows;
  readonly scale: number;
  /** Where the whole spectrum of real numbers is put together; null for other transforms. */
  readonly mirror: Float64Array | null;
  readonly inverse: boolean;
}

/** Takes single rows, each one stretch of numbers, through a transform. */
class RowRunner {
  readonly #transform: Transform;
  readonly #input: number;
  readonly #way: Way;

  constructor(transform: Transform, input: number, way: Way) {
    this.#transform = transform;
    this.#input = input;
    this.#way = way;
  }

  row(source: Floats, first: number, target: Floats, start: number): void {
    const { data, input } = this.#transform;
    const { from, to, scale, mirror } = this.#way;
    const [taken, given] = [from.count * from.width, to.count * to.width];
    data.set(source.subarray(first, first + taken), input);
    data.fill(0, input + taken, input + this.#input);
    const at = this.#transform.run(scale);
    if (mirror === null) target.set(data.subarray(at, at + given), start);
    else target.set(this.#whole(mirror, at), start);
  }

  /** The spectrum of real numbers from its first half; the inverse is the conjugate. */
  #whole(mirror: Float64Array, at: number): Float64Array {
    const { data } = this.#transform;
    const sign = this.#way.inverse ? -1 : 1;
    const n = mirror.length / 2;
    for (let k = 0; 2 * k <= n; k++) {
      const [re, im] = [data[at + 2 * k]!, sign * data[at + 2 * k + 1]!];
      const other = k === 0 ? 0 : n - k;
      mirror[2 * other] = re;
      mirror[2 * other + 1] = -im;
      mirror[2 * k] = re;
      mirror[2 * k + 1] = im;
    }
    return mirror;
  }
}

/** The routine `fft` in JavaScript. */
export const fft: Routine = fourier(new Transforms(plainRoom));
