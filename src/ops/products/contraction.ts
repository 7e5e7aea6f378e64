/**
 * Contractions: products of two arrays summed over axes that they share. Every kind of matrix product is one.
 *
 *     a [batch…, left…, inner…] · b [batch…, inner…, right…]   →   [batch…, left…, right…]
 *
 * A block of the result needs a row of blocks of the one and a column of blocks of the other; they are gathered in
 * steps along the inner axes, so that a task holds one block of the result and one step of each operand, whatever the
 * chunks of these are. A gathered block is contiguous, so several neighbouring axes are one axis of a matrix.
 *
 * Without axes on one of the sides there is nothing to do twice with an element, and the contraction is a product and a
 * sum in one pass, fused with what feeds it.
 */

import { boxesWithin, type Chunks, cut } from "../../data/chunks.js";
import { factsOf } from "../../data/dtype.js";
import { at, lookUp, zip } from "../../data/lists.js";
import { largestOf } from "../../data/numbers.js";
import { boxOf, countsOf, sizeOf } from "../../data/region.js";
import { makeExpr } from "../../expr/expr.js";
import type { Meta } from "../../expr/meta.js";
import type { Op } from "../../expr/op.js";
import { multiply } from "../arithmetic.js";
import type { Handle } from "../handle.js";
import { spread } from "../movement.js";
import { any, sum } from "../reductions.js";
import { transpose } from "../transpose.js";

/** The most bytes of a block of the result, and of a step of an operand: matrices of 2048 × 2048 float64. */
const LARGEST_BLOCK_BYTES = 2 ** 25;
/** The longest step along the inner axes, in elements. */
const LONGEST_STEP = 1024;

/** How many axes there are of each kind. */
interface Params {
  readonly batch: number;
  readonly left: number;
  readonly inner: number;
  readonly right: number;
}

/** Cuts chunks until a block has at most this many elements: the longest in halves, again and again. */
function bounded(chunks: Chunks, elements: number): Chunks {
  const longest = (): number[] => chunks.map((sizes) => sizes.reduce((most, size) => Math.max(most, size), 1));
  for (let sizes = longest(); sizeOf(sizes) > elements; sizes = longest()) {
    const most = largestOf(sizes);
    const axis = sizes.indexOf(most);
    chunks = chunks.with(
      axis,
      at(chunks, axis).flatMap((size) => cut(size, Math.ceil(most / 2))),
    );
  }
  return chunks;
}

/** Along each axis the finer of two grids. */
function finer(a: Chunks, b: Chunks): Chunks {
  return zip(a, b).map(([sizes, others]) => (others.length > sizes.length ? others : sizes));
}

const contractionOp: Op<Params, readonly [Meta, Meta]> = {
  name: "matmul",
  shown: () => ({ params: "" }),
  infer([a, b], { batch, left, inner }) {
    const rows = a.chunks.slice(batch, batch + left);
    const columns = b.chunks.slice(batch + inner);
    const chunks = [...finer(a.chunks.slice(0, batch), b.chunks.slice(0, batch)), ...rows, ...columns];
    const { dtype } = a;
    return {
      dtype,
      shape: [...a.shape.slice(0, batch + left), ...b.shape.slice(batch + inner)],
      chunks: bounded(chunks, LARGEST_BLOCK_BYTES / factsOf(dtype).bytes),
    };
  },
  work: {
    kind: "routine",
    uniform: true,
    routine: ({ batch, left, inner, right }) => ({
      kind: "kernel",
      name: "matmul",
      params: null,
      rank: 2,
      groups: {
        inputs: [
          [batch, left, inner],
          [batch, inner, right],
        ],
        output: [batch, left, right],
      },
    }),
    cost([a], { batch, left }, output) {
      const shared = sizeOf(a.shape.slice(batch + left));
      const floats = ["float", "complex"].includes(factsOf(output.dtype).kind);
      const flops = floats ? 2 * sizeOf(output.shape) * shared : 0;
      const grids = [a.shape.slice(0, batch), output.chunks.slice(batch).map((sizes) => sizes.length)];
      return { flops, calls: sizeOf(grids.flat()) * Math.ceil(shared / LONGEST_STEP) };
    },
    steps([a], { batch, left, inner }, { box }) {
      const counts = countsOf(box);
      const size = (from: number, to: number): number => sizeOf(counts.slice(from, to));
      const widest = size(0, batch) * Math.max(size(batch, batch + left), size(batch + left, counts.length));
      const room = LARGEST_BLOCK_BYTES / factsOf(a.dtype).bytes / Math.max(1, widest);
      const shared = a.shape.slice(batch + left, batch + left + inner);
      const elements = Math.max(1, Math.min(LONGEST_STEP, Math.floor(room)));
      return boxesWithin(boxOf(shared), elements).map((step) => [
        [...box.slice(0, batch + left), ...step],
        [...box.slice(0, batch), ...step, ...box.slice(batch + left)],
      ]);
    },
  },
};

/** An array with a name for each axis; arrays that share a name have axes of one length. */
export interface Labelled<A extends Handle> {
  readonly array: A;
  readonly labels: readonly string[];
}

/** Sums over axes, in the dtype of the elements; bools are "or"ed. */
function sumIn<A extends Handle>(x: A, axes: readonly number[]): A {
  if (axes.length === 0) return x;
  const { dtype } = x.expr.meta;
  return dtype === "bool" ? any(x, axes) : sum(x, axes, { dtype });
}

/** Sums over the axes that are not wanted any more, and puts the others in the order that is asked for. */
export function keepLabels<A extends Handle>({ array, labels }: Labelled<A>, wanted: readonly string[]): A {
  const summed = sumIn(
    array,
    labels.flatMap((label, axis) => (wanted.includes(label) ? [] : [axis])),
  );
  const left = labels.filter((label) => wanted.includes(label));
  const order = wanted.filter((label) => left.includes(label)).map((label) => left.indexOf(label));
  return order.every((axis, i) => axis === i) ? summed : transpose(summed, order);
}

/** An array repeated along the axes that it has not. */
function spreadTo<A extends Handle>(
  { array, labels }: Labelled<A>,
  all: readonly string[],
  to: Pick<Meta, "shape" | "chunks">,
): A {
  return array.wrap(
    spread(
      array.expr,
      labels.map((label) => all.indexOf(label)),
      to,
      array.expr,
    ),
  );
}

/** The product element by element over all axes, summed over the inner ones. */
function fusedProduct<A extends Handle>(
  a: Labelled<A>,
  b: Labelled<A>,
  kept: readonly string[],
  inner: readonly string[],
): A {
  const all = [...kept, ...inner];
  const axes = new Map<string, { readonly length: number; readonly sizes: readonly number[] }>();
  for (const { array, labels } of [a, b]) {
    const { shape, chunks } = array.expr.meta;
    for (const [axis, label] of labels.entries()) {
      const sizes = at(chunks, axis);
      if (sizes.length > (axes.get(label)?.sizes.length ?? 0)) axes.set(label, { length: at(shape, axis), sizes });
    }
  }
  const shape = all.map((label) => lookUp(axes, label).length);
  const chunks = all.map((label) => lookUp(axes, label).sizes);
  const to = {
    shape,
    chunks: [...bounded(chunks.slice(0, kept.length), LARGEST_BLOCK_BYTES / 8), ...chunks.slice(kept.length)],
  };
  const product = multiply(spreadTo(a, all, to), spreadTo(b, all, to));
  return sumIn(
    product,
    inner.map((_, i) => kept.length + i),
  );
}

/**
 * The contraction of two arrays of one dtype: products of all elements whose axes agree, summed over the labels that
 * are not wanted. The axes of the result are in the order of `wanted`.
 */
export function contract<A extends Handle>(x: Labelled<A>, y: Labelled<A>, wanted: readonly string[]): A {
  const keptOf = (own: Labelled<A>, other: Labelled<A>): string[] =>
    own.labels.filter((label) => wanted.includes(label) || other.labels.includes(label));
  const [labelsX, labelsY] = [keptOf(x, y), keptOf(y, x)];
  const [a, b] = [
    { array: keepLabels(x, labelsX), labels: labelsX },
    { array: keepLabels(y, labelsY), labels: labelsY },
  ];
  const shared = labelsX.filter((label) => labelsY.includes(label));
  const batch = shared.filter((label) => wanted.includes(label));
  const inner = shared.filter((label) => !wanted.includes(label));
  const left = labelsX.filter((label) => !shared.includes(label));
  const right = labelsY.filter((label) => !shared.includes(label));
  const kept = [...batch, ...left, ...right];
  const result =
    inner.length === 0 || left.length === 0 || right.length === 0
      ? fusedProduct(a, b, kept, inner)
      : x.array.wrap(
          makeExpr(
            contractionOp,
            [keepLabels(a, [...batch, ...left, ...inner]).expr, keepLabels(b, [...batch, ...inner, ...right]).expr],
            { batch: batch.length, left: left.length, inner: inner.length, right: right.length },
          ),
        );
  return keepLabels({ array: result, labels: kept }, wanted);
}
