/**
 * What the Fourier transforms share: the operation along one axis, its options and their checks.
 *
 *     x ──astype──▶ ──(one chunk along the axis: rechunk)──▶ routine "fft", block by block ──▶ result
 *
 * A transform needs whole rows, so an axis that is cut is made one chunk; if blocks became too large that way, the
 * other axes are cut smaller. The routine takes rows out of its block along any axis, pads them with zeros or cuts them
 * to length n, and multiplies by the norm, so that nothing is stored besides the block.
 */
import { normalizeAxis } from "../../data/axes.js";
import { type Chunks, cutEvenly, sameChunks } from "../../data/chunks.js";
import { type DType, factsOf, toFloating } from "../../data/dtype.js";
import { ArgumentError, DTypeError, ShapeError } from "../../data/errors.js";
import { at } from "../../data/lists.js";
import { largestOf } from "../../data/numbers.js";
import { shown } from "../../data/shown.js";
import { makeExpr } from "../../expr/expr.js";
import type { Meta } from "../../expr/meta.js";
import type { Op } from "../../expr/op.js";
import { type FourierForm, type FourierParams, formOfRows, fourierLayout } from "../../program/routines/fourier.js";
import type { Handle } from "../handle.js";
import { rechunk } from "../rechunk.js";
import { astype } from "../selection.js";

/** Where the factor 1/n goes: to the inverse transform, in equal parts to both (1/√n), or to the forward transform. */
export type FourierNorm = "backward" | "ortho" | "forward";

/** A transform: its name for users, and what it does. */
export interface FourierKind {
  readonly name: string;
  readonly form: FourierForm;
  readonly inverse: boolean;
  /** True if the factor 1/n belongs to the other direction, as in the Hermitian transforms. */
  readonly swapped?: boolean;
}

/** The most bytes of a block and its spectrum, unless a single row is larger: some milliseconds of work for a task. */
const LARGEST_BLOCK_BYTES = 2 ** 25;
const complexOf = (dtype: DType): DType => (factsOf(dtype).part === "float32" ? "complex64" : "complex128");
const halfOf = (n: number): number => Math.floor(n / 2) + 1;

/** The lengths of a row before and after. */
function lengthsOf({ n, form }: Pick<FourierParams, "n" | "form">): { before: number; after: number } {
  return { before: form === "fromHalf" ? halfOf(n) : n, after: form === "toHalf" ? halfOf(n) : n };
}

function infer(meta: Meta, params: FourierParams): Meta {
  const { axis } = params;
  const { after } = lengthsOf(params);
  const complex = complexOf(meta.dtype);
  return {
    dtype: params.form === "fromHalf" ? factsOf(complex).part : complex,
    shape: meta.shape.with(axis, after),
    chunks: meta.chunks.with(axis, [after]),
  };
}

type FourierOp = Op<FourierParams, readonly [Meta]>;

const made = new Map<string, FourierOp>();

/** The operation of a name, over an input of float or complex numbers in one chunk along the axis. */
function fourierOp(name: string): FourierOp {
  const op: FourierOp = made.get(name) ?? {
    name,
    infer: ([meta], params) => infer(meta, params),
    work: {
      kind: "routine",
      routine: (params) => ({
        kind: "kernel",
        name: "fft",
        params,
        rank: Number.MAX_SAFE_INTEGER,
        batchedOverFirstAxis: params.axis !== 0,
      }),
      steps([meta], params, { box }) {
        const { axis } = params;
        const stop = Math.min(at(meta.shape, axis), lengthsOf(params).before);
        return [[box.with(axis, { start: 0, stop })]];
      },
      // the tables, which a thread keeps, and what they are made with; the routine's workspace is counted apart
      scratch([meta], { n, form }) {
        const { count, length, tables, floats } = fourierLayout({ n, form: formOfRows(form, meta.dtype) });
        return 8 * (tables + 3 * count + (length > count ? floats : 0));
      },
    },
  };
  made.set(name, op);
  return op;
}

/** The chunks for a transform: one along the axis; others cut, the last axes last, where blocks were too large. */
function wholeRows(meta: Meta, axis: number, rowBytes: number): Chunks {
  let room = Math.max(1, Math.floor(LARGEST_BLOCK_BYTES / rowBytes));
  const chunks = [...meta.chunks].with(axis, [at(meta.shape, axis)]);
  for (const [other, sizes] of [...meta.chunks.entries()].reverse()) {
    if (other === axis) continue;
    const largest = largestOf(sizes, 1);
    if (largest > room) chunks[other] = sizes.flatMap((size) => cutEvenly(size, room));
    room = Math.max(1, Math.floor(room / Math.min(largest, room)));
  }
  return chunks;
}

/** Checks a norm. */
function normOf(norm: unknown, operation: string): FourierNorm {
  if (norm === undefined) return "backward";
  if (norm === "backward" || norm === "ortho" || norm === "forward") return norm;
  throw new ArgumentError(`${operation}: norm must be "backward", "ortho" or "forward"; got ${shown(norm)}`);
}

function scaleOf(norm: FourierNorm, inverse: boolean, n: number): number {
  if (norm === "ortho") return 1 / Math.sqrt(n);
  return (norm === "forward") === inverse ? 1 : 1 / n;
}

/** The length of a transform: as given, or as it follows from the length of the axis. */
function lengthOf(n: unknown, length: number, axis: number, { name, form }: FourierKind): number {
  if (n === undefined) {
    const own = form === "fromHalf" ? 2 * (length - 1) : length;
    if (own >= 1) return own;
    const why = form === "fromHalf" && length === 1 ? "is half of a spectrum of 0 numbers" : "has no elements";
    throw new ShapeError(`${name}: axis ${axis} ${why}; give the length of the transform as n, at least 1`);
  }
  if (typeof n !== "number" || !Number.isSafeInteger(n) || n < 1) {
    throw new ArgumentError(`${name}: n must be a whole number of at least 1; got ${shown(n)}`);
  }
  return n;
}

/** A transform along one axis; without `n`, its length follows from that of the axis. */
export function fourier<A extends Handle>(
  x: A,
  kind: FourierKind,
  options: { readonly n?: number | undefined; readonly axis?: number | undefined; readonly norm?: unknown },
): A {
  const { name, form, inverse, swapped = false } = kind;
  const { meta } = x.expr;
  const axis = normalizeAxis(options.axis ?? -1, meta.shape.length, name);
  const norm = normOf(options.norm, name);
  const complex = factsOf(meta.dtype).kind === "complex";
  if (form === "toHalf" && complex) {
    throw new DTypeError(`${name}: takes real numbers; got ${meta.dtype}; fft.fft() and fft.ifft() take complex ones`);
  }
  const n = lengthOf(options.n, at(meta.shape, axis), axis, kind);
  const input = toFloating(meta.dtype);
  const floating = astype(x, form === "fromHalf" ? complexOf(input) : input);
  const { before, after } = lengthsOf({ n, form });
  const rowBytes =
    Math.min(before, at(meta.shape, axis)) * factsOf(input).bytes + after * factsOf(complexOf(input)).bytes;
  const chunks = wholeRows(meta, axis, rowBytes);
  const whole = sameChunks(chunks, meta.chunks) ? floating : rechunk(floating, chunks);
  const params = { n, axis, form, inverse, scale: scaleOf(norm, inverse !== swapped, n) };
  return x.wrap(makeExpr(fourierOp(name), [whole.expr], params));
}
