/** Sums of products over axes of two arrays: tensordot, dot, inner and outer. Each is a contraction. */
import { normalizeAxis } from "../../data/axes.js";
import type { DType } from "../../data/dtype.js";
import { ArgumentError, ShapeError } from "../../data/errors.js";
import { zip } from "../../data/lists.js";
import { checkOptions } from "../../data/options.js";
import { sizeOf } from "../../data/region.js";
import { shown } from "../../data/shown.js";
import { multiply } from "../arithmetic.js";
import type { Defined } from "../definition.js";
import type { Handle } from "../handle.js";
import type { ArrayInput } from "../literal.js";
import { defined } from "../parameters.js";
import { reshape } from "../reshape.js";
import type { MadeArray, TypedHandle, WithDType } from "../typed-handle.js";
import { contract } from "./contraction.js";
import type { MatMul } from "./matmul.js";
import { inCommonDType, productDefinition, shapeOf, shapeText } from "./product.js";

/** Contracts axes of two arrays, in pairs; the remaining axes of the first array come first. */
function contractAxes<A extends Handle>(
  x: A,
  y: A,
  axesX: readonly number[],
  axesY: readonly number[],
  operation: string,
): A {
  const [a, b] = inCommonDType(x, y);
  const wrong = zip(axesX, axesY).find(([axisX, axisY]) => shapeOf(a)[axisX] !== shapeOf(b)[axisY]);
  if (wrong !== undefined) {
    const both = `axis ${wrong[0]} of ${shapeText(a)} and axis ${wrong[1]} of ${shapeText(b)}`;
    throw new ShapeError(`${operation}: ${both} have different lengths`);
  }
  const labels = (array: A, name: string, axes: readonly number[]): string[] =>
    shapeOf(array).map((_, axis) => (axes.includes(axis) ? `inner ${axes.indexOf(axis)}` : `${name} ${axis}`));
  const [left, right] = [labels(a, "left", axesX), labels(b, "right", axesY)];
  const wanted = [...left, ...right].filter((label) => !label.startsWith("inner"));
  return contract({ array: a, labels: left }, { array: b, labels: right }, wanted);
}

/** The options of {@link tensordot}. */
export interface TensordotOptions {
  /**
   * This many of the last axes of the first array with as many of the first axes of the second; or the axes of both
   * arrays, in pairs: two lists, or two numbers for one pair. Default: 2.
   */
  readonly axes?: number | readonly [first: number | readonly number[], second: number | readonly number[]];
}

/** The type of {@link tensordot}. */
export interface Tensordot extends Defined<"same", "product"> {
  <A extends TypedHandle>(x: A, y: TypedHandle<A["dtype"]>, options?: TensordotOptions): A;
  <A extends TypedHandle>(x: A, y: TypedHandle | ArrayInput, options?: TensordotOptions): WithDType<A, DType>;
  (x: ArrayInput, y: ArrayInput, options?: TensordotOptions): MadeArray;
  <A extends Handle>(x: A | ArrayInput, y: A | ArrayInput, options?: TensordotOptions): A;
}

/** One axis as a list of one. */
const listOf = (axes: unknown): unknown => (typeof axes === "number" ? [axes] : axes);

function pairsOf(x: Handle, y: Handle, axes: unknown): [number[], number[]] {
  const [ndimX, ndimY] = [shapeOf(x).length, shapeOf(y).length];
  if (typeof axes === "number") {
    if (!Number.isInteger(axes) || axes < 0 || axes > Math.min(ndimX, ndimY)) {
      throw new ArgumentError(
        `tensordot: ${shapeText(x)} and ${shapeText(y)} cannot be summed over this many axes: ${shown(axes)}`,
      );
    }
    return [Array.from({ length: axes }, (_, i) => ndimX - axes + i), Array.from({ length: axes }, (_, i) => i)];
  }
  const [first, second] = Array.isArray(axes) && axes.length === 2 ? axes.map(listOf) : [];
  if (!Array.isArray(first) || !Array.isArray(second) || first.length !== second.length) {
    throw new ArgumentError(
      `tensordot: axes must be a number or two lists of one length, such as [[0, 1], [1, 0]]; got ${shown(axes)}`,
    );
  }
  const axesX = first.map((axis) => normalizeAxis(axis, ndimX, "tensordot"));
  const axesY = second.map((axis) => normalizeAxis(axis, ndimY, "tensordot"));
  for (const list of [axesX, axesY]) {
    if (new Set(list).size < list.length) throw new ArgumentError(`tensordot: ${shown(list)} names an axis twice`);
  }
  return [axesX, axesY];
}

/**
 * The sum of products over pairs of axes: the Array API's `tensordot`. The remaining axes of the first array come
 * before those of the second.
 *
 * Throws an ArgumentError for axes that do not go in pairs, a ShapeError where their lengths differ. Memory as for
 * `matmul`.
 * @example x.tensordot(y, { axes: [[1], [0]] })
 */
export const tensordot: Tensordot = defined(
  { x: "number or array", y: "number or array", options: "value" },
  <A extends Handle>(x: A, y: A, options: TensordotOptions = {}): A => {
    checkOptions(options, ["axes"], "tensordot");
    return contractAxes(x, y, ...pairsOf(x, y, options.axes ?? 2), "tensordot");
  },
  {
    ...productDefinition("tensordot", [
      [
        [3, 4, 5],
        [4, 5, 6],
      ],
    ]),
    examples: [
      ...productDefinition("tensordot", [
        [
          [3, 4, 5],
          [4, 5, 6],
        ],
      ]).examples,
      {
        shapes: [
          [3, 4, 5],
          [5, 3],
        ],
        args: [
          { array: 1 },
          {
            axes: [
              [0, -1],
              [1, 0],
            ],
          },
        ],
        numpy: "np.tensordot(x, y, [[0, 2], [1, 0]])",
      },
      {
        shapes: [
          [3, 4],
          [2, 3],
        ],
        args: [{ array: 1 }, { axes: [0, 1] }],
        numpy: "np.tensordot(x, y, (0, 1))",
      },
      {
        shapes: [
          [3, 4],
          [2, 5],
        ],
        args: [{ array: 1 }, { axes: 0 }],
        numpy: "np.tensordot(x, y, 0)",
      },
      {
        shapes: [
          [3, 4],
          [3, 4],
        ],
        args: [{ array: 1 }],
        numpy: "np.tensordot(x, y)",
      },
    ],
  },
);

/**
 * NumPy's `dot`: the product of vectors, of matrices, or the sum over the last axis of the first and the last but one
 * of the second; with an array of no axes a product element by element.
 *
 * Throws a ShapeError where the lengths of these axes differ. Memory as for `matmul`.
 * @example x.dot(y)
 */
export const dot: MatMul = defined(
  { x: "number or array", y: "number or array" },
  <A extends Handle>(x: A, y: A): A => {
    const [a, b] = inCommonDType(x, y);
    if (shapeOf(a).length === 0 || shapeOf(b).length === 0) return multiply(a, b);
    return contractAxes(a, b, [shapeOf(a).length - 1], [Math.max(0, shapeOf(b).length - 2)], "dot");
  },
  productDefinition("dot", [
    [
      [4, 6],
      [6, 3],
    ],
    [[6], [6]],
    [
      [2, 4, 6],
      [3, 6, 5],
    ],
    [[4, 6], [6]],
    [[], [3]],
  ]),
);

/**
 * NumPy's `inner`: the sum of products over the last axes of both.
 *
 * Throws a ShapeError where their lengths differ. Memory as for `matmul`.
 * @example x.inner(y)
 */
export const inner: MatMul = defined(
  { x: "number or array", y: "number or array" },
  <A extends Handle>(x: A, y: A): A => {
    const [a, b] = inCommonDType(x, y);
    if (shapeOf(a).length === 0 || shapeOf(b).length === 0) return multiply(a, b);
    return contractAxes(a, b, [shapeOf(a).length - 1], [shapeOf(b).length - 1], "inner");
  },
  productDefinition("inner", [
    [
      [4, 6],
      [3, 6],
    ],
    [[6], [6]],
    [
      [2, 4, 6],
      [3, 6],
    ],
    [[3], []],
  ]),
);

const asVector = <A extends Handle>(x: A): A => (shapeOf(x).length === 1 ? x : reshape(x, [sizeOf(shapeOf(x))]));

/**
 * The products of each element of the one with each of the other, both taken as vectors: NumPy's `outer`.
 * @example x.outer(y)
 */
export const outer: MatMul = defined(
  { x: "number or array", y: "number or array" },
  <A extends Handle>(x: A, y: A): A => {
    const [a, b] = inCommonDType(x, y);
    return contractAxes(asVector(a), asVector(b), [], [], "outer");
  },
  productDefinition("outer", [
    [[6], [4]],
    [[2, 3], [4]],
  ]),
);
