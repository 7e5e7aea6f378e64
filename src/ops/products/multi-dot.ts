/** Products of several matrices, in the cheapest order. */
import { promoteAll } from "../../data/dtype.js";
import { ArgumentError, ShapeError } from "../../data/errors.js";
import { at, isList, isNonEmpty, mapNonEmpty, zip } from "../../data/lists.js";
import type { Defined } from "../definition.js";
import type { Handle } from "../handle.js";
import type { ArrayInput } from "../literal.js";
import { defined } from "../parameters.js";
import { astype } from "../selection.js";
import type { CommonOf, MadeArray, TypedHandle, WithDType } from "../typed-handle.js";
import type { Labelled } from "./contraction.js";
import { contractAll } from "./contraction-order.js";

/** The type of {@link multiDot}. */
export interface MultiDot extends Defined<"unknown", "plain"> {
  <A extends TypedHandle>(arrays: readonly A[]): WithDType<A, CommonOf<A["dtype"]>>;
  (arrays: readonly ArrayInput[]): MadeArray;
  <A extends Handle>(arrays: readonly (A | ArrayInput)[]): A;
}

/**
 * The product of several matrices, in the order of pairs with the fewest multiplications; the first may be a row and
 * the last a column. NumPy's `linalg.multi_dot`.
 *
 * Throws an ArgumentError for fewer than two arrays, a ShapeError where neighbours do not fit. Memory as for `matmul`.
 * @example multiDot([a, b, c])
 */
export const multiDot: MultiDot = defined(
  { arrays: "arrays" },
  <A extends Handle>(arrays: readonly A[]): A => {
    if (!isList(arrays) || !isNonEmpty(arrays) || arrays.length < 2)
      throw new ArgumentError("multiDot: takes a list of at least two arrays");
    const lengths = new Map<string, number>();
    const dtype = promoteAll(mapNonEmpty(arrays, ({ expr }) => expr.meta.dtype));
    const labelled = arrays.map((array, i): Labelled<A> => {
      const { shape } = array.expr.meta;
      const vector = shape.length === 1 && (i === 0 || i === arrays.length - 1);
      if (shape.length !== 2 && !vector) {
        throw new ShapeError(`multiDot: array ${i} of shape [${shape.join(", ")}] is not a matrix`);
      }
      const labels = vector ? [i === 0 ? "1" : String(i)] : [String(i), String(i + 1)];
      for (const [label, length] of zip(labels, shape)) {
        const before = lengths.get(label) ?? length;
        if (before !== length) {
          throw new ShapeError(`multiDot: array ${i} has ${length} rows, and the one before it ${before} columns`);
        }
        lengths.set(label, length);
      }
      return { array: astype(array, dtype), labels };
    });
    const ends = [
      at(labelled, 0).labels.length > 1 ? ["0"] : [],
      at(labelled, -1).labels.length > 1 ? [String(arrays.length)] : [],
    ];
    return contractAll(labelled, ends.flat(), lengths);
  },
  {
    ...{ family: "routine", name: "multiDot", arity: 3, accepts: () => true, numpy: "", ulps: 64, domain: [-5, 5] },
    examples: [
      {
        shapes: [
          [4, 6],
          [6, 3],
          [3, 5],
        ],
        args: [],
        numpy: "np.linalg.multi_dot([x, y, z])",
        list: true,
      },
      { shapes: [[6], [6, 3], [3]], args: [], numpy: "np.linalg.multi_dot([x, y, z])", list: true },
      {
        shapes: [
          [4, 6],
          [6, 3],
        ],
        args: [],
        numpy: "np.linalg.multi_dot([x, y])",
        list: true,
      },
    ],
  },
);
