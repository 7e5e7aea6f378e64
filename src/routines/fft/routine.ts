/**
 * The Fourier transforms of a block along one axis, row by row, in the memory of the block: tables and places lie in
 * the routine's workspace, and where a row is float64 and as long as the transform, the first step reads it where it
 * lies and the last one writes its result where it belongs. float32 and complex64 are widened in the workspace and
 * rounded once.
 *
 *     axis last       a row is a stretch of the block
 *     axis elsewhere  rows that lie side by side are gathered by a cache line's worth, so that lines are read once
 *
 * Invariant: a row shorter than the transform is filled up with zeros, of a longer one the first numbers count.
 */
import { isComplex } from "../../data/dtype.js";
import { ShapeError } from "../../data/errors.js";
import { sizeOf } from "../../data/region.js";
import {
  benchStride,
  type FourierParams,
  formOfRows,
  fourierLengths,
  rowsTogether,
} from "../../program/routines/fourier.js";
import type { Routine, RoutineArray } from "../routine.js";
import { type FourierBuffers, type MakeBuffers, type Move, plainBuffers } from "./buffers.js";
import { type TransformIn, type TransformKind, Transforms } from "./transform.js";

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
  const width = isComplex(dtype) ? 2 : 1;
  const step = sizeOf(shape.slice(axis + 1)) * width;
  return { data: data as Floats, width, count: shape[axis]!, step, stretch: step * shape[axis]! };
}

/** Rows side by side, gathered into stretches of their own and spread again: at a place of memory of the buffers. */
class Bench {
  readonly data: Float64Array;
  readonly at: number;
  /** From a row to the next. */
  readonly stride: number;
  readonly #rows: Rows;
  /** What a buffers has for whole benches of float64, and how many elements it leaves. */
  readonly #gather: Move | undefined;
  readonly #spread: Move | undefined;
  readonly #rest: number;

  constructor(buffers: FourierBuffers, at: number, rows: Rows) {
    const { data, width, count, step } = rows;
    this.data = buffers.data;
    this.at = at;
    this.stride = benchStride(count * width);
    this.#rows = rows;
    const params = { width: width === 2 ? 2 : 1, count, step, stride: this.stride } as const;
    const compiled = data instanceof Float64Array;
    this.#gather = compiled ? buffers.gather?.(params) : undefined;
    this.#spread = compiled ? buffers.spread?.(params) : undefined;
    this.#rest = width === 2 ? count : count - (count % 2);
  }

  /** Element after element, all rows of it: so each line of the block is touched once. */
  gather(first: number, rows: number): void {
    const { stride, data: to } = this;
    const { data, width, count, step } = this.#rows;
    const fast = rows === rowsTogether ? this.#gather : undefined;
    fast?.(data.byteOffset / 8 + first, this.at);
    for (let k = fast === undefined ? 0 : this.#rest; k < count; k++) {
      for (let r = 0, p = first + k * step, q = this.at + k * width; r < rows; r++, p += width, q += stride) {
        to[q] = data[p]!;
        if (width === 2) to[q + 1] = data[p + 1]!;
      }
    }
  }

  spread(first: number, rows: number): void {
    const { stride, data: from } = this;
    const { data, width, count, step } = this.#rows;
    const fast = rows === rowsTogether ? this.#spread : undefined;
    fast?.(this.at, data.byteOffset / 8 + first);
    for (let k = fast === undefined ? 0 : this.#rest; k < count; k++) {
      for (let r = 0, p = first + k * step, q = this.at + k * width; r < rows; r++, p += width, q += stride) {
        data[p] = from[q]!;
        if (width === 2) data[p + 1] = from[q + 1]!;
      }
    }
  }
}

const transforms = new Transforms();

/** The routine `fft` with the steps of some backend: see the head of this file. */
export function fourier(makeBuffers: MakeBuffers): Routine<FourierParams> {
  return ({ inputs, outputs, params, workspace }) => {
    const output = outputs[0]!;
    const { n, axis, form, inverse, scale } = params;
    const [from, to] = [rowsOf(inputs[0]!, axis), rowsOf(output, axis)];
    const realInput = form === "complex" && from.width === 1;
    const wanted = fourierLengths({ n, form });
    const fits = to.count * to.width === wanted.output && from.count * from.width <= wanted.input;
    if (!fits || from.step * to.width !== to.step * from.width) {
      const shapes = `[${inputs[0]!.shape.join(", ")}] does not become [${output.shape.join(", ")}]`;
      throw new ShapeError(`fft: a block ${shapes} by n = ${n} along axis ${axis}`);
    }
    if (output.data.length === 0) return;
    // the spectrum of real numbers is half of it and its mirror image
    const kind: TransformKind = { n, form: formOfRows(form, inputs[0]!.dtype), sign: inverse && !realInput ? 1 : -1 };
    const transform = transforms.of(kind);
    const buffers = makeBuffers(workspace);
    const base = workspace.byteOffset / 8;
    const conjugate = inverse ? -1 : 1;
    const rowParams = { from, to, kind, whole: realInput ? conjugate : 0 } as const;
    const rows = new RowRunner(buffers.data, transform.in({ buffers: buffers, base, scale }), rowParams);
    const [stretches, beside] = [output.data.length / to.stretch, to.step / to.width];
    if (beside === 1) {
      for (let s = 0; s < stretches; s++) rows.row(from.data, s * from.stretch, to.data, s * to.stretch);
      return;
    }
    const benches = base + transform.layout.floats;
    const taken = new Bench(buffers, benches, from);
    const given = new Bench(buffers, benches + rowsTogether * taken.stride, to);
    for (let s = 0; s < stretches; s++) {
      for (let r = 0; r < beside; r += rowsTogether) {
        const count = Math.min(rowsTogether, beside - r);
        taken.gather(s * from.stretch + r * from.width, count);
        for (let i = 0; i < count; i++) {
          rows.row(buffers.data, taken.at + i * taken.stride, buffers.data, given.at + i * given.stride);
        }
        given.spread(s * to.stretch + r * to.width, count);
      }
    }
  };
}

/** What rows are taken from and go to, and what happens on the way. */
interface RowParams {
  readonly from: Rows;
  readonly to: Rows;
  readonly kind: TransformKind;
  /** Where the whole spectrum of real numbers is wanted the sign of its imaginary parts, else 0. */
  readonly whole: 1 | -1 | 0;
}

/** Takes single rows, each one stretch of numbers, through a transform. */
class RowRunner {
  readonly #data: Float64Array;
  readonly #transform: TransformIn;
  readonly #params: RowParams;
  readonly #lengths: { readonly input: number; readonly output: number };

  constructor(data: Float64Array, transform: TransformIn, params: RowParams) {
    this.#data = data;
    this.#transform = transform;
    this.#params = params;
    this.#lengths = fourierLengths(params.kind);
  }

  row(source: Floats, first: number, target: Floats, start: number): void {
    const data = this.#data;
    const { from, whole } = this.#params;
    const { input, output } = this.#lengths;
    const taken = from.count * from.width;
    let at = this.#transform.input;
    if (source instanceof Float64Array && taken === input) at = source.byteOffset / 8 + first;
    else {
      data.set(source.subarray(first, first + taken), at);
      data.fill(0, at + taken, at + input);
    }
    const there = target instanceof Float64Array && whole === 0 ? target.byteOffset / 8 + start : undefined;
    const result = this.#transform.run(at, there);
    if (whole !== 0) wholeSpectrum(data, result, target.subarray(start, start + 2 * this.#params.kind.n), whole);
    else if (there === undefined) target.set(data.subarray(result, result + output), start);
  }
}

/** The spectrum of real numbers from its first half; the inverse is the conjugate. */
function wholeSpectrum(data: Float64Array, at: number, target: Floats, sign: 1 | -1): void {
  const n = target.length / 2;
  for (let k = 0; 2 * k <= n; k++) {
    const [re, im] = [data[at + 2 * k]!, sign * data[at + 2 * k + 1]!];
    const other = k === 0 ? 0 : n - k;
    target[2 * other] = re;
    target[2 * other + 1] = -im;
    target[2 * k] = re;
    target[2 * k + 1] = im;
  }
}

/** The routine `fft` in JavaScript. */
export const fft = fourier(plainBuffers);
