/**
 * Einstein sums: an expression such as `"ij,jk->ik"` says by letters which axes belong together, and what is left.
 *
 *     einsum("ij,jk,kl->il", a, b, c)   →   the cheapest order of pairs   →   contractions, each a matrix product
 *
 * A letter twice in one array is its diagonal; letters that are not in the result are summed over as early as possible.
 */
import { promoteAll } from "../../data/dtype.js";
import { ArgumentError } from "../../data/errors.js";
import { isNonEmpty, mapNonEmpty, zip } from "../../data/lists.js";
import type { Defined, Example } from "../definition.js";
import { diagonal } from "../diagonal.js";
import type { Handle } from "../handle.js";
import type { ArrayInput } from "../literal.js";
import { defined } from "../parameters.js";
import { astype } from "../selection.js";
import { squeeze } from "../transpose.js";
import type { CommonOf, MadeArray, TypedHandle, WithDType } from "../typed-handle.js";
import type { Labelled } from "./contraction.js";
import { contractAll } from "./contraction-order.js";
import { lengthsOf, parse } from "./subscripts.js";

/** An array without letters that it has twice, and without axes of length 1 that repeat. */
function simplified<A extends Handle>(
  { array, labels }: Labelled<A>,
  lengths: ReadonlyMap<string, number>,
): Labelled<A> {
  const repeated = labels.flatMap((label, axis) =>
    array.expr.meta.shape[axis] === 1 && lengths.get(label) !== 1 ? [axis] : [],
  );
  if (repeated.length > 0) {
    return simplified(
      { array: squeeze(array, repeated), labels: labels.filter((_, axis) => !repeated.includes(axis)) },
      lengths,
    );
  }
  const twice = [...labels.entries()].find(([axis, label]) => labels.indexOf(label) !== axis);
  if (twice === undefined) return { array, labels };
  const [second, label] = twice;
  const first = labels.indexOf(label);
  const rest = labels.filter((_, axis) => axis !== first && axis !== second);
  return simplified({ array: diagonal(array, { axes: [first, second] }), labels: [...rest, label] }, lengths);
}

/** The type of {@link einsum}. */
export interface Einsum extends Defined<"unknown", "plain"> {
  <A extends TypedHandle>(subscripts: string, ...arrays: readonly A[]): WithDType<A, CommonOf<A["dtype"]>>;
  (subscripts: string, ...arrays: readonly ArrayInput[]): MadeArray;
  <A extends Handle>(subscripts: string, ...arrays: readonly (A | ArrayInput)[]): A;
}

function sumOf<A extends Handle>(subscripts: string, ...arrays: readonly A[]): A {
  if (!isNonEmpty(arrays)) throw new ArgumentError('einsum: takes subscripts and arrays, as in einsum("ij->ji", x)');
  const shapes = arrays.map(({ expr }) => expr.meta.shape);
  const { inputs, output } = parse(subscripts, shapes);
  const lengths = lengthsOf(subscripts, inputs, shapes);
  const dtype = promoteAll(mapNonEmpty(arrays, ({ expr }) => expr.meta.dtype));
  const labelled = zip(arrays, inputs).map(([array, labels]) =>
    simplified({ array: astype(array, dtype), labels }, lengths),
  );
  return contractAll(labelled, output, lengths);
}

const example = (subscripts: string, shapes: readonly (readonly number[])[], rest: Partial<Example> = {}): Example => ({
  ...{ shapes, before: [subscripts], args: shapes.slice(1).map((_, i) => ({ array: i + 1 })) },
  numpy: `np.einsum("${subscripts}", ${["x", "y", "z"].slice(0, shapes.length).join(", ")})`,
  ...rest,
});

/**
 * The sum of products that subscripts describe, as NumPy's `einsum`: a letter for each axis, `...` for axes that
 * broadcast; a letter that is not in the result is summed over. Without `->` the result has the letters that appear
 * once, in the order of the alphabet.
 *
 * The arrays are put together in pairs, in the order with the fewest multiplications (up to 10 arrays; above that as
 * they come). Integers stay in their dtype and wrap around, bools are "and"ed and "or"ed. Throws an ArgumentError for
 * subscripts that are wrong or do not fit, a ShapeError where axes of one letter differ in length; those of length 1
 * repeat. Memory as for `matmul`.
 * @example einsum("ij,jk->ik", a, b)
 */
export const einsum: Einsum = defined({ subscripts: "value", arrays: "rest" }, sumOf, {
  ...{ family: "routine", name: "einsum", arity: 2, accepts: () => true, numpy: "", ulps: 64, domain: [-5, 5] },
  examples: [
    example("ij,jk->ik", [
      [4, 6],
      [6, 3],
    ]),
    example(
      "ij,jk->ik",
      [
        [4, 6],
        [6, 3],
      ],
      { dtype: "complex64" },
    ),
    example(
      "ij,jk->ik",
      [
        [4, 6],
        [6, 3],
      ],
      { dtype: "int16" },
    ),
    example("ij,kj", [
      [4, 6],
      [3, 6],
    ]),
    example("ij->ji", [[4, 6]]),
    example("ij->", [[4, 6]]),
    example("ii->i", [[5, 5]]),
    example("ii", [[5, 5]]),
    example("iij,jk->ik", [
      [3, 3, 4],
      [4, 2],
    ]),
    example("i,j->ji", [[3], [4]]),
    example("i,i,i", [[6], [6], [6]]),
    example("ij,jk,kl->li", [
      [4, 5],
      [5, 3],
      [3, 6],
    ]),
    example("...ij,...jk->...ik", [
      [2, 1, 4, 5],
      [3, 5, 2],
    ]),
    example("b...,b->...", [[4, 3, 2], [4]]),
    example("bij,bjk->bk", [
      [3, 4, 5],
      [3, 5, 2],
    ]),
    example("ij,jk->ik", [
      [3, 1],
      [4, 2],
    ]),
    example("ij,jk->ik", [
      [3, 0],
      [0, 2],
    ]),
    example("i,i->i", [[1], [5]]),
    example("ii", [[0, 0]]),
  ],
});
