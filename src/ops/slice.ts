/** Slices: ranges of indices by Python's rules. A slice is a view and takes no memory. */
import { axesText } from "../data/axes.js";
import { startsOf } from "../data/chunks.js";
import { ArgumentError, OutOfBoundsError } from "../data/errors.js";
import { at, isList, zip } from "../data/lists.js";
import type { Span } from "../data/region.js";
import { lastUpTo } from "../data/search.js";
import { shown } from "../data/shown.js";
import { makeExpr } from "../expr/expr.js";
import type { Defined } from "./definition.js";
import type { Handle } from "./handle.js";
import type { ArrayInput } from "./literal.js";
import { movementDefinition, movementOp, squeezeAxes } from "./movement.js";
import { defined } from "./parameters.js";
import type { MadeArray } from "./typed-handle.js";

/**
 * A selection along one axis: an index (drops the axis), `[start, stop, step]` with null for a default, or null for
 * everything.
 */
export type SliceEntry = Index | null | readonly [start?: Index | null, stop?: Index | null, step?: Index | null];

/** A whole number; a bigint as argmax and other int64 results give it. */
export type Index = number | bigint;

/** Bigints as numbers; everything else as it is. */
const plain = (value: unknown): unknown => (typeof value === "bigint" ? Number(value) : value);

/** A bound or a step; undefined for null. */
function wholeOrNull(given: unknown, axis: number, operation: string): number | undefined {
  const value = plain(given);
  if (value === null) return undefined;
  if (typeof value === "number" && Number.isInteger(value)) return value;
  throw new ArgumentError(`${operation}: axis ${axis} got ${shown(given)}; expected whole numbers or null`);
}

/** Python's rules for start, stop and step. */
function spanOf(entry: unknown, length: number, axis: number, operation: string): Span {
  if (entry !== null && (!isList(entry) || entry.length > 3)) {
    throw new ArgumentError(
      `${operation}: axis ${axis} got ${shown(entry)}; expected an index, [start, stop, step] or null`,
    );
  }
  const [start, stop, stepOrNull] = [0, 1, 2].map((i) => wholeOrNull(entry?.[i] ?? null, axis, operation));
  const step = stepOrNull ?? 1;
  if (step === 0)
    throw new ArgumentError(`${operation}: axis ${axis} has a step of 0; expected a whole number other than 0`);
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1];
  const clamp = (index: number): number => Math.min(high, Math.max(low, index < 0 ? index + length : index));
  const from = start === undefined ? (step > 0 ? low : high) : clamp(start);
  const to = stop === undefined ? (step > 0 ? high : low) : clamp(stop);
  return { start: from, step, count: Math.max(0, Math.ceil((to - from) / step)) };
}

/** `5:8` for neighbours, `3 from 9 by -2` for others. */
const spanText = ({ start, step, count }: Span): string =>
  step === 1 ? `${start}:${start + count}` : `${count} from ${start} by ${step}`;

export const sliceOp = movementOp<{ readonly spans: readonly Span[] }>({
  name: "slice",
  shown: ({ spans }) => ({ params: spans.map(spanText).join(", ") }),
  shape: ({ chunks }, { spans }) => ({
    shape: spans.map(({ count }) => count),
    chunks: zip(spans, chunks).map(([{ start, step, count }, sizes]) => selectChunks(sizes, start, step, count)),
  }),
  view: (_input, { spans }, view) =>
    zip(view, spans).map(([{ dim, start, step }, span]) => ({
      dim,
      start: span.start + span.step * start,
      step: span.step * step,
    })),
});

/** A selection as a span for each axis, and the axes of which it picks an index. */
export function selected(
  selection: unknown,
  shape: readonly number[],
  operation: string,
): { readonly spans: readonly Span[]; readonly dropped: readonly number[] } {
  if (!isList(selection))
    throw new ArgumentError(`${operation}: takes a list with one entry per axis; got ${shown(selection)}`);
  if (selection.length > shape.length) {
    throw new ArgumentError(`${operation}: got ${selection.length} entries for an array of ${axesText(shape.length)}`);
  }
  const dropped: number[] = [];
  const spans = shape.map((length, axis): Span => {
    const entry = plain(selection[axis] ?? null);
    if (typeof entry !== "number") return spanOf(entry, length, axis, operation);
    const index = entry < 0 ? entry + length : entry;
    if (!Number.isInteger(entry) || index < 0 || index >= length) {
      throw new OutOfBoundsError(`${operation}: index ${entry} is out of range for axis ${axis} of length ${length}`);
    }
    dropped.push(axis);
    return { start: index, step: 1, count: 1 };
  });
  return { spans, dropped };
}

/** The type of {@link slice}. */
export interface Slice extends Defined<"same", "plain"> {
  (x: ArrayInput, selection: readonly SliceEntry[]): MadeArray;
  <A extends Handle>(x: A | ArrayInput, selection: readonly SliceEntry[]): A;
}

/**
 * Part of an array, by one entry per axis, or fewer for the first axes. A number (or a bigint, such as an element of
 * `argmax`) picks an index and drops the axis;
 * `[start, stop]` or `[start, stop, step]` is a range by Python's rules (negative numbers count from the end, a step
 * may be negative); null is the whole axis.
 * @example x.slice([null, [0, 10]])
 * @example x.slice([-1, [null, null, -1]])
 */
export const slice: Slice = defined(
  { x: "array", selection: "value" },
  <A extends Handle>(x: A, selection: readonly SliceEntry[]): A => {
    const { spans, dropped } = selected(selection, x.expr.meta.shape, "slice");
    const part = makeExpr(sliceOp, [x.expr], { spans });
    return x.wrap(dropped.length === 0 ? part : squeezeAxes(part, dropped));
  },
  movementDefinition("slice", [
    { shapes: [[7, 9]], args: [[null, [2, 8, 3]]], numpy: "x[:, 2:8:3]" },
    { shapes: [[7, 9]], args: [[[null, null, -1], 4]], numpy: "x[::-1, 4]" },
    {
      shapes: [[7, 9]],
      args: [
        [
          [-2, null, -2],
          [-100, 100],
        ],
      ],
      numpy: "x[-2::-2, -100:100]",
    },
    { shapes: [[5, 6, 7]], args: [[-1]], numpy: "x[-1]" },
    { shapes: [[5, 6]], args: [[[4, 2]]], numpy: "x[4:2]" },
  ]),
);

/** The chunks of a selection: how many of the selected indices lie in each chunk, empty ones left out. */
export function selectChunks(sizes: readonly number[], start: number, step: number, count: number): number[] {
  if (count === 0) return [0];
  const result: number[] = [];
  const bounds = startsOf(sizes);
  const end = start + step * (count - 1);
  const last = lastUpTo(bounds, Math.max(start, end));
  for (let chunk = lastUpTo(bounds, Math.min(start, end)); chunk <= last; chunk++) {
    // the selected positions p with from <= start + step·p < to
    const [from, to] = [at(bounds, chunk), at(bounds, chunk + 1)];
    const [near, far] = step > 0 ? [from, to - 1] : [to - 1, from];
    const first = Math.max(0, Math.ceil((near - start) / step));
    const stop = Math.min(count, Math.floor((far - start) / step) + 1);
    if (stop > first) result.push(stop - first);
  }
  return step > 0 ? result : result.reverse();
}
