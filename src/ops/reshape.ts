/**
 * Reshape: the same elements, in C order, under another shape.
 *
 * In C order a block of whole inner axes is a stretch [from, to) of positions. Such a stretch is a few boxes of the
 * input:
 *
 *     input [6, 4], positions 3…18:    . . . 3        box 1: end of a row
 *                                      4 5 6 7   ┐
 *                                      8 …       ├─   box 2: whole rows
 *                                      …         ┘
 *                                      16 17 . .      box 3: beginning of a row
 *
 * Invariant: the blocks of the result cut only one axis, all axes after it are whole and all before it have blocks of
 * one. A part of the result, of which alone is made what somebody reads, is many such stretches.
 */
import { autoChunkBytes, blockAt, type Chunks, chunkAt, chunkInterval, cut } from "../data/chunks.js";
import { factsOf } from "../data/dtype.js";
import { ShapeError } from "../data/errors.js";
import { at, zip } from "../data/lists.js";
import { type Box, boxOf, cornerOf, countsOf, firstOf, hull, sizeOf, stridesOf } from "../data/region.js";
import { shown } from "../data/shown.js";
import { makeExpr } from "../expr/expr.js";
import type { Meta } from "../expr/meta.js";
import type { Op, Placed } from "../expr/op.js";
import type { Defined } from "./definition.js";
import type { Handle } from "./handle.js";
import type { ArrayInput } from "./literal.js";
import { movementDefinition } from "./movement.js";
import { defined } from "./parameters.js";
import type { MadeArray } from "./typed-handle.js";

/** The boxes of a shape that hold the positions [from, to) of its C order, in that order. */
export function boxesOfRange(shape: readonly number[], from: number, to: number): Box[] {
  if (from >= to) return [];
  const [length, ...rest] = shape;
  if (length === undefined) return [[]];
  const inner = sizeOf(rest);
  const [first, last] = [Math.floor(from / inner), Math.floor((to - 1) / inner)];
  const within = (start: number, low: number, high: number): Box[] =>
    boxesOfRange(rest, low, high).map((box) => [{ start, stop: start + 1 }, ...box]);
  if (first === last) return within(first, from - first * inner, to - first * inner);
  const head = from > first * inner ? within(first, from - first * inner, inner) : [];
  const tail = to < (last + 1) * inner ? within(last, 0, to - last * inner) : [];
  const [low, high] = [head.length > 0 ? first + 1 : first, tail.length > 0 ? last : last + 1];
  const body = low < high ? [[{ start: low, stop: Math.min(high, length) }, ...boxOf(rest)]] : [];
  return [...head, ...body, ...tail];
}

/** Blocks that are stretches in C order, of about as many elements as the input's. */
function stretchChunks(shape: readonly number[], elements: number): number[][] {
  let room = Math.max(1, elements);
  const chunks: number[][] = [];
  for (const length of [...shape].reverse()) {
    const sizes = cut(length, Math.max(1, Math.floor(room)), "reshape");
    chunks.unshift(sizes);
    room = sizes.length > 1 ? 0 : room / Math.max(1, length);
  }
  return chunks;
}

/** The most stretches of a block: each is a piece of its own. */
const MOST_STRETCHES = 2 ** 12;
/** How many elements could be moved in the time that a piece takes besides them. */
const ELEMENTS_PER_PIECE = 2 ** 11;

/** A box as stretches of C order, all of one length. */
interface Stretches {
  /** The axis along which a stretch runs; the box holds all of the axes after it. */
  readonly axis: number;
  readonly length: number;
  readonly count: number;
}

function stretchesOf(shape: readonly number[], box: Box): Stretches {
  const counts = countsOf(box);
  const axis = Math.max(
    0,
    counts.findLastIndex((count, i) => count < at(shape, i)),
  );
  return { axis, length: sizeOf(counts.slice(axis)), count: sizeOf(counts.slice(0, axis)) };
}

/** The elements of all blocks that meet a box. */
function blockElements(chunks: Chunks, box: Box): number {
  return zip(chunks, box).reduce((product, [sizes, { start, stop }]) => {
    const [from, to] = [chunkInterval(sizes, chunkAt(sizes, start)), chunkInterval(sizes, chunkAt(sizes, stop - 1))];
    return product * (to.stop - from.start);
  }, 1);
}

interface ReshapeParams {
  readonly shape: readonly number[];
  /** The part of the shape that is made. Default: all of it. */
  readonly part?: Box;
}

const reshapeOp: Op<ReshapeParams, readonly [Meta]> = {
  name: "reshape",
  infer([meta], { shape, part }) {
    const largest = meta.chunks.reduce((product, sizes) => product * Math.max(...sizes.slice(0, 2)), 1);
    const bytes = factsOf(meta.dtype).bytes;
    // a block of an outer product may be far larger than any that is stored
    const elements = Math.min(largest, autoChunkBytes(Number.POSITIVE_INFINITY) / bytes);
    if (part === undefined) return { dtype: meta.dtype, shape, chunks: stretchChunks(shape, elements) };
    const counts = countsOf(part);
    const { length } = stretchesOf(shape, part);
    const chunks = stretchChunks(counts, Math.min(elements, MOST_STRETCHES * length));
    return { dtype: meta.dtype, shape: counts, chunks };
  },
  work: {
    kind: "assemble",
    place(input, { shape, part = boxOf(shape) }, { box }) {
      const within = zip(box, part).map(([side, { start }]) => ({
        start: start + side.start,
        stop: start + side.stop,
      }));
      const strides = stridesOf(shape);
      const inner = stridesOf(input.shape);
      const { axis, length, count } = stretchesOf(shape, within);
      const outer = countsOf(within.slice(0, axis));
      const corner = firstOf(0, strides, cornerOf(within));
      return Array.from({ length: count }, (_, number): Placed[] => {
        const from = firstOf(corner, strides.slice(0, axis), blockAt(outer, number));
        return boxesOfRange(input.shape, from, from + length).map((stretch) => ({
          box: stretch,
          first: firstOf(number * length - from, inner, cornerOf(stretch)),
          strides: inner,
        }));
      }).flat();
    },
    narrow(input, { shape, part }, { chunks }, box) {
      const { length, count } = stretchesOf(shape, box);
      if (part !== undefined || count * (length + ELEMENTS_PER_PIECE) >= blockElements(chunks, box)) return null;
      const strides = stridesOf(shape);
      const last = box.map(({ stop }) => stop - 1);
      const touched = boxesOfRange(input.shape, firstOf(0, strides, cornerOf(box)), firstOf(0, strides, last) + 1);
      return { params: { shape, part: box }, reads: touched.reduce(hull) };
    },
  },
};

/** The type of {@link reshape}. */
export interface Reshape extends Defined<"same", "plain"> {
  (x: ArrayInput, shape: readonly number[]): MadeArray;
  <A extends Handle>(x: A | ArrayInput, shape: readonly number[]): A;
}

/** The shape that is asked for, with the length that −1 stands for. */
export function resolveShape(shape: readonly number[], size: number): number[] {
  if (!Array.isArray(shape)) {
    throw new ShapeError(`reshape: takes a list of lengths such as [-1, 1024]; got ${shown(shape)}`);
  }
  const isLength = (length: unknown): boolean => Number.isSafeInteger(length) && Number(length) >= -1;
  if (!Array.from(shape).every(isLength))
    throw new ShapeError(`reshape: ${shown(shape)} is not a shape; expected whole numbers from 0, and one -1 at most`);
  const open = shape.filter((length) => length === -1).length;
  const known = shape.filter((length) => length !== -1).reduce((a, b) => a * b, 1);
  const target = shape.map((length) => (length === -1 ? size / known : length));
  if (open > 1 || (open === 1 && known === 0) || sizeOf(target) !== size || !target.every(Number.isInteger)) {
    throw new ShapeError(`reshape: ${size} elements do not fit into the shape ${shown(shape)}`);
  }
  return target;
}

/**
 * The same elements in C order under another shape; one length may be −1. The result is stored block
 * by block; `expandDims` and `squeeze` add and drop axes of length 1 at no cost.
 * @example x.reshape([-1, 1024])
 */
export const reshape: Reshape = defined(
  { x: "array", shape: "value" },
  <A extends Handle>(x: A, shape: readonly number[]): A => {
    const { meta } = x.expr;
    const target = resolveShape(shape, sizeOf(meta.shape));
    const same = target.length === meta.shape.length && target.every((length, axis) => length === meta.shape[axis]);
    return same ? x : x.wrap(makeExpr(reshapeOp, [x.expr], { shape: target }));
  },
  movementDefinition("reshape", [
    { shapes: [[6, 4]], args: [[3, 8]], numpy: "x.reshape(3, 8)" },
    { shapes: [[3, 8]], args: [[-1]], numpy: "x.reshape(-1)" },
    { shapes: [[2, 3, 4]], args: [[4, 6]], numpy: "x.reshape(4, 6)" },
    { shapes: [[5, 7]], args: [[7, 5]], numpy: "x.reshape(7, 5)" },
    { shapes: [[12]], args: [[2, 3, 2]], numpy: "x.reshape(2, 3, 2)" },
  ]),
);
